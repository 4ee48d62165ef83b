"""Tools for the person who tunes the rules: measuring them on labelled mail, and proving each phrase."""
