"""Proof that the private Dovecot and the cutting proxy tell the truth to the other tests."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from support.dovecot import Dovecot, require_dovecot
from support.wire import CuttingProxy, Shape, Side

Ends = tuple[socket.socket, socket.socket]

pytestmark = pytest.mark.dovecot

_TESTS = str(Path(__file__).parents[1])


def connect(server: Dovecot, user: str, port: int | None = None) -> Any:  # noqa: ANN401
    context = ssl.create_default_context(cafile=server.ca_file)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    client = IMAPClient(server.host, port or server.imaps_port, ssl_context=context, timeout=10, use_uid=True)
    try:
        client.login(user, "secret")
    except IMAPClientError:
        client.shutdown()
        raise
    return client


def mail(number: int) -> bytes:
    return b"Subject: no. %d\r\nMessage-ID: <%d@example.test>\r\n\r\nText.\r\n" % (number, number)


def test_certificate_is_trusted_by_its_authority_alone(dovecot: Dovecot, account_user: str) -> None:
    with connect(dovecot, account_user) as client:
        assert client.noop()[0].startswith(b"NOOP completed")
    with (
        socket.create_connection((dovecot.host, dovecot.imaps_port), 10) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname=dovecot.host)


def test_starttls_on_the_plain_port(dovecot: Dovecot, account_user: str) -> None:
    with IMAPClient(dovecot.host, dovecot.imap_port, ssl=False, timeout=10) as client:
        client.starttls(ssl.create_default_context(cafile=dovecot.ca_file))
        client.login(account_user, "secret")


def test_users_and_passwords_change_without_restart(dovecot: Dovecot, account_user: str) -> None:
    context = ssl.create_default_context(cafile=dovecot.ca_file)
    dovecot.add_user(account_user, "pa:ss wörd")
    with IMAPClient(dovecot.host, dovecot.imaps_port, ssl_context=context) as client:
        with pytest.raises(LoginError):
            client.login(account_user, "secret")
        assert client.plain_login(account_user, "pa:ss wörd") == b"Logged in"


def test_unknown_user_is_a_failed_login(dovecot: Dovecot) -> None:
    with pytest.raises(LoginError, match="AUTHENTICATIONFAILED"):
        connect(dovecot, "nobody@example.test")


def test_special_use_folders(dovecot: Dovecot, account_user: str) -> None:
    with connect(dovecot, account_user) as client:
        found = {
            name: flag
            for flags, _, name in client.list_folders()
            for flag in flags
            if flag in {b"\\Drafts", b"\\Sent", b"\\Trash", b"\\Junk", b"\\Archive"}
        }
    assert found == {name: b"\\" + name.encode() for name in ("Drafts", "Sent", "Trash", "Junk", "Archive")}


def test_fill_keeps_order_and_dates(dovecot: Dovecot, account_user: str) -> None:
    first = datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)
    # The dates run backwards, so that only the order of filling can explain the UIDs.
    dates = [first - timedelta(days=number) for number in range(500)]
    assert dovecot.fill(account_user, map(mail, range(500)), received=dates) == 500
    assert dovecot.fill(account_user, [mail(500)]) == 1
    dovecot.deliver(account_user, mail(501))
    with connect(dovecot, account_user) as client:
        client.normalise_times = False
        client.select_folder("INBOX", readonly=True)
        fetched = client.fetch(range(1, 503), ["INTERNALDATE", "BODY.PEEK[]", "RFC822.SIZE"])
    assert [fetched[uid][b"BODY[]"] for uid in sorted(fetched)] == list(map(mail, range(502)))
    assert [fetched[uid][b"RFC822.SIZE"] for uid in (1, 502)] == [len(mail(0)), len(mail(501))]
    assert [fetched[uid + 1][b"INTERNALDATE"] for uid in range(500)] == dates
    assert dovecot.messages(account_user) == list(map(mail, range(502)))


def test_fill_wants_a_date_for_each_message(dovecot: Dovecot, account_user: str) -> None:
    with pytest.raises(ValueError, match="shorter"):
        dovecot.fill(account_user, [mail(1), mail(2)], received=[datetime.now(UTC)])


def test_folders_other_than_inbox(dovecot: Dovecot, account_user: str) -> None:
    dovecot.fill(account_user, [mail(1)], "Bewerbungen/Zürich")
    with connect(dovecot, account_user) as client:
        assert client.select_folder("Bewerbungen/Zürich", readonly=True)[b"EXISTS"] == 1
    assert dovecot.messages(account_user, "Bewerbungen/Zürich") == [mail(1)]
    assert dovecot.messages(account_user, "Nowhere") == []


def test_drafts_are_found_byte_for_byte(dovecot: Dovecot, account_user: str) -> None:
    with connect(dovecot, account_user) as client:
        for number in (2, 1):
            client.append("Drafts", mail(number), [b"\\Draft"])
    assert dovecot.messages(account_user, "Drafts") == [mail(2), mail(1)]


def test_delivery_wakes_idle(dovecot: Dovecot, account_user: str) -> None:
    with connect(dovecot, account_user) as client:
        client.select_folder("INBOX", readonly=True)
        client.idle()
        dovecot.deliver(account_user, mail(1))
        assert (1, b"EXISTS") in client.idle_check(timeout=10)
        client.idle_done()


def test_snapshot_ignores_mere_reading(dovecot: Dovecot, account_user: str) -> None:
    dovecot.fill(account_user, map(mail, range(3)))
    dovecot.deliver(account_user, mail(3))
    before = dovecot.snapshot(account_user)
    assert list(before) == ["UIDVALIDITY", "1", "2", "3", "4"]
    with connect(dovecot, account_user) as client:
        client.select_folder("INBOX", readonly=True)
        client.fetch([1, 2, 3, 4], ["BODY[]"])
        assert dovecot.snapshot(account_user) == before
        # The server moves the new file from new/ to cur/ now: that is no change of the client's.
        client.select_folder("INBOX")
    assert not list((dovecot.maildir(account_user) / "new").iterdir())
    assert dovecot.snapshot(account_user) == before


def _expunge(client: Any) -> None:  # noqa: ANN401
    client.delete_messages(2)
    client.expunge([2])


def _replace(client: Any) -> None:  # noqa: ANN401
    client.copy(2, "INBOX")
    _expunge(client)


def test_a_folder_that_is_being_made_is_waited_for(dovecot: Dovecot, account_user: str) -> None:
    """A server makes the folder, then what is in it: a reader must not take the step between for an error."""
    dovecot.fill(account_user, [mail(1)], "Slow")
    box = dovecot.maildir(account_user, "Slow")
    (box / "cur").rename(box / "later")
    making = threading.Timer(0.3, lambda: (box / "later").rename(box / "cur"))
    making.start()
    try:
        assert len(dovecot.messages(account_user, "Slow")) == 1
    finally:
        making.join()


@pytest.mark.parametrize(
    "change",
    [
        lambda client: client.add_flags(2, [b"\\Seen"]),
        lambda client: client.add_flags(2, [b"$Keyword"]),
        lambda client: client.fetch(2, ["BODY[]"]),
        lambda client: client.fetch(4, ["BODY[]"]),
        lambda client: client.move(2, "Archive"),
        lambda client: client.append("INBOX", mail(9)),
        _expunge,
        _replace,
    ],
    ids=["seen", "keyword", "read", "read-new", "moved", "appended", "expunged", "new-uid"],
)
def test_snapshot_notices(dovecot: Dovecot, account_user: str, change: Callable[[Any], object]) -> None:
    dovecot.fill(account_user, map(mail, range(3)))
    dovecot.deliver(account_user, mail(3))
    before = dovecot.snapshot(account_user)
    with connect(dovecot, account_user) as client:
        client.select_folder("INBOX")
        assert dovecot.snapshot(account_user) == before
        change(client)
    assert dovecot.snapshot(account_user) != before


def test_commands_as_the_server_saw_them(dovecot: Dovecot, account_user: str) -> None:
    dovecot.fill(account_user, [mail(1)])
    dovecot.snapshot(account_user)
    assert dovecot.commands(account_user) == []
    trap = b"Subject: trap\r\n\r\nx1 STORE 1 +FLAGS (\\Deleted)\r\nx2 EXPUNGE {3}\r\nend"
    with connect(dovecot, account_user) as client:
        client.select_folder("INBOX", readonly=True)
        client.search(["HEADER", "Subject", "ü", "UNSEEN"], "UTF-8")
        client.append("Drafts", trap, [b"\\Draft"])
        # The server refuses before the literal is sent; what follows is a command again.
        with pytest.raises(IMAPClientError, match="TRYCREATE"):
            client.append("Nowhere", trap)
        client.fetch(range(1, 8001, 2), ["FLAGS"])
        client.idle()
        client.idle_done()
    seen = [line for line in dovecot.commands(account_user) if line != b"CAPABILITY"]
    assert seen[:4] == [
        b'EXAMINE "INBOX"',
        b"UID SEARCH CHARSET UTF-8 HEADER Subject {2+} UNSEEN",
        b'APPEND "Drafts" (\\Draft) {%d}' % len(trap),
        b'APPEND "Nowhere" () {%d}' % len(trap),
    ]
    assert seen[4].startswith(b"UID FETCH 1,3,5,")
    assert seen[4].endswith(b",7999 (FLAGS)")
    assert seen[5:] == [b"IDLE", b"DONE", b"LOGOUT"]
    assert dovecot.messages(account_user, "Drafts") == [trap]
    assert dovecot.verbs(account_user) - {"CAPABILITY"} == {
        *("EXAMINE", "UID SEARCH", "APPEND", "UID FETCH", "IDLE", "LOGOUT")
    }


def test_commands_are_forgotten_even_of_a_living_session(dovecot: Dovecot, account_user: str) -> None:
    with connect(dovecot, account_user) as client:
        client.select_folder("INBOX", readonly=True)
        dovecot.clear_commands(account_user)
        assert dovecot.commands(account_user) == []
        client.noop()
        assert dovecot.verbs(account_user) == {"NOOP"}


def test_commands_are_not_recorded_on_request(dovecot: Dovecot) -> None:
    dovecot.add_user("quiet@example.test", record=False)
    with connect(dovecot, "quiet@example.test") as client:
        client.noop()
    assert dovecot.commands("quiet@example.test") == []


def test_restart_drops_sessions_and_keeps_mail(dovecot: Dovecot, account_user: str) -> None:
    dovecot.fill(account_user, [mail(1)])
    before = dovecot.snapshot(account_user)
    client = connect(dovecot, account_user)
    dovecot.restart()
    with pytest.raises(IMAPClientError):
        client.noop()
    with suppress(OSError):
        client.shutdown()
    with connect(dovecot, account_user) as again:
        assert again.select_folder("INBOX", readonly=True)[b"EXISTS"] == 1
    assert dovecot.snapshot(account_user) == before


def test_stop_leaves_nothing_behind(dovecot: Dovecot) -> None:
    assert dovecot.available()
    with Dovecot() as other:
        assert other.imaps_port != dovecot.imaps_port
        assert _processes(other.root)
    assert not _processes(other.root)
    assert not other.root.exists()


def test_server_dies_with_a_killed_test_run(dovecot: Dovecot) -> None:
    assert dovecot.available()
    # Made here, so that what is removed below is never a name read from the child.
    root = Path(tempfile.mkdtemp(prefix="sb-", dir="/tmp"))
    script = (
        "import pathlib, sys; from support.dovecot import Dovecot\n"
        "Dovecot(pathlib.Path(sys.argv[1])).start()\n"
        "print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([_TESTS, *sys.path])},
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        assert _processes(root)
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while _processes(root) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _processes(root)
    shutil.rmtree(root)


def _processes(root: Path) -> list[str]:
    """Return the processes whose command line or environment speaks of a server's directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            if str(root).encode() in words and process.name != str(os.getpid()):
                found.append(process.name)
    return found


def test_a_failed_start_shows_the_log() -> None:
    require_dovecot()
    server = Dovecot()
    with (server.root / "dovecot.conf").open("a", encoding="ascii") as config:
        config.write("no_such_setting = yes\n")
    with pytest.raises(RuntimeError, match="Unknown setting: no_such_setting"), server:
        pass
    assert not server.root.exists()


def test_missing_server_skips_at_home_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Dovecot, "available", staticmethod(lambda: False))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install dovecot-imapd"):
        require_dovecot()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="apt-get install dovecot-imapd"):
        require_dovecot()


def test_proxy_forwards_and_cuts(dovecot: Dovecot, account_user: str) -> None:
    with CuttingProxy(dovecot.imaps_port) as proxy:
        client = connect(dovecot, account_user, proxy.port)
        client.append("Drafts", mail(1))
        proxy.cut_after(client=100)
        with pytest.raises((OSError, IMAPClientError)):
            client.append("Drafts", mail(2))
        client.shutdown()
        # One cut only: the next session is whole again.
        with connect(dovecot, account_user, proxy.port) as client:
            client.append("Drafts", mail(3))
        assert (proxy.accepted, proxy.cuts) == (2, 1)
    assert dovecot.messages(account_user, "Drafts") == [mail(1), mail(3)]


def test_proxy_cuts_at_the_exact_byte() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        CuttingProxy(server.getsockname()[1]) as proxy,
    ):
        for side in ("client", "server"):
            with socket.create_connection((proxy.host, proxy.port), 10) as near:
                far, _ = server.accept()
                with far:
                    far.settimeout(10)
                    source, target = (near, far) if side == "client" else (far, near)
                    proxy.cut_after(**{side: 7})
                    source.sendall(b"01234")
                    source.sendall(b"56789")
                    assert _drain(target) == b"0123456"
                    assert _drain(source) == b""


def _drain(end: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionResetError):
        while data := end.recv(100):
            received += data
    return received


@pytest.mark.parametrize("side", ["client", "server"])
def test_proxy_ends_a_connection_as_told(side: Side) -> None:
    """By RST at both ends, by silence, or by a FIN that goes one way while the other way lives on."""
    with pair() as (proxy, connect):
        proxy.cut(side, 2, "reset")
        with connect(side) as (source, target):
            source.sendall(b"abcd")
            assert target.recv(9) == b"ab"
            for end in (source, target):
                with pytest.raises(ConnectionResetError):
                    end.recv(9)
        proxy.cut(side, 2, "half")
        with connect(side) as (source, target):
            source.sendall(b"abcd")
            assert _drain(target) == b"ab"
            target.sendall(b"still here")
            assert source.recv(20) == b"still here"
        proxy.cut(side, 2, "silence")
        with connect(side) as (source, target):
            source.sendall(b"abcd")
            assert target.recv(9) == b"ab"
            target.sendall(b"lost")
            for end in (source, target):
                end.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    end.recv(9)


def test_proxy_splits_gathers_and_counts() -> None:
    with pair() as (proxy, connect), connect("client") as (source, target):
        proxy.keep()
        proxy.shape(Shape(pieces=lambda: 1, pause=0.2))
        source.sendall(b"abc")
        assert [target.recv(9) for _ in range(3)] == [b"a", b"b", b"c"]
        proxy.shape(Shape(gather=1.0))
        source.sendall(b"12")
        time.sleep(0.05)
        source.sendall(b"34")
        assert target.recv(9) == b"1234"
        assert proxy.passed == {"client": 7, "server": 0}
        assert proxy.kept == {"client": b"abc1234", "server": b""}


@contextmanager
def pair() -> Iterator[tuple[CuttingProxy, Callable[[Side], AbstractContextManager[Ends]]]]:
    """A proxy before a bare port, and what gives the two ends of a connection, the named side first."""
    with socket.create_server(("127.0.0.1", 0)) as server, CuttingProxy(server.getsockname()[1]) as proxy:

        @contextmanager
        def connect(side: Side) -> Iterator[Ends]:
            with socket.create_connection((proxy.host, proxy.port), 10) as near:
                far, _ = server.accept()
                with far:
                    far.settimeout(10)
                    yield (near, far) if side == "client" else (far, near)

        yield proxy, connect


def test_proxy_swallows_and_refuses(dovecot: Dovecot, account_user: str) -> None:
    with CuttingProxy(dovecot.imap_port) as proxy:
        address = (proxy.host, proxy.port)
        proxy.black_hole()
        with socket.create_connection(address, 10) as silent:
            silent.settimeout(0.3)
            with pytest.raises(TimeoutError):
                silent.recv(1)
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, 10)
        proxy.forward()
        with socket.create_connection(address, 10) as healed:
            assert healed.recv(4) == b"* OK"
    assert dovecot.commands(account_user) == []
