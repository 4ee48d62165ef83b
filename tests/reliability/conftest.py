"""One private Dovecot for each test process, and a mailbox of its own for each test."""

import os
from collections.abc import Iterator
from itertools import count

import pytest

from support.dovecot import Dovecot, require_dovecot

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """The running server."""
    require_dovecot()
    with Dovecot() as server:
        yield server


@pytest.fixture
def account_user(dovecot: Dovecot) -> str:
    """A user that no other test has, with the password "secret"."""
    user = f"u{next(_NUMBERS)}@example.test"
    dovecot.add_user(user)
    return user


@pytest.fixture(scope="session")
def full() -> bool:
    """Whether the full sizes are wanted."""
    return os.environ.get("SPRINGBACK_FULL") == "1"
