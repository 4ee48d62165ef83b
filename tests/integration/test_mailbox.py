"""The mailbox against a real server, and against one that lies."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from springback import connection
from springback.config import Account, Password
from springback.errors import (
    CommandRefusedError,
    FolderError,
    ForbiddenCommandError,
    LoginRefusedError,
    MailboxUnavailableError,
    SpringbackError,
    ThrottledError,
)
from springback.mailbox import Mailbox
from springback.message import parse_message
from springback.query import Query
from springback.wire import ALLOWED
from support.dovecot import Dovecot
from support.lacking import Lacking
from support.lineproxy import LineProxy
from support.mails import mail, ordinary, rejection
from support.scripted import ScriptedServer

TODAY = datetime.now(UTC).date()


def account(port: int, user: str = "robin@example.test", **changes: Any) -> Account:  # noqa: ANN401 - any key
    values: dict[str, Any] = {
        "name": "test",
        "address": user,
        "full_name": "Robin Ellery",
        "host": "127.0.0.1",
        "port": port,
        "tls": False,
        "password": Password(env="UNUSED"),
    }
    return Account(**{**values, **changes})


@pytest.fixture
def mailbox(dovecot: Dovecot, account_user: str) -> Iterator[Mailbox]:
    mailbox = Mailbox(account(dovecot.imap_port, account_user), "secret")
    yield mailbox
    mailbox.close()


@pytest.mark.dovecot
def test_forbidden_commands_never_reach_the_wire(
    mailbox: Mailbox, dovecot: Dovecot, account_user: str
) -> None:
    """Whatever IMAPClient is asked to do, the server sees the allowed verbs only."""
    dovecot.fill(account_user, [ordinary(1)])
    mailbox.examine("INBOX")
    client = mailbox._client
    attempts: tuple[Callable[[], object], ...] = (
        lambda: client.delete_messages([1]),
        lambda: client.add_flags([1], [b"\\Seen"]),
        lambda: client.move([1], "Trash"),
        lambda: client.copy([1], "Trash"),
        client.expunge,
        lambda: client.create_folder("X"),
        lambda: client.delete_folder("Trash"),
        lambda: client.rename_folder("Trash", "X"),
        lambda: client.select_folder("INBOX"),
        lambda: client.search(["HEADER", "Message-ID", "<a\r\nX1 DELETE INBOX\r\n>"]),
        lambda: client.search(["SUBJECT", "a\0b"]),
    )
    for attempt in attempts:
        with pytest.raises(ForbiddenCommandError):
            attempt()
    assert dovecot.verbs(account_user) <= ALLOWED
    assert b"DELETE" not in b"".join(dovecot.commands(account_user))


@pytest.mark.dovecot
def test_new_mail_by_watermark(mailbox: Mailbox, dovecot: Dovecot, account_user: str) -> None:
    dovecot.fill(account_user, [ordinary(number) for number in range(5)])
    state = mailbox.examine("INBOX")
    assert state.uidnext == 6
    assert mailbox.uids_after(2) == [3, 4, 5]
    assert mailbox.uids_after(5) == []
    assert mailbox.uids_since(TODAY) == [1, 2, 3, 4, 5]


@pytest.mark.dovecot
def test_mail_comes_whole_and_in_order(mailbox: Mailbox, dovecot: Dovecot, account_user: str) -> None:
    mails = [ordinary(number) for number in range(450)]
    dovecot.fill(account_user, mails)
    mailbox.examine("INBOX")
    fetched = list(mailbox.fetch([*range(1, 451), 9999]))
    assert [one.uid for one in fetched] == list(range(1, 451))
    assert [one.raw for one in fetched] == mails
    assert all(one.whole for one in fetched)


@pytest.mark.dovecot
def test_only_the_beginning_of_a_large_mail_is_fetched(
    mailbox: Mailbox, dovecot: Dovecot, account_user: str
) -> None:
    dovecot.fill(account_user, [mail("x" * 70 + "\n") * 1, mail(("y" * 70 + "\n") * 20_000)])
    mailbox.examine("INBOX")
    small, large = mailbox.fetch([1, 2])
    assert small.whole
    assert not large.whole
    assert len(large.raw) == 262_144
    more = mailbox.fetch_more(2)
    assert more is not None
    assert len(more.raw) == 1_048_576


@pytest.mark.dovecot
def test_a_draft_is_stored_byte_for_byte(mailbox: Mailbox, dovecot: Dovecot, account_user: str) -> None:
    state = mailbox.status(mailbox.drafts)
    content = rejection(1)
    uid = mailbox.append_draft(content)
    assert uid == state.uidnext
    assert dovecot.messages(account_user, "Drafts") == [content]
    mailbox.examine("Drafts")
    (ids,) = mailbox.ids(state.uidnext).values()
    assert ids.message_id == "<1.rejection@company-1.example>"


@pytest.mark.dovecot
def test_ids_of_the_newest(mailbox: Mailbox, dovecot: Dovecot, account_user: str) -> None:
    dovecot.fill(account_user, [ordinary(number) for number in range(9)])
    mailbox.examine("INBOX")
    assert sorted(mailbox.ids(1, newest=3)) == [7, 8, 9]
    assert mailbox.ids(10) == {}


@pytest.mark.dovecot
def test_folders_are_found(mailbox: Mailbox) -> None:
    assert (mailbox.drafts, mailbox.sent, mailbox.trash) == ("Drafts", "Sent", "Trash")
    with pytest.raises(FolderError, match="'Nowhere'"):
        mailbox.examine("Nowhere")
    with pytest.raises(FolderError, match="'Nowhere'"):
        mailbox.status("Nowhere")


@pytest.mark.dovecot
def test_a_password_with_other_letters(dovecot: Dovecot) -> None:
    password = 'pä"ss\\wörd'  # noqa: S105 - of a server that is thrown away
    dovecot.add_user("umlaut@example.test", password)
    mailbox = Mailbox(account(dovecot.imap_port, "umlaut@example.test"), password)
    mailbox.close()
    assert "EXAMINE" not in dovecot.verbs("umlaut@example.test")


def test_flags_of_drafts_in_lower_case_and_a_localised_name() -> None:
    r"""Cyrus writes \drafts in lower case; others only have a name in their language."""
    lines = '* LIST (\\drafts) "." "INBOX.Eigene"\r\n* LIST () "." "INBOX.Entw&APw-rfe"\r\n'
    with ScriptedServer({"LIST": lines + "{tag} OK done\r\n"}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        assert mailbox.drafts == "INBOX.Eigene"
        mailbox.close()
    lines = '* LIST () "." INBOX\r\n* LIST () "." "INBOX.Entw&APw-rfe"\r\n'
    with ScriptedServer({"LIST": lines + "{tag} OK done\r\n"}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        assert mailbox.drafts == "INBOX.Entwürfe"
        mailbox.close()


def test_without_a_certain_drafts_folder_it_stops() -> None:
    lines = '* LIST () "/" INBOX\r\n* LIST (\\Noselect) "/" Drafts\r\n{tag} OK done\r\n'
    with (
        ScriptedServer({"LIST": lines}) as server,
        pytest.raises(FolderError, match=r"Can't tell which folder holds Drafts.*has: INBOX"),
    ):
        Mailbox(account(server.port), "secret")


def test_a_server_that_does_not_tell_uidnext() -> None:
    """Courier: the newest mail tells it."""
    answers = {
        "EXAMINE": "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK [READ-ONLY] done\r\n",
        "SEARCH": "* SEARCH 4 9 12 \r\n{tag} OK done\r\n",
    }
    with ScriptedServer(answers) as server:
        mailbox = Mailbox(account(server.port), "secret")
        assert mailbox.examine("INBOX").uidnext == 13
        mailbox.close()


class Crowd:
    """A large folder, from which a person deletes two old mails after each search."""

    def __init__(self) -> None:
        self.uids = [*range(1, 31)]
        self.searches = 0

    def examine(self, _line: str) -> str:
        return (
            f"* {len(self.uids)} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 31] ok\r\n{{tag}} OK done"
        )

    def search(self, line: str) -> str:
        """Answer a search for mails by number, by UID, and SINCE a day, which they all are."""
        words = iter(line.split()[3:])
        found = set(self.uids)
        for word in words:
            if word == "UID":
                found &= named(next(words), {uid: uid for uid in self.uids})
            elif word == "SINCE":
                next(words)
            else:
                found &= named(word, dict(enumerate(self.uids, 1)))
        del self.uids[:2]
        self.searches += 1
        return f"* SEARCH {' '.join(map(str, sorted(found)))}\r\n{{tag}} OK done"


def named(text: str, mails: dict[int, int]) -> set[int]:
    """Return the mails that a set of numbers names (RFC 3501 9): "n:*" names the last one at least."""
    last = max(mails)
    bounds = [[last if end == "*" else int(end) for end in part.split(":")] for part in text.split(",")]
    return {mail for number, mail in mails.items() if any(min(one) <= number <= max(one) for one in bounds)}


@pytest.mark.parametrize("asked", ["after", "since", "present"])
def test_no_mail_slips_through_where_others_are_deleted_meanwhile(
    monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """A large folder is searched in parts, and no part begins behind where it was to."""
    monkeypatch.setattr(connection, "SEARCHED_AT_ONCE", 10)
    crowd = Crowd()
    with ScriptedServer({"EXAMINE": crowd.examine, "SEARCH": crowd.search}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        mailbox.examine("INBOX")
        if asked == "after":
            assert mailbox.uids_after(15) == [*range(16, 31)]
        elif asked == "present":
            assert mailbox.present([17, 20, 21, 22]) == {17, 20, 21, 22}
        else:
            assert mailbox.uids_since(TODAY)[-20:] == [*range(11, 31)]
            assert crowd.searches > 1
        mailbox.close()


def test_uids_that_are_far_apart_take_no_search_for_each_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers may give any numbers up to four thousand million (RFC 3501 2.3.1.1)."""
    monkeypatch.setattr(connection, "SEARCHED_AT_ONCE", 10)
    examine = "* 11 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4294967295] ok\r\n{tag} OK done\r\n"
    answers = {"EXAMINE": examine, "SEARCH": "* SEARCH\r\n{tag} OK done\r\n"}
    with ScriptedServer(answers) as server:
        mailbox = Mailbox(account(server.port), "secret")
        mailbox.examine("INBOX")
        assert mailbox.uids_since(TODAY) == []
        assert sum("UID SEARCH" in line for line in server.lines) < 300
        mailbox.close()


def test_what_was_not_asked_for_is_passed_over() -> None:
    """The last mail for "n:*", mails of other UIDs, and missing ones (RFC 3501 6.4.8, 7.4.2)."""
    fetch = (
        "* 9 FETCH (FLAGS (\\Seen))\r\n* 3 FETCH (UID 12 RFC822.SIZE 5 BODY[]<0> {5}\r\nX: y\n)\r\n"
        "* 4 FETCH (UID 99 RFC822.SIZE 5)\r\n{tag} OK done\r\n"
    )
    with ScriptedServer({"SEARCH": "* SEARCH 12\r\n{tag} OK done\r\n", "FETCH": fetch}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        mailbox.examine("INBOX")
        assert mailbox.uids_after(20) == []
        assert [one.uid for one in mailbox.fetch([12, 13])] == [12]
        mailbox.close()


@pytest.mark.parametrize(
    ("told", "stirred"),
    [
        ("", False),
        ("* 3 EXISTS\r\n", False),
        ("* 4 EXISTS\r\n", True),
        ("* 2 EXPUNGE\r\n", False),
        ("* 2 EXPUNGE\r\n* 3 EXISTS\r\n", True),
    ],
)
def test_mail_that_came_meanwhile_is_told_from_the_same_number_told_again(
    told: str, *, stirred: bool
) -> None:
    """A server may say EXISTS at any time (RFC 3501 7.3.1); to look again each time would never end."""
    with ScriptedServer({"SEARCH": told + "* SEARCH\r\n{tag} OK done\r\n"}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        mailbox.examine("INBOX")
        mailbox.uids_after(3)
        assert mailbox.stirred() is stirred
        mailbox.close()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"LOGIN": "{tag} NO [AUTHENTICATIONFAILED] no\r\n"}, LoginRefusedError),
        ({"LOGIN": "{tag} NO [UNAVAILABLE] later\r\n"}, MailboxUnavailableError),
        ({"LOGIN": "{tag} NO Too many simultaneous connections\r\n"}, MailboxUnavailableError),
        ({"LOGIN": "* BYE going down\r\n"}, MailboxUnavailableError),
        ({"LIST": "nonsense\r\n"}, MailboxUnavailableError),
        ({"LIST": "{tag} BAD Request is throttled\r\n"}, MailboxUnavailableError),
    ],
)
def test_refusals_and_passing_troubles_are_told_apart(
    answers: dict[str, str], error: type[Exception]
) -> None:
    with ScriptedServer(answers) as server, pytest.raises(error):
        Mailbox(account(server.port), "secret")


@pytest.mark.parametrize(
    ("said", "error"), [("[UNAVAILABLE] later", CommandRefusedError), ("no such folder", FolderError)]
)
def test_a_folder_that_cannot_be_had_for_now_is_not_missing(said: str, error: type[Exception]) -> None:
    """Nobody has to be asked for its name, so it is tried again soon."""
    with ScriptedServer({"EXAMINE": f"{{tag}} NO {said}\r\n", "STATUS": f"{{tag}} NO {said}\r\n"}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        for ask in (mailbox.examine, mailbox.status):
            with pytest.raises(error) as raised:
                ask("Bewerbungen")
            assert isinstance(raised.value, SpringbackError)
            assert "Bewerbungen" not in raised.value.discreet
        mailbox.close()


def test_a_mail_that_the_server_refuses_stops_nothing() -> None:
    """NO to a fetch: the others are given one by one, and more of one mail is simply not had."""
    refused = "{tag} NO [SERVERBUG] this one is broken\r\n"
    with ScriptedServer({"FETCH": refused}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        mailbox.examine("INBOX")
        (one,) = mailbox.fetch([7])
        assert one.refused
        assert one.refused.passing
        assert one.refused.discreet.endswith("this one is broken")
        assert mailbox.fetch_more(7) is None
        with pytest.raises(MailboxUnavailableError):
            list(mailbox.fetch([7, 8, 9, 10]))
        mailbox.close()


def test_a_server_that_throttles_a_fetch_is_obeyed() -> None:
    """It has nothing against the mail, so the mail is no suspect, and the time that it asks for counts."""

    def fetch(line: str) -> str:
        if "SIZE" in line:
            return "* 3 FETCH (UID 7 RFC822.SIZE 900)\r\n{tag} OK done"
        return "{tag} NO [THROTTLED] Exceeded bandwidth limits. Suggested Backoff Time: 3600000 milliseconds"

    with ScriptedServer({"FETCH": fetch}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        mailbox.examine("INBOX")
        for read in (lambda: list(mailbox.fetch([7])), lambda: mailbox.fetch_more(7)):
            with pytest.raises(ThrottledError) as raised:
                read()
            assert raised.value.rest == timedelta(hours=1)
        mailbox.close()


def test_a_size_that_is_none_is_no_reason_to_stop() -> None:
    fetch = "* 1 FETCH (UID 7 RFC822.SIZE NIL BODY[]<0> {6}\r\nX: y\r\n)\r\n{tag} OK done\r\n"
    with ScriptedServer({"FETCH": fetch}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        mailbox.examine("INBOX")
        assert [one.uid for one in mailbox.fetch([7])] == [7]
        mailbox.close()


# ------------------------------------------------------------------------------------------- earlier mail

DAY = TODAY - timedelta(days=30)


def query(*anyone: str, subject: tuple[str, ...] = ()) -> Query:
    return Query(DAY, datetime.now(UTC), anyone, subject)


@pytest.mark.dovecot
def test_earlier_mail_is_found_by_anybody_in_its_header_and_by_its_subject(
    mailbox: Mailbox, dovecot: Dovecot, account_user: str
) -> None:
    people = (
        mail("Hello.", number=1, sender="Jane <jane@acme.example>"),
        mail("Hello.", number=2, to="jane@acme.example"),
        mail("Hello.", number=3, extra="Cc: jane@acme.example\n", sender="Tom <tom@other.example>"),
        mail("Hello.", number=4, sender="x@robot.example", extra="Reply-To: Jane Doe <jane@acme.example>\n"),
        mail("Hello.", number=5, sender="x@robot.example", subject="=?utf-8?q?Gespr=C3=A4ch_M=C3=BCller?="),
        mail("acme.example", number=6, sender="x@robot.example"),
    )
    dovecot.fill(account_user, people)
    mailbox.examine("INBOX")
    assert mailbox.find(query("acme.example")) == [1, 2, 3, 4]
    assert mailbox.find(query("acme.example", subject=("Müller",))) == [1, 2, 3, 4, 5]
    assert mailbox.find(query("nobody.example")) == []


@pytest.mark.dovecot
def test_mail_of_before_the_day_is_not_found(mailbox: Mailbox, dovecot: Dovecot, account_user: str) -> None:
    old = datetime.now(UTC) - timedelta(days=40)
    dovecot.fill(account_user, [mail("Hello.", number=1), mail("Hello.", number=2)], received=[old, old])
    dovecot.fill(account_user, [mail("Hello.", number=3)])
    mailbox.examine("INBOX")
    assert mailbox.find(query("acme.example")) == [3]


@pytest.mark.dovecot
def test_headers_hold_what_a_reply_needs_and_no_letter(
    mailbox: Mailbox, dovecot: Dovecot, account_user: str
) -> None:
    dovecot.fill(account_user, [mail("The letter.", extra="References: <a@x.example>\nX-Mine: 1\n")])
    mailbox.examine("INBOX")
    header = mailbox.headers([1])[1]
    assert parse_message(header, whole=False).references == ("<a@x.example>",)
    assert b"letter" not in header
    assert b"X-Mine" not in header
    assert mailbox.headers([99]) == {}


def test_a_server_that_searches_few_fields_is_asked_for_less() -> None:
    def refuses(line: str) -> str:
        hard = "HEADER" in line or "nobody" in line
        return "{tag} NO [SERVERBUG] no" if hard else "* SEARCH 3\r\n{tag} OK done"

    with ScriptedServer({"SEARCH": refuses}) as server:
        mailbox = Mailbox(account(server.port), "secret")
        mailbox.examine("INBOX")
        assert mailbox.find(query("acme.example")) == [3]
        with pytest.raises(CommandRefusedError):
            mailbox.find(query("nobody.example"))
        mailbox.close()
    asked = [line for line in server.lines if "SEARCH" in line]
    assert "HEADER REPLY-TO" in asked[0]
    assert asked[1].endswith("OR FROM acme.example OR TO acme.example CC acme.example")


@pytest.mark.parametrize(
    ("capability", "answer", "thread"),
    [
        (
            "X-GM-EXT-1",
            "* 3 FETCH (UID 3 X-GM-THRID 1278455344230334865)\r\n{tag} OK done\r\n",
            1278455344230334865,
        ),
        ("X-GM-EXT-1", "{tag} OK gone\r\n", None),
        ("IDLE", "{tag} BAD unknown\r\n", None),
    ],
)
def test_the_conversation_is_told_where_the_server_knows_it(
    capability: str, answer: str, thread: int | None
) -> None:
    answers = {"CAPABILITY": f"* CAPABILITY IMAP4rev1 {capability}\r\n{{tag}} OK done\r\n", "FETCH": answer}
    with ScriptedServer(answers) as server:
        mailbox = Mailbox(account(server.port), "secret")
        assert mailbox.thread("INBOX", 3) == thread
        mailbox.close()


@pytest.mark.parametrize(
    ("folders", "configured", "searched"),
    [
        ('* LIST (\\All) "/" Everything\r\n', None, ("Everything",)),
        (
            '* LIST (\\Sent) "/" Gesendet\r\n* LIST (\\Archive) "/" Alt\r\n',
            None,
            ("INBOX", "Gesendet", "Alt"),
        ),
        ("", None, ("INBOX",)),
        ('* LIST () "/" Jobs\r\n', ("Jobs",), ("Jobs",)),
        ("", (), ()),
    ],
)
def test_where_earlier_mail_is_looked_for(
    folders: str, configured: tuple[str, ...] | None, searched: tuple[str, ...]
) -> None:
    listed = f'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST () "/" Drafts\r\n{folders}{{tag}} OK done\r\n'
    with ScriptedServer({"LIST": listed}) as server:
        mailbox = Mailbox(account(server.port, history=configured), "secret")
        assert mailbox.history == searched
        mailbox.close()


def test_a_folder_of_history_that_is_not_there_is_told() -> None:
    with (
        ScriptedServer() as server,
        pytest.raises(FolderError, match="Can't find the folder 'Job' of `history`"),
    ):
        Mailbox(account(server.port, history=("Job",)), "secret")


def test_a_newest_mail_that_is_not_told_is_no_empty_inbox() -> None:
    """Without UIDNEXT, and without the UID of its last mail, all that a folder holds would count as new."""
    answers = {
        "EXAMINE": "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK done\r\n",
        "SEARCH": "* SEARCH\r\n{tag} OK done\r\n",
    }
    with ScriptedServer(answers) as server:
        mailbox = Mailbox(account(server.port), "secret")
        with pytest.raises(MailboxUnavailableError, match="Can't tell the newest mail"):
            mailbox.examine("INBOX")
        mailbox.close()


@pytest.mark.dovecot
def test_a_refused_question_for_special_uses_leaves_the_names(dovecot: Dovecot, account_user: str) -> None:
    """A server may claim SPECIAL-USE, tell no use in LIST, and not know the question (RFC 6154 5.2)."""
    lacking = Lacking("SPECIAL-USE")
    with LineProxy(
        dovecot.imap_port,
        on_server=lambda response, command: [
            response if b"CAPABILITY" in response else piece for piece in lacking.on_server(response, command)
        ],
        on_client=lacking.on_client,
    ) as proxy:
        mailbox = Mailbox(account(proxy.port, account_user), "secret")
        mailbox.close()
    assert b'LIST (SPECIAL-USE) "" "*"' in proxy.commands(account_user)
    assert mailbox.drafts == "Drafts"
    assert mailbox.sent == "Sent"
