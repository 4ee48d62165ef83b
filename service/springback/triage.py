"""The story of one message, without a file, a socket or a clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from springback.classifier import Classifier
from springback.draft import Identity, Style
from springback.drafting import compose, draft_id
from springback.gate import stop_reason
from springback.headers import Address
from springback.letters import Letters
from springback.look import Outcome, look
from springback.message import parse_message, rough_text
from springback.senders import Senders


@dataclass(frozen=True, slots=True)
class Replier:
    """Whose mail is looked at, and how a reply of theirs is made."""

    account: str
    full_name: str
    address: str
    own_addresses: frozenset[str]
    signature: str
    secret: str
    style: Style
    skip_unreachable: bool

    def identity_for(self, recipients: tuple[Address, ...]) -> Identity:
        """Return the identity that a mail was sent to, else the main one."""
        written_to = (recipient.address for recipient in recipients)
        address = next((one for one in written_to if one.lower() in self.own_addresses), self.address)
        return Identity(self.full_name, address, self.signature)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The rules, senders and letters in force."""

    classifier: Classifier
    senders: Senders
    letters: Letters


def triage(
    raw: bytes, tools: Toolbox, replier: Replier, now: datetime, *, whole: bool = True
) -> Outcome | None:
    """Return what is to be done about a mail, or None where it surely is no rejection.

    mailbox → message → gate → classifier → details → contact → drafting → ledger → mailbox

    Everything here is decided, nothing is done: the caller records the outcome and stores the
    draft. A rejection that the gate stops is judged all the same, so that the reason can be told.
    Raises TemplateError where a template fails.
    """
    if not tools.classifier.worth_reading(rough_text(raw, tools.classifier.fields)):
        return None
    message = parse_message(raw, whole=whole)
    outcome = look(message, tools.classifier, tools.senders, replier.own_addresses)
    if outcome.verdict.name != "rejection":
        return outcome
    return reply(outcome, tools, replier, now)


def reply(outcome: Outcome, tools: Toolbox, replier: Replier, now: datetime) -> Outcome:
    """Return the outcome with the draft that answers it, or why there is none."""
    message, contact = outcome.message, outcome.contact
    stop = stop_reason(message.headers, replier.own_addresses)
    if stop is None and contact.address is None and replier.skip_unreachable:
        stop = f"nobody can be answered: {contact.reason}"
    if stop:
        return replace(outcome, no_draft=stop)
    draft = compose(
        message,
        outcome.verdict,
        outcome.details,
        contact,
        letters=tools.letters,
        identity=replier.identity_for(message.recipients),
        style=replier.style,
        message_id=draft_id(replier.secret, replier.account, message.fingerprint, replier.address),
        now=now,
    )
    return replace(outcome, draft=draft)
