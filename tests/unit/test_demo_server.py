"""The demo's mail server answers what the daemon asks, and its sample mails are as described."""

import re
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from springback.demo.samples import sample_messages
from springback.demo.server import DemoServer, serve
from springback.errors import InputError
from support.wire import free_port


def mail(number: int, sent: str) -> bytes:
    return (
        f"From: Ana <ana@firm.example>\r\nTo: robin@ellery.example\r\nDate: {sent}\r\n"
        f"Message-ID: <m{number}@firm.example>\r\nIn-Reply-To: <r{number}@ellery.example>\r\n"
        f"Subject: Number {number}\r\n\r\nBody of number {number}, with an \u00e9.\r\n"
    ).encode()


MAILS = [
    mail(1, "Mon, 09 Nov 2026 23:30:00 -0500"),
    mail(2, "Wed, 11 Nov 2026 08:00:00 +0100"),
    mail(3, "Fri, 13 Nov 2026 12:00:00 +0000"),
]

DRAFT = b"From: robin@ellery.example\r\nTo: ana@firm.example\r\nSubject: Re: Number 1\r\n\r\nHi\r\n"


def connect(server: DemoServer) -> IMAPClient:
    client = IMAPClient(server.host, port=server.port, ssl=False, timeout=5)
    client.normalise_times = False
    client.login(server.user, server.password)
    return client


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with serve(MAILS) as running:
        yield running


@pytest.fixture
def client(server: DemoServer) -> Iterator[IMAPClient]:
    connected = connect(server)
    yield connected
    connected.logout()


def test_it_listens_on_loopback_only(server: DemoServer) -> None:
    assert server.host == "127.0.0.1"
    assert server.port > 0


def test_a_wrong_password_is_refused(server: DemoServer) -> None:
    stranger = IMAPClient(server.host, port=server.port, ssl=False, timeout=5)
    with pytest.raises(LoginError):
        stranger.login(server.user, "wrong")
    stranger.logout()


def test_its_capabilities_are_those_the_daemon_uses(client: IMAPClient) -> None:
    assert {b"IMAP4REV1", b"IDLE", b"UIDPLUS", b"SPECIAL-USE"} <= set(client.capabilities())


def test_list_tells_what_the_folders_are_for(client: IMAPClient) -> None:
    folders = {name: flags for flags, _, name in client.list_folders("", "*")}
    assert set(folders) == {"INBOX", "Drafts", "Sent", "Trash"}
    assert b"\\Drafts" in folders["Drafts"]
    assert client.find_special_folder(b"\\Sent") == "Sent"
    assert client.find_special_folder(b"\\Trash") == "Trash"


def test_list_can_be_narrowed_to_special_folders(client: IMAPClient) -> None:
    typ, _ = client._imap._simple_command("LIST", "(SPECIAL-USE)", '""', "*")
    _, lines = client._imap._untagged_response(typ, [None], "LIST")
    assert [line.split()[-1] for line in lines] == [b"Drafts", b"Sent", b"Trash"]


def test_status_of_drafts(client: IMAPClient) -> None:
    before = client.folder_status("Drafts", ["UIDVALIDITY", "UIDNEXT", "MESSAGES"])
    client.append("Drafts", DRAFT)
    after = client.folder_status("Drafts", ["UIDVALIDITY", "UIDNEXT", "MESSAGES"])
    assert before[b"MESSAGES"] == 0
    assert after == {
        b"UIDVALIDITY": before[b"UIDVALIDITY"],
        b"UIDNEXT": before[b"UIDNEXT"] + 1,
        b"MESSAGES": 1,
    }


def test_examine_opens_inbox_read_only(client: IMAPClient) -> None:
    opened = client.select_folder("INBOX", readonly=True)
    assert opened[b"EXISTS"] == 3
    assert opened[b"UIDVALIDITY"] > 0
    assert opened[b"UIDNEXT"] > 3
    assert b"READ-ONLY" in opened


def test_search_by_uid_and_by_date(client: IMAPClient) -> None:
    client.select_folder("INBOX", readonly=True)
    first, second, third = client.search("ALL")
    assert client.search(["UID", f"{second}:*"]) == [second, third]
    # RFC 3501: a range to * always holds the last message.
    assert client.search(["UID", f"{third + 1}:*"]) == [third]
    assert client.search(["SINCE", "11-Nov-2026"]) == [second, third]
    assert client.search(["SINCE", date(2026, 11, 9)]) == [first, second, third]


def test_fetch_of_sizes_and_dates(client: IMAPClient) -> None:
    client.select_folder("INBOX", readonly=True)
    first, _, third = client.search("ALL")
    answer = client.fetch([first, third], ["RFC822.SIZE", "INTERNALDATE"])
    assert answer[first][b"RFC822.SIZE"] == len(MAILS[0])
    assert answer[first][b"INTERNALDATE"] == datetime(2026, 11, 10, 4, 30, tzinfo=UTC)
    assert answer[third][b"INTERNALDATE"] == datetime(2026, 11, 13, 12, 0, tzinfo=UTC)


def test_fetch_of_the_first_part_is_byte_true_and_leaves_mail_unseen(client: IMAPClient) -> None:
    client.select_folder("INBOX", readonly=True)
    uids = client.search("ALL")
    bodies = [client.fetch([uid], ["BODY.PEEK[]<0.262144>"])[uid][b"BODY[]<0>"] for uid in uids]
    assert bodies == MAILS
    assert client.fetch(uids[:1], ["BODY.PEEK[]<0.20>"])[uids[0]][b"BODY[]<0>"] == MAILS[0][:20]
    assert client.search("UNSEEN") == uids


def test_fetch_of_a_large_mail_is_cut_where_asked() -> None:
    large = MAILS[0] + b"0123456789abcdef\r\n" * 20_000
    with serve([large]) as server:
        client = connect(server)
        client.select_folder("INBOX", readonly=True)
        (uid,) = client.search("ALL")
        answer = client.fetch([uid], ["BODY.PEEK[]<0.262144>"])
        assert answer[uid][b"BODY[]<0>"] == large[:262_144]
        client.logout()


def test_fetch_of_header_fields(client: IMAPClient) -> None:
    client.select_folder("INBOX", readonly=True)
    uids = client.search("ALL")
    answer = client.fetch(uids, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO)]"])
    for number, uid in enumerate(uids, start=1):
        # The server names the fields in an order of its own.
        (text,) = (value for key, value in answer[uid].items() if key.startswith(b"BODY["))
        header = message_from_bytes(text)
        assert header["Message-ID"] == f"<m{number}@firm.example>"
        assert header["In-Reply-To"] == f"<r{number}@ellery.example>"


def test_a_range_of_uids_can_be_fetched(client: IMAPClient) -> None:
    client.select_folder("INBOX", readonly=True)
    uids = client.search("ALL")
    field = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO)]"
    typ, lines = client._imap.uid("FETCH", f"{uids[0]}:{uids[1]}", f"({field})")
    found = re.findall(rb"<m\d@firm\.example>", b"".join(b"".join(x) for x in lines if len(x) == 2))
    assert typ == "OK"
    assert found == [b"<m1@firm.example>", b"<m2@firm.example>"]


def test_an_appended_draft_is_kept_as_it_is(client: IMAPClient) -> None:
    client.select_folder("INBOX", readonly=True)
    answer = client.append("Drafts", DRAFT, flags=[b"\\Draft", b"\\Seen"])
    match = re.search(rb"\[APPENDUID (\d+) (\d+)\]", answer)
    assert match
    opened = client.select_folder("Drafts", readonly=True)
    assert opened[b"UIDVALIDITY"] == int(match[1])
    (uid,) = client.search("ALL")
    assert uid == int(match[2])
    draft = client.fetch([uid], ["FLAGS", "BODY.PEEK[]"])[uid]
    assert set(draft[b"FLAGS"]) == {b"\\Draft", b"\\Seen"}
    assert draft[b"BODY[]"] == DRAFT


def test_noop_tells_of_new_mail(server: DemoServer, client: IMAPClient) -> None:
    client.select_folder("INBOX", readonly=True)
    other = connect(server)
    other.append("INBOX", MAILS[0])
    other.logout()
    _, untagged = client.noop()
    assert (4, b"EXISTS") in untagged


def test_idle_tells_of_new_mail_and_survives_several(server: DemoServer, client: IMAPClient) -> None:
    client.select_folder("INBOX", readonly=True)
    other = connect(server)
    client.idle()
    seen: list[Any] = []
    for number in range(4, 24):
        other.append("INBOX", MAILS[0])
        while (number, b"EXISTS") not in seen:
            news = client.idle_check(timeout=5)
            assert news, "IDLE told nothing"
            seen += news
    client.idle_done()
    other.logout()


def test_idle_never_shows_half_a_line(server: DemoServer, client: IMAPClient) -> None:
    """Pymap alone writes a flag change in three pieces; IMAPClient gives up at the first."""
    client.select_folder("INBOX", readonly=True)
    other = connect(server)
    other.select_folder("INBOX")
    (uid, *_) = other.search("ALL")

    def flip_flags() -> None:
        for _ in range(20):
            other.add_flags([uid], [b"\\Flagged"])
            other.remove_flags([uid], [b"\\Flagged"])

    flipping = threading.Thread(target=flip_flags)
    client.idle()
    flipping.start()
    heard = 0
    while flipping.is_alive():
        heard += len(client.idle_check(timeout=0.1))
    flipping.join()
    client.idle_done()
    other.logout()
    assert heard


def test_many_logins_at_once(server: DemoServer) -> None:
    clients = [connect(server) for _ in range(5)]
    for each in clients:
        assert each.select_folder("INBOX", readonly=True)[b"EXISTS"] == 3
    for each in clients:
        each.logout()


def test_it_stops_even_while_a_client_is_idle() -> None:
    before = set(threading.enumerate())
    with serve(MAILS) as server:
        client = connect(server)
        client.select_folder("INBOX", readonly=True)
        client.idle()
    assert set(threading.enumerate()) <= before
    client.shutdown()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), timeout=1)


def test_it_stops_when_the_block_fails() -> None:
    before = set(threading.enumerate())
    with pytest.raises(RuntimeError, match="stumbled"), serve([]):
        raise RuntimeError("stumbled")
    assert set(threading.enumerate()) <= before


def test_two_servers_do_not_share_their_mail() -> None:
    with serve(MAILS) as one, serve([]) as two:
        assert one.port != two.port
        client = connect(two)
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 0
        client.logout()


def test_a_mail_without_a_usable_date_is_taken_as_new() -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    with serve([b"Subject: none\r\n\r\n", b"Date: yesterday\r\n\r\n"]) as server:
        client = connect(server)
        client.select_folder("INBOX", readonly=True)
        answer = client.fetch(client.search("ALL"), ["INTERNALDATE"])
        client.logout()
    assert len(answer) == 2
    assert all(item[b"INTERNALDATE"] >= began for item in answer.values())


def test_a_port_can_be_chosen_and_a_taken_one_is_reported(server: DemoServer) -> None:
    with pytest.raises(InputError, match=f"port {server.port}.*another port"):
        serve([], port=server.port).__enter__()
    port = free_port()
    with serve([], port=port) as chosen:
        assert chosen.port == port


def test_without_pymap_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "springback.demo.backend", raising=False)
    monkeypatch.setitem(sys.modules, "pymap.imap", None)
    with pytest.raises(InputError) as caught:
        serve([]).__enter__()
    assert str(caught.value) == (
        "Can't start the demo: its mail server isn't installed. Run: pip install 'springback[demo]'"
    )


def parsed_samples() -> list[EmailMessage]:
    return [message_from_bytes(raw, policy=default) for raw in sample_messages()]


def words_of(sample: EmailMessage) -> str:
    body = sample.get_body(("plain", "html"))
    assert body is not None
    text = re.sub(r"(?s)<style.*?</style>|<[^>]*>", " ", body.get_content())
    return " ".join(text.split())


def test_there_are_fourteen_samples_with_crlf_line_ends() -> None:
    samples = sample_messages()
    assert len(samples) == 14
    assert not any(re.search(rb"(?<!\r)\n|\r(?!\n)", sample) for sample in samples)


def test_samples_come_in_the_order_they_were_sent() -> None:
    dates = [sample["Date"].datetime for sample in parsed_samples()]
    assert dates == sorted(dates)
    assert date(2026, 10, 23) <= dates[0].date() <= dates[-1].date() <= date(2026, 11, 20)


def test_samples_are_well_formed_and_of_a_natural_length() -> None:
    for sample in parsed_samples():
        assert [part.defects for part in sample.walk() if part.defects] == []
        assert 45 <= len(words_of(sample).split()) <= 200, sample["Subject"]


def test_samples_name_nobody_outside_the_example_domains() -> None:
    for sample in parsed_samples():
        texts = [str(value) for value in sample.values()]
        texts += [p.get_content() for p in sample.walk() if p.get_content_maintype() == "text"]
        hosts = re.findall(r"(?:@|://)([\w.-]*\w)", "\n".join(texts))
        assert hosts
        assert [host for host in hosts if not host.endswith(".example")] == []


def test_samples_show_the_awkward_forms_of_real_mail() -> None:
    samples = parsed_samples()
    parts = [part for sample in samples for part in sample.walk()]
    encodings = {part["Content-Transfer-Encoding"] for part in parts}
    assert {"7bit", "8bit", "quoted-printable", "base64"} <= encodings
    assert any(len(sample["Message-ID"].strip()) == 82 for sample in samples)
    assert any(sample["References"] for sample in samples)
    assert any(sample.get_content_type() == "text/html" for sample in samples)
    assert any(sample["List-Id"] and sample["List-Unsubscribe"] for sample in samples)


def test_all_samples_survive_the_server() -> None:
    samples = sample_messages()
    with serve(samples) as server:
        client = connect(server)
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        answer = client.fetch(uids, ["BODY.PEEK[]<0.262144>", "RFC822.SIZE"])
        client.logout()
    assert [answer[uid][b"BODY[]<0>"] for uid in uids] == samples
    assert [answer[uid][b"RFC822.SIZE"] for uid in uids] == [len(sample) for sample in samples]
