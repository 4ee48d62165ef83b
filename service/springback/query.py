"""What a server is asked for to find earlier mail about a rejection."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from springback.firm import Firm, first_word, spellings, spoken_name
from springback.message import Message
from springback.normal import normalise

_LONG_NAME = 4  # letters that a firm's name has to be looked for by
_LONG_ROLE = 8  # letters that a role has to be looked for by
_TERM = re.compile(r"[\w .&+@-]{3,80}")
_FIRST_DAY = date(1970, 1, 1)  # a server may know no earlier one
_FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Query:
    """What a search through a folder asks: mail since a day with any of these words in its header."""

    since: date
    before: datetime
    anyone: tuple[str, ...]  # in From, To, Cc or Reply-To
    subject: tuple[str, ...]
    topics: tuple[str, ...] = ()  # in the subject too, where room is left: many write about a role

    def by_topic(self) -> "Query | None":
        """Return what is asked of mail about the role, whoever wrote it."""
        return Query(self.since, self.before, (), self.topics) if self.topics else None


def sent_before(message: Message, now: datetime) -> datetime:
    """Return when a mail was written, or now where its date can't be: no mail that arrives is that old."""
    date = message.date
    return min(date, now) if date and date.year >= _FIRST_YEAR else now


def query_for(message: Message, firm: Firm, role: str | None, now: datetime, span: timedelta) -> Query | None:
    """Return what to search for, or None where there is nothing to search by.

    The role is looked for too: calendars and scheduling services invite in their own name.
    """
    before = sent_before(message, now)
    anyone = [*sorted(firm.domains), *sorted(firm.addresses), *(tenant for _, tenant in sorted(firm.tenants))]
    subject: list[str] = []
    telling = first_word(firm.words)
    # A domain may hold what tells nothing by itself, too: "company-seven" for Company Seven.
    whole = () if telling else (tuple(normalise(spoken_name(firm.name or "")).split()),)
    for words in filter(None, dict.fromkeys((*spellings(firm.name), *whole))):
        joined = [mark.join(words) for mark in (" ", "", "-")]
        if telling:
            anyone.append(words[0])
        elif len(joined[1]) >= _LONG_NAME and len(words) > 1:
            anyone += joined
        else:  # "sap" stands in many a name: only as a label of a domain it tells the firm
            anyone += [f"@{joined[1]}.", f".{joined[1]}."]
        subject += joined[:1] if len(joined[1]) >= _LONG_NAME else []
    anyone, subject = _terms(anyone), _terms(subject)
    topics = _terms([role] if role and len(role) >= _LONG_ROLE else [])
    if not (anyone or subject or topics):
        return None
    known = max(before.date() - _FIRST_DAY, timedelta())
    since = max(before.date() - min(span, known), _FIRST_DAY)
    return Query(since, before, tuple(anyone), tuple(subject), tuple(topics))


def matches(query: Query, message: Message) -> bool:
    """Return whether a mail is one that the query asks a server for."""
    if message.date is None or message.date.date() < query.since:
        return False
    sender = [message.sender] if message.sender else []
    people = (*sender, *message.reply_to, *message.recipients)
    shown = " ".join(str(one) for one in people).lower()
    subject = message.subject.lower()
    return any(word.lower() in shown for word in query.anyone) or any(
        word.lower() in subject for word in query.subject
    )


def _terms(words: Sequence[str]) -> list[str]:
    """Return the words that a search may hold; no quote, no line break ever reaches it."""
    return list(dict.fromkeys(word for word in words if _TERM.fullmatch(word)))
