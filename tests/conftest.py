"""One private server of each kind for each test process, and a mailbox of its own for each test."""

from collections.abc import Iterator
from itertools import count

import pytest

from support.courier import Courier
from support.cyrus import Cyrus
from support.dovecot import Dovecot, require_dovecot
from support.imapserver import ImapServer, require_server
from support.pymapserver import Pymap

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
def cyrus() -> Iterator[Cyrus]:
    """The running server."""
    require_server("Cyrus", available=Cyrus.available(), in_ci=True)
    with Cyrus() as server:
        yield server


@pytest.fixture(scope="session")
def courier() -> Iterator[Courier]:
    """The running server."""
    require_server("Courier (for root only)", available=Courier.available(), in_ci=False)
    with Courier() as server:
        yield server


@pytest.fixture(scope="session")
def pymap() -> Iterator[Pymap]:
    """The running server."""
    require_server("openssl", available=Pymap.available(), in_ci=True)
    with Pymap() as server:
        yield server


@pytest.fixture
def server(request: pytest.FixtureRequest) -> ImapServer:
    """The server that a test's parameter names."""
    found: ImapServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def user(server: ImapServer) -> str:
    """A user of that server that no other test has."""
    address = f"u{next(_NUMBERS)}@example.test"
    server.add_user(address)
    return address
