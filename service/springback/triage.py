"""The story of one message, without a file, a socket or a clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from springback.addressee import answered_already, choose_addressee
from springback.classifier import Classifier
from springback.draft import Identity, Style
from springback.drafting import compose, draft_id
from springback.facts import VARIANTS
from springback.firm import Firm, firm_of
from springback.formality import is_formal
from springback.gate import stop_reason
from springback.history import Trace
from springback.letters import Letters
from springback.look import Outcome, look
from springback.message import Message, parse_message, rough_text
from springback.people import find_people
from springback.query import Query, query_for, sent_before
from springback.senders import Senders
from springback.stage import how_far

LettersBefore = Callable[[str], int]  # how many drafts went to an address


@dataclass(frozen=True, slots=True)
class Replier:
    """Whose mail is looked at, and how a reply of theirs is made."""

    account: str
    full_name: str
    address: str
    own_addresses: frozenset[str]
    signature: str
    secret: str = field(repr=False)
    style: Style
    skip_unreachable: bool

    def identity_for(self, *mails: Message) -> Identity:
        """Return the identity that took part in the first of these mails that tells it, else the main one."""
        people = (one for mail in mails for one in (*mail.recipients, mail.sender) if one)
        written_to = (one.address for one in people)
        address = next((one for one in written_to if one.lower() in self.own_addresses), self.address)
        return Identity(self.full_name, address, self.signature)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The rules, senders and letters in force."""

    classifier: Classifier
    senders: Senders
    letters: Letters


@dataclass(frozen=True, slots=True)
class Search:
    """What earlier mail is looked for: whose, and by which words; no query where there are none."""

    firm: Firm
    query: Query | None


def triage(raw: bytes, tools: Toolbox, replier: Replier, *, whole: bool = True) -> Outcome | None:
    """Return what a mail is, or None where it surely is no rejection.

    mailbox → message → gate → classifier → details → contact → history → drafting → ledger → mailbox

    Everything here is decided, nothing is done. A rejection that the gate stops is judged all the
    same, so that the reason can be told. For one that isn't stopped, the caller looks through earlier
    mail for what `search_for` asks, hands what it found to `reply`, records the outcome and stores the
    draft.
    """
    if not tools.classifier.worth_reading(rough_text(raw, tools.classifier.fields)):
        return None
    message = parse_message(raw, whole=whole)
    outcome = look(message, tools.classifier, tools.senders, replier.own_addresses)
    if outcome.verdict.name != "rejection":
        return outcome
    return replace(outcome, no_draft=stop_reason(message.headers, replier.own_addresses))


def search_for(outcome: Outcome, tools: Toolbox, replier: Replier, now: datetime, span: timedelta) -> Search:
    """Return what earlier mail is looked for, to find out whom to write to and how far it got."""
    firm = firm_of(outcome.message, outcome.details, tools.senders, replier.own_addresses)
    return Search(firm, query_for(outcome.message, firm, outcome.details.role, now, span))


def reply(
    outcome: Outcome,
    traces: Sequence[Trace],
    tools: Toolbox,
    replier: Replier,
    now: datetime,
    letters_before: LettersBefore = lambda _address: 0,
) -> Outcome:
    """Return the outcome with the draft that answers it, or why there is none.

    `traces` is the earlier mail that was found, `letters_before` tells how many drafts an address got.
    Raises TemplateError where a template fails.
    """
    message, senders, own = outcome.message, tools.senders, replier.own_addresses
    firm = firm_of(message, outcome.details, senders, own)
    before, role = sent_before(message, now), outcome.details.role
    reached = how_far(outcome.reached, traces, firm, senders, own, before, role)
    met = {one.address.lower() for one in reached.met}
    people = find_people(traces, message, outcome.details, firm, senders, own, met)
    addressee = choose_addressee(outcome.contact, message, outcome.details, people)
    contact, answers = addressee.contact, addressee.answers
    outcome = replace(outcome, contact=contact, reached=reached)
    letters = letters_before(contact.address) if contact.address else 0
    answered = answered_already(message, addressee, traces, own, letters)
    if answered:
        return replace(outcome, no_draft=answered, answered=True)
    if contact.address is None and replier.skip_unreachable:
        return replace(outcome, no_draft=f"nobody can be answered: {contact.reason}")
    language = outcome.verdict.language
    told = (is_formal(text, language) for text in (answers.text, message.text))
    draft = compose(
        addressee,
        outcome.verdict,
        outcome.details,
        reached,
        letters=tools.letters,
        identity=replier.identity_for(answers, message),
        style=replier.style,
        formal=next((formal for formal in told if formal is not None), True),
        variant=turn(contact.address, letters),
        message_id=draft_id(replier.secret, replier.account, message.fingerprint, replier.address),
        now=now,
    )
    return replace(outcome, draft=draft)


def turn(address: str | None, letters: int) -> int:
    """Return which wording of a letter an address gets: each in turn, the first told by the address."""
    if address is None:
        return 0
    start = sha256(address.lower().encode()).digest()[0]
    return (start + letters) % VARIANTS
