"""The reply worth sending: each `.case` file is a mailbox, a rejection, and the draft that it gets."""

from pathlib import Path

import pytest

from support.cases import (
    FOLDER,
    CaseError,
    Made,
    differences,
    parse_case,
    rewritten,
    run_case,
    shown_text,
    split_letter,
)
from support.dovecot import Dovecot

CASES = sorted(FOLDER.glob("*.case"))


@pytest.mark.dovecot
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_reply_is_the_one_a_person_would_want(
    path: Path, dovecot: Dovecot, account_user: str, tmp_path: Path
) -> None:
    case = parse_case(path.read_text("utf-8"))
    found = differences(case, run_case(case, dovecot, account_user, tmp_path))
    assert not found, f"{path.name}: {case.about}\n" + "\n".join(found)


# ------------------------------------------------------------------------------------ the cases themselves

SMALL = """\
# A case as small as it can be.
=== arrives 2026-11-16 09:12 +0100
From: Jane Doe <jane@acme.example>
Message-ID: <1@acme.example>

No.

=== draft
From: Robin Ellery <robin@ellery.example>
To: Jane Doe <jane@acme.example>
Subject: Re: No
In-Reply-To: <1@acme.example>
References: <1@acme.example>

(text)

=== why
asks: no
"""
DRAFT = (
    b"Message-ID: <2@ellery.example>\r\n"
    b"In-Reply-To: <1@acme.example>\r\n"
    b"References: <1@acme.example>\r\n"
    b"From: Robin Ellery <robin@ellery.example>\r\n"
    b"To: Jane Doe <jane@acme.example>\r\n"
    b"Subject: Re: No\r\n"
    b"Date: Mon, 16 Nov 2026 08:22:00 +0000\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: text/plain; charset="utf-8"; format="flowed"\r\n'
    b"Content-Transfer-Encoding: 7bit\r\n"
    b"\r\n"
    b"Hello \r\nJane,\r\n\r\n From here.\r\n-- \r\nRobin\r\n\r\n"
    b"She wrote:\r\n> one \r\n> line\r\n>> deeper \r\n> not\r\n"
)
SHOWN = "Hello Jane,\n\nFrom here.\n-- \nRobin\n\nShe wrote:\n> one line\n>> deeper\n> not"


def test_every_problem_of_a_case_is_told() -> None:
    text = "=== INBOX yesterday\nFrom: a@b.example\n=== why\nasks: no\n=== draft\nTo: a@b.example\nBcc: c\n"
    with pytest.raises(CaseError) as raised:
        parse_case(text)
    assert [problem.partition(": ")[0] for problem in raised.value.problems] == [
        "line 1",
        "line 3",
        "line 5",
        "line 1",
        "nothing arrives",
        "nothing is expected",
    ]


def test_an_answer_to_a_mail_that_is_not_there_is_told() -> None:
    with pytest.raises(CaseError, match=r"no mail here has the id <3@acme\.example>"):
        parse_case(SMALL.replace("In-Reply-To: <1@", "In-Reply-To: <3@"))


def test_a_draft_is_shown_as_a_mail_program_shows_it() -> None:
    assert shown_text(DRAFT) == SHOWN
    assert split_letter(SHOWN)[1].startswith("She wrote:\n> one line")


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        (b"To: Jane", b"To: Tom"),
        (b"To: Jane Doe <jane@acme.example>\r\n", b""),
        (b"Date:", b"Bcc: eve@evil.example\r\nDate:"),
        (b"Date:", b"X-Springback: 1\r\nDate:"),
        (b"References: <1@acme.example>", b"References: <1@acme.example> <2@acme.example>"),
        (b"From here.", b"From here?"),
        (b"From here.", b"From \x1b[31mhere."),
        (b"From here.\r\n", b"From here.\n"),
    ],
)
def test_a_draft_that_is_not_as_expected_is_told(was: bytes, is_now: bytes) -> None:
    case = parse_case(SMALL)
    known = ["draft: the ledger doesn't know it"]
    assert differences(case, Made((DRAFT,), (), ())) == known
    assert differences(case, Made((DRAFT.replace(was, is_now, 1),), (), ())) != known
    assert differences(case, Made((), (), ())) == ["0 drafts were made, not 1"]


def test_only_the_text_of_a_draft_is_rewritten() -> None:
    made = Made((DRAFT,), (), ())
    after, kept = rewritten(SMALL, made)
    assert after == SMALL.replace("(text)", SHOWN)
    assert kept == []
    assert rewritten(after, made) == (after, [])
    elsewhere = SMALL.replace("To: Jane Doe", "To: Tom Doe")
    assert rewritten(elsewhere, made)[0] == elsewhere
