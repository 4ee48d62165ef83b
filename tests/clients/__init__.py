"""Looks at a draft of the program with the eyes of real mail clients."""
