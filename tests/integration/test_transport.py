"""A password leaves only to a server that proved who it is, over TLS 1.2 or later, or on this machine."""

import base64
import os
import socket
import ssl
import time
from pathlib import Path

import pytest

from springback.config import Account
from springback.connecting import connect
from springback.errors import LoginRefusedError, MailboxUnavailableError
from springback.wire import _context_of, _stamp_of
from support.scripted import ScriptedServer
from support.unsafe import Authority, UnsafeServer

SECRET = "hunter2~of-nobody"  # noqa: S105 - of nobody
FORMS = [SECRET.encode(), base64.b64encode(f"\0robin\0{SECRET}".encode())]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca") / "good")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that nobody here trusts."""
    return Authority(tmp_path_factory.mktemp("ca") / "other")


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSPORT_PASSWORD", SECRET)


def account(port: int, authority: Authority | None, **changes: object) -> Account:
    values = {
        "name": "personal", "address": "robin@ellery.example", "full_name": "Robin Ellery", "login": "robin",
        "host": "localhost", "port": port, "tls": authority is not None,
        "ca_file": authority.file if authority else None, "password": {"env": "TRANSPORT_PASSWORD"},
    }  # fmt: skip
    return Account.model_validate({**values, **changes})


def refused(server: UnsafeServer, error: type[Exception], account: Account) -> str:
    """Return why a connection is refused; neither a command nor the password has left by then."""
    with pytest.raises(error) as caught:
        connect(account)
    assert not any(form in server.received for form in FORMS)
    assert b"LOGIN" not in server.received
    assert b"AUTHENTICATE" not in server.received
    return str(caught.value)


def test_a_server_that_proves_itself_gets_the_password(authority: Authority) -> None:
    """The test server would notice: what the others must not get, this one gets."""
    with UnsafeServer(authority.context()) as server:
        with pytest.raises(Exception, match="Drafts"):
            connect(account(server.port, authority))
        assert SECRET.encode() in server.received


def test_an_old_tls_is_refused(authority: Authority) -> None:
    with UnsafeServer(authority.old_context()) as server:
        told = refused(server, MailboxUnavailableError, account(server.port, authority))
    assert "it offers no TLS 1.2 or later" in told


def test_the_old_tls_of_the_test_works_for_who_accepts_it(authority: Authority) -> None:
    """So that the refusal above is Springback's, and not a failure of the server."""
    old = ssl.create_default_context(cafile=authority.file)
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with (
        UnsafeServer(authority.old_context()) as server,
        socket.create_connection(("localhost", server.port)) as raw,
        old.wrap_socket(raw, server_hostname="localhost") as wire,
    ):
        assert wire.version() == "TLSv1.1"


def test_a_certificate_that_ran_out_is_refused(authority: Authority) -> None:
    with UnsafeServer(authority.context(expired=True)) as server:
        told = refused(server, MailboxUnavailableError, account(server.port, authority))
    assert "doesn't verify (certificate has expired)" in told


def test_a_certificate_for_another_host_is_refused(authority: Authority) -> None:
    with UnsafeServer(authority.context("DNS:imap.other.example")) as server:
        told = refused(server, MailboxUnavailableError, account(server.port, authority))
    assert "doesn't verify (Hostname mismatch" in told
    assert "Check the host name" in told


@pytest.mark.parametrize("trusted", ["another authority", "the system's"])
def test_a_certificate_of_an_unknown_authority_is_refused(
    authority: Authority, stranger: Authority, trusted: str
) -> None:
    changes = {} if trusted == "another authority" else {"ca_file": None}
    with UnsafeServer(stranger.context()) as server:
        told = refused(server, MailboxUnavailableError, account(server.port, authority, **changes))
    assert "doesn't verify" in told
    assert "give its CA as ca_file" in told


@pytest.mark.parametrize("offers", ["", "STARTTLS"])
def test_a_port_without_tls_is_refused_whatever_it_offers(authority: Authority, offers: str) -> None:
    """There is no STARTTLS to strip: the first byte is TLS, or there is no second one."""
    with UnsafeServer(greeting=f"* OK [CAPABILITY IMAP4rev1 {offers}] hi\r\n".encode()) as server:
        told = refused(server, MailboxUnavailableError, account(server.port, authority))
    assert "no TLS there" in told
    assert "mostly 993" in told
    assert server.received[:1] == b"\x16"  # the first and only message is TLS' own


@pytest.mark.parametrize("with_tls", [True, False])
def test_a_session_that_is_logged_in_already_is_refused(authority: Authority, with_tls: bool) -> None:  # noqa: FBT001 - a parameter
    trusted = authority if with_tls else None
    context = authority.context() if with_tls else None
    with UnsafeServer(context, greeting=b"* PREAUTH welcome\r\n") as server:
        told = refused(server, LoginRefusedError, account(server.port, trusted))
    assert "(PREAUTH), which bypasses the password" in told


def test_a_name_of_this_machine_that_leads_elsewhere_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a line for localhost in /etc/hosts; the peer's own address counts."""
    own = outside_address()
    elsewhere = own or "198.51.100.7"
    real = socket.getaddrinfo

    def mapped(host: str, *rest: object, **more: object) -> object:
        return real(elsewhere if host == "localhost" else host, *rest, **more)  # type: ignore[arg-type]

    if own:
        monkeypatch.setattr(socket, "getaddrinfo", mapped)
    else:
        monkeypatch.setattr(socket.socket, "getpeername", lambda _: (elsewhere, 143))
    with UnsafeServer(address=own or "127.0.0.1") as server:
        told = refused(server, LoginRefusedError, account(server.port, None))
    assert f"the name leads to {elsewhere}" in told


def outside_address() -> str | None:
    """Return an address of this machine that isn't loopback, or None where no way leads out of it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.7", 9))  # sends nothing; the system only chooses where it would leave
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    assert not address.startswith("127.")
    return address


def test_a_server_that_forbids_the_login_is_obeyed() -> None:
    with ScriptedServer(
        {"CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{tag} OK done\r\n"}
    ) as server:
        with pytest.raises(LoginRefusedError, match=r"takes no password here \(LOGINDISABLED\)"):
            connect(account(server.port, None))
        assert not any("LOGIN " in line or "AUTHENTICATE" in line for line in server.lines)


def test_a_server_that_forbids_login_may_offer_another_way() -> None:
    """RFC 3501 6.2.3 forbids LOGIN then, and nothing else."""
    answers = {
        "CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\n{tag} OK done\r\n",
        "AUTHENTICATE": "+ \r\n",
        FORMS[1].decode(): "never, it has no tag",
    }
    with ScriptedServer(answers) as server:
        with pytest.raises(MailboxUnavailableError):  # the script knows no more
            connect(account(server.port, None))
        assert [line.split(" ", 1)[-1] for line in server.lines][1:3] == [
            "AUTHENTICATE PLAIN",
            FORMS[1].decode(),
        ]
        assert not any(" LOGIN " in line for line in server.lines)


@pytest.mark.parametrize("login", ["robin ellery", "robin{5}", 'x" "y', "robin%", "(robin)"])
def test_a_login_that_is_no_single_word_is_never_sent_as_one(login: str) -> None:
    with ScriptedServer() as server:
        with pytest.raises(LoginRefusedError, match="letters, digits and plain marks only"):
            connect(account(server.port, None, login=login))
        assert not any("LOGIN" in line for line in server.lines)


def test_accounts_of_one_authority_share_its_certificates(authority: Authority) -> None:
    """Three hundred accounts must not hold three hundred copies of the system's certificates."""
    stamp = _stamp_of(authority.file)
    assert _context_of(authority.file, stamp) is _context_of(authority.file, _stamp_of(authority.file))
    later = time.time() + 10
    os.utime(authority.file, (later, later))
    assert _context_of(authority.file, _stamp_of(authority.file)) is not _context_of(authority.file, stamp)
    assert _context_of(None, _stamp_of(None)) is _context_of(None, _stamp_of(None))
    for context in (_context_of(None, ()), _context_of(authority.file, stamp)):
        assert (context.minimum_version, context.verify_mode) == (ssl.TLSVersion.TLSv1_2, ssl.CERT_REQUIRED)
        assert context.check_hostname


def test_a_missing_authority_is_told(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"Can't read the CA file .* It has to be a PEM file"):
        connect(account(1, authority, ca_file=tmp_path / "none.pem"))
