"""The shortest configuration that is one, for tests that need no server."""

ONE_ACCOUNT = """
[[account]]
name = "home"
address = "robin@ellery.example"
full_name = "Robin Ellery"
host = "imap.ellery.example"
[paths]
state = "state"
"""
