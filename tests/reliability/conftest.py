"""What the fault suites share, besides the servers and mailboxes of all tests."""

import os

import pytest


@pytest.fixture(scope="session")
def full() -> bool:
    """Whether the full sizes are wanted."""
    return os.environ.get("SPRINGBACK_FULL") == "1"
