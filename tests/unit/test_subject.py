"""Subjects of answers: one mark in front, and none where conversations are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.subject import MAX_SUBJECT, bare_subject, reply_subject


@pytest.mark.parametrize(
    "mark", ["Re: ", "RE:", "re : ", "AW: ", "SV: ", "Antw: ", "R: ", "Rif: ", "RES: ", "Réf : "]
)
def test_every_mail_programs_mark_is_one(mark: str) -> None:
    assert bare_subject(f"{mark}Data Analyst") == "data analyst"
    assert reply_subject(f"{mark}Data Analyst") == f"{mark}Data Analyst"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Data Analyst",
        "RE: AW: Re[2]: Data  Analyst ",
        "\u200bRe: Data\u00ad Analyst",
        "re:\r\n data analyst",
    ],
)
def test_a_conversation_goes_by_its_subject(subject: str) -> None:
    assert bare_subject(subject) == "data analyst"


@pytest.mark.parametrize("subject", ["Regarding: x", "Result: x", "Fwd: x", "Research: x", "", ":", "Re"])
def test_what_is_no_mark_stays(subject: str) -> None:
    assert bare_subject(subject) == subject.lower()
    assert reply_subject(subject) == f"Re: {subject}".rstrip()


def test_a_long_subject_is_the_same_with_a_mark() -> None:
    """It is cut behind the marks, so that an answer to it is known as one."""
    long = "x " * 180
    assert bare_subject(f"Re: AW: {long}") == bare_subject(long)
    assert len(bare_subject(long)) <= MAX_SUBJECT


@given(st.text(max_size=400))
def test_an_answer_keeps_to_the_conversation(subject: str) -> None:
    reply = reply_subject(subject)
    assert reply_subject(reply)[:MAX_SUBJECT] == reply[:MAX_SUBJECT].rstrip()
    assert bare_subject(reply)[: MAX_SUBJECT - 8] == bare_subject(subject)[: MAX_SUBJECT - 8]
    assert len(reply) <= MAX_SUBJECT + 4
    assert "\n" not in reply
    assert "\r" not in reply


@pytest.mark.parametrize("subject", ["Re: " * 1_024, "\u200b" * 4_096, " " * 4_096, "Re[1]:" * 680])
def test_nothing_but_marks_is_no_subject(subject: str) -> None:
    assert bare_subject(subject) == ""
