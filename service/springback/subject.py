"""Subjects of answers, with and without the marks that mail programs put in front."""

import re

from springback.headers import printable

MAX_SUBJECT = 300  # characters
_REPLY_MARK = re.compile(r"^(?:re|aw|sv|antw|vs|odp|rif|ref|res|réf)(?:\[\d+\])?\s*:\s*", re.IGNORECASE)
INVISIBLE = re.compile(r"[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


def reply_subject(subject: str) -> str:
    """Return the subject of an answer: the same, with one "Re: " in front."""
    subject = _plain(subject)
    return subject if _REPLY_MARK.match(subject) else f"Re: {subject}".rstrip()


def bare_subject(subject: str) -> str:
    """Return the subject without the marks of answers, in lower case: what a conversation is about."""
    subject = _plain(subject)
    while match := _REPLY_MARK.match(subject):
        subject = subject[match.end() :]
    return subject.lower()


def _plain(subject: str) -> str:
    return " ".join(INVISIBLE.sub("", printable(subject)).split())[:MAX_SUBJECT]
