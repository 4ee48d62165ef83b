"""Subjects of answers, with and without the marks that mail programs put in front."""

import re

from springback.headers import printable

MAX_SUBJECT = 300  # characters
_REPLY_MARK = re.compile(r"^(?:re|r|aw|sv|antw|vs|odp|rif|ref|res|réf)(?:\[\d+\])?\s*:\s*", re.IGNORECASE)
# Format characters (Unicode category Cf), fillers and tags: nobody sees them, and they turn or hide text.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
    "\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)


def reply_subject(subject: str) -> str:
    """Return the subject of an answer: the same, with one "Re: " in front."""
    subject = _plain(subject)[:MAX_SUBJECT]
    return subject if _REPLY_MARK.match(subject) else f"Re: {subject}".rstrip()


def bare_subject(subject: str) -> str:
    """Return the subject without the marks of answers, in lower case: what a conversation is about."""
    subject = _plain(subject)
    while match := _REPLY_MARK.match(subject):
        subject = subject[match.end() :]
    return subject[:MAX_SUBJECT].lower()


def _plain(subject: str) -> str:
    return " ".join(INVISIBLE.sub("", printable(subject)).split())
