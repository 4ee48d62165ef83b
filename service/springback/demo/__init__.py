"""A throw-away mailbox with sample mail, to try Springback without an account."""
