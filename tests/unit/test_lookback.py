"""Earlier mail of an account: found by few searches, bounded, and read only."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from springback.classifier import Classifier
from springback.errors import MailboxUnavailableError
from springback.firm import Firm, telling_words
from springback.history import MAX_HEADERS, MAX_LETTERS, Trace
from springback.lookback import LookBack
from springback.query import Query
from springback.rulebook import load_rules, load_senders
from support.fakes import ME, FakeFolder, FakeMailbox, event
from support.mails import mail

CLASSIFIER, SENDERS = Classifier(load_rules()), load_senders()
OWN = frozenset({"robin@ellery.example"})
ACME = Firm("Acme", telling_words("Acme"), frozenset({"acme.example"}), frozenset(), frozenset())
QUERY = Query(date(2026, 5, 1), datetime(2026, 11, 16, 9, 12, tzinfo=UTC), ("acme",), ("acme",))
JANE = "Jane Doe <jane.doe@acme.example>"


@pytest.fixture
def mailbox() -> FakeMailbox:
    mailbox = FakeMailbox()
    mailbox.folders["Archive"] = FakeFolder()
    mailbox.history = ("INBOX", "Sent", "Archive")
    return mailbox


def find(mailbox: FakeMailbox, query: Query = QUERY, role: str | None = "Data Analyst") -> tuple[Trace, ...]:
    return LookBack(mailbox, mailbox.history, CLASSIFIER, SENDERS, OWN).find(query, ACME, role)


def add(mailbox: FakeMailbox, number: int, folder: str = "INBOX", sender: str = JANE, **parts: str) -> int:
    day = f"Tue, {1 + number % 28:02d} Oct 2026 09:00:00 +0200"
    more = {"message_id": f"<{number}@acme.example>", "date": day, **parts}
    return mailbox.folders[folder].add(mail("Hello.", sender=sender, number=number, **more))


def test_all_folders_are_searched_once_and_mail_comes_by_date(mailbox: FakeMailbox) -> None:
    add(mailbox, 3, "Archive")
    add(mailbox, 2, "Sent", sender=ME, to="jane.doe@acme.example")
    add(mailbox, 1, "INBOX")
    found = find(mailbox)
    assert [(one.folder, one.read) for one in found] == [("INBOX", True), ("Sent", True), ("Archive", True)]
    assert mailbox.asked == {"searches": 3, "headers": 3, "letters": 3}


def test_only_mail_of_the_firm_or_about_the_job_is_read(mailbox: FakeMailbox) -> None:
    add(mailbox, 1, sender="Ada <ada@acmeville.example>", subject="Lunch")
    add(mailbox, 2, extra="List-Id: <news.acme.example>\n")
    add(mailbox, 3)
    assert [one.read for one in find(mailbox)] == [False, False, True]
    assert mailbox.asked["letters"] == 1


def test_no_more_is_asked_for_than_the_bounds(mailbox: FakeMailbox) -> None:
    for number in range(300):
        for folder in mailbox.history:
            add(
                mailbox,
                number,
                folder,
                sender=f"P <p{number}@acme.example>",
                message_id=f"<{number}@{folder}.example>",
            )
    found = find(mailbox)
    assert len(found) == mailbox.asked["headers"] == MAX_HEADERS
    assert mailbox.asked["letters"] == MAX_LETTERS
    assert mailbox.asked["searches"] == 3
    newest = max(mailbox.folders["INBOX"].mails)
    assert newest in {one.uid for one in found if one.folder == "INBOX"}


def test_letters_of_every_folder_are_read(mailbox: FakeMailbox) -> None:
    """What was sent matters as much as what came."""
    for number in range(40):
        add(mailbox, number, sender=f"P <p{number}@acme.example>")
    add(mailbox, 50, "Sent", sender=ME, to="jane.doe@acme.example")
    assert [one.read for one in find(mailbox) if one.folder == "Sent"] == [True]


def test_a_mail_that_lies_in_two_folders_is_one(mailbox: FakeMailbox) -> None:
    add(mailbox, 1, "INBOX")
    add(mailbox, 1, "Archive")
    assert len(find(mailbox)) == 1


def test_mail_without_an_id_is_kept_apart(mailbox: FakeMailbox) -> None:
    for number in (1, 2):
        add(mailbox, number, message_id="none")
    assert len(find(mailbox)) == 2


def test_only_mail_from_before_the_rejection_counts_but_for_ones_own(mailbox: FakeMailbox) -> None:
    later = "Tue, 17 Nov 2026 09:00:00 +0100"
    add(mailbox, 1, date=later)
    add(mailbox, 2, "Sent", sender=ME, to="jane.doe@acme.example", date=later)
    assert [one.folder for one in find(mailbox)] == ["Sent"]


@pytest.mark.parametrize("closed", ["INBOX", "Sent", "Archive"])
def test_a_folder_that_cannot_be_opened_is_left_out(mailbox: FakeMailbox, closed: str) -> None:
    for number, folder in enumerate(mailbox.history):
        add(mailbox, number, folder)
    mailbox.closed_folders = {closed}
    assert closed not in {one.folder for one in find(mailbox)}
    assert len(find(mailbox)) == 2


def test_a_server_that_refuses_to_search_has_no_history(mailbox: FakeMailbox) -> None:
    add(mailbox, 1)
    mailbox.refuses_searches = True
    assert find(mailbox) == ()


def test_nothing_found_asks_for_nothing(mailbox: FakeMailbox) -> None:
    add(mailbox, 1)
    assert find(mailbox, replace(QUERY, anyone=("beta",), subject=())) == ()
    assert mailbox.asked == {"searches": 3}


def test_a_dead_line_is_told(mailbox: FakeMailbox) -> None:
    mailbox.breaking_uids = {add(mailbox, 1)}
    with pytest.raises(MailboxUnavailableError):
        find(mailbox)


def test_a_mail_that_the_server_keeps_silent_about_stays_a_header(mailbox: FakeMailbox) -> None:
    mailbox.silent_uids = {add(mailbox, 1)}
    (one,) = find(mailbox)
    assert not one.read


def test_letters_are_read_with_what_they_invite_to_and_speak_of(mailbox: FakeMailbox) -> None:
    head = mail(
        "",
        sender=JANE,
        subject="Interview, Acme",
        message_id="<1@acme.example>",
        date="Tue, 6 Oct 2026 09:00:00 +0200",
    )
    head = head.replace(b"text/plain; charset=utf-8", b'multipart/mixed; boundary="b"')
    head = head.replace(b"Content-Transfer-Encoding: 8bit\r\n", b"")
    words = "We would like to invite you to an interview."
    parts = f"--b\n\n{words}\n--b\nContent-Type: text/calendar; method=REQUEST\n\n{event()}\n--b--\n"
    mailbox.folders["INBOX"].add(head + parts.replace("\n", "\r\n").encode())
    (one,) = find(mailbox)
    assert one.message.text.strip() == words
    assert one.stages == {"interview"}
    assert [invitation.summary for invitation in one.invitations] == ["Interview"]


def test_ones_own_words_tell_no_stage(mailbox: FakeMailbox) -> None:
    add(mailbox, 1, "Sent", sender=ME, to="jane.doe@acme.example", subject="Final round interview")
    (one,) = find(mailbox)
    assert one.read
    assert one.stages == frozenset()


def test_hostile_mail_is_read_to_the_end(mailbox: FakeMailbox) -> None:
    for number, raw in enumerate(
        [
            b"",
            b"\xff" * 3_000,
            b"From: Acme <a@acme.example>\r\nDate: Mon, 01 Jan 0100 00:00:00 +0000\r\n\r\n",
            b"From: Acme <a@acme.example>\r\nDate: Fri, 31 Dec 9999 23:59:59 -2359\r\n\r\n",
            mail("x", sender=JANE, subject="=?utf-8?q?" + "=00" * 500 + "?=", extra="Message-ID: <a> <b>\n"),
        ]
    ):
        mailbox.folders["INBOX"].add(raw)
        assert len(find(mailbox)) <= number + 1
