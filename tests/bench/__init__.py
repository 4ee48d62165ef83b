"""Measures speed and memory of the program, beside the plainest loop that does the same reading."""
