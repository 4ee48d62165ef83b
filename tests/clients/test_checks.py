"""What goes wrong with a draft in a mail program is told."""

import pytest

from clients.checks import ADDED, broken, check, with_added
from clients.drafts import HISTORY

_FACTS = " and ".join(HISTORY.facts)
_TEXT = f"Hello {HISTORY.greeted},\n\n{_FACTS}\n\n-- \n{HISTORY.signature}\n\nShe wrote:\n{HISTORY.quoted}\n"
_HEAD = f"""\
From: {HISTORY.sender}
To: {HISTORY.to}
Subject: {HISTORY.subject}
In-Reply-To: {HISTORY.in_reply_to}
References: {" ".join(HISTORY.references)}
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: 8bit

"""
_DRAFT = f"{_HEAD}{_TEXT}".encode()
_SENT = f"{_HEAD}{with_added(_TEXT)}"


def test_nothing_is_told_of_a_mail_that_is_as_it_should_be() -> None:
    assert broken(check(HISTORY, _DRAFT, _SENT.encode())) == []


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (f"To: {HISTORY.to}", "To: eve@evil.example", "To"),
        (HISTORY.sender, "Robin <robin@example.test>", "From"),
        ("Subject: Re: ", "Subject: Re: Re: ", "Subject"),
        ("Subject:", "Bcc: eve@evil.example\nSubject:", "nobody else is written to"),
        (f"In-Reply-To: {HISTORY.in_reply_to}\n", "", "In-Reply-To"),
        (HISTORY.in_reply_to, "=?us-ascii?q?=3CAM9PR08MB6211?=", "In-Reply-To"),
        (HISTORY.references[0], "", "References"),
        ("text/plain", "text/html", "form"),
        ("; format=flowed", "", "form"),
        (f"Hello {HISTORY.greeted}", "Hello all", "greets"),
        ("Data Engineer", "Data", "letter lacks"),
        (ADDED, "", "letter lacks"),
        (HISTORY.quoted, "", "quote starts"),
        ("-- \n", "--\n", "signatures"),
        ("\n\nShe wrote", "\n\n-- \nAnother\n\nShe wrote", "signatures"),
        ("\n\nShe wrote", "\n\nTwo words more.\n\nShe wrote", "all its text"),
        ("Subject:", "X-Made-By: a program\nSubject:", "fields of the program"),
        ("She wrote", "Springback wrote", "its name"),
    ],
)
def test_what_went_wrong_is_told(was: str, now: str, told: str) -> None:
    assert was in _SENT
    after = _SENT.replace(was, now, 1).encode()
    assert told in [line.partition(":")[0] for line in broken(check(HISTORY, _DRAFT, after))]


def test_the_marks_of_a_draft_are_its_own_until_it_is_sent() -> None:
    marked = f"X-Mozilla-Draft-Info: internal/draft\n{_SENT}".encode()
    assert broken(check(HISTORY, _DRAFT, marked, sent=False)) == []
    assert broken(check(HISTORY, _DRAFT, marked)) != []
