"""What must be true of a draft that went through a mail program, however its letter is worded."""

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from clients.drafts import Situation
from support.cases import shown_text, split_letter

ADDED = "A sentence that the person added."
OWN_SIGNATURE = "The signature of the mail program"  # which must not be added to the draft's own
# Fields with which Thunderbird marks what is still a draft; it sends none of them.
_OF_DRAFTS = frozenset({"x-mozilla-draft-info", "x-identity-key", "x-account-key"})


@dataclass(frozen=True, slots=True)
class Check:
    """What was expected of a mail, and what it holds."""

    what: str
    wanted: object
    seen: object

    @property
    def kept(self) -> bool:
        """Return whether it is as expected."""
        return self.wanted == self.seen


def check(situation: Situation, draft: bytes, after: bytes, *, sent: bool = True) -> tuple[Check, ...]:
    """Return what became of a draft to which a person added a paragraph below the greeting."""
    return tuple(_checks(situation, draft, after, sent=sent))


def broken(checks: Sequence[Check]) -> list[str]:
    """Return what isn't as expected, in words."""
    return [f"{one.what}: {one.seen!r}, not {one.wanted!r}" for one in checks if not one.kept]


def with_added(shown: str) -> str:
    """Return the text of a draft with the person's paragraph below the greeting."""
    return shown.replace("\n\n", f"\n\n{ADDED}\n\n", 1)


def _checks(situation: Situation, draft: bytes, after: bytes, *, sent: bool) -> Iterator[Check]:
    fields, message = _fields(after), _parsed(after)
    for name, wanted in (("From", situation.sender), ("To", situation.to), ("Subject", situation.subject)):
        yield Check(name, [wanted], [str(value) for value in message.get_all(name, [])])
    others = [name for name in ("Cc", "Bcc", "Reply-To", "Sender") if message[name]]
    yield Check("nobody else is written to", [], others)
    # As bytes: an encoded word in them breaks the thread elsewhere.
    yield Check("In-Reply-To", [situation.in_reply_to], fields.get("in-reply-to", "").split())
    yield Check("References", [*situation.references], fields.get("references", "").split())
    form = (message.get_content_type(), message.get_param("format"))
    yield Check("form", ("text/plain", "flowed"), form)
    shown = shown_text(after)
    letter, quote = split_letter(shown)
    greeting, _, rest = letter.partition("\n")
    yield Check("greets", situation.greeted, re.sub(r"[,:!.]+$", "", greeting).rpartition(" ")[2])
    yield Check("letter lacks", [], [fact for fact in (*situation.facts, ADDED) if fact not in rest])
    quoted = [line for line in quote.split("\n") if line.startswith(">")]
    yield Check("quote starts", situation.quoted, quoted[0] if quoted else None)
    signatures = [] if not situation.signature else [situation.signature]
    found = re.findall(r"^-- \n((?:.+\n)*)", f"{letter}\n", re.MULTILINE)
    yield Check("signatures", signatures, [one.strip() for one in found])
    yield Check("all its text", with_added(shown_text(draft)), shown)
    marks = {name for name in fields if name.startswith("x-")}
    yield Check("fields of the program", set(), marks if sent else marks - _OF_DRAFTS)
    yield Check("its name", 0, after.lower().count(b"springback"))


def _parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if not isinstance(message, EmailMessage):
        raise TypeError("the default policy gives an EmailMessage")
    return message


def _fields(raw: bytes) -> dict[str, str]:
    """Return the header unfolded, not decoded, names in lower case; a field that repeats is joined."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0].decode("ascii", "backslashreplace")
    fields: dict[str, str] = {}
    for line in re.sub(r"\r?\n(?=[ \t])", "", head).splitlines():
        name, _, value = line.partition(":")
        fields[name.lower()] = f"{fields.get(name.lower(), '')} {value}".strip()
    return fields
