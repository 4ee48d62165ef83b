"""What a mail is and says, before anything is written in reply."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from springback.classifier import Classifier
from springback.contact import Contact, choose_contact, whom_to_greet
from springback.details import Details, find_details
from springback.document import lay_out
from springback.draft import Draft
from springback.gate import no_letter
from springback.message import Message
from springback.reached import Reached
from springback.senders import Senders
from springback.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message is, and what should happen: a draft, or none and why not."""

    message: Message
    verdict: Verdict
    details: Details
    contact: Contact
    reached: Reached
    draft: Draft | None = None
    no_draft: str | None = None
    answered: bool = False  # whether the person answered it already


def look(
    message: Message, classifier: Classifier, senders: Senders, own: AbstractSet[str] = frozenset()
) -> Outcome:
    """Return what a mail is and says, without a reply; `own` are the person's addresses."""
    document = lay_out(message, classifier.fields)
    verdict = classifier.judge(document, cut=message.cut)
    machine = no_letter(message.headers, own)
    if machine:
        verdict = replace(verdict, name="other", kind=None, stage=None, line=f"gate: {machine}")
    details = (
        find_details(document, classifier.rules.details, verdict.language)
        if verdict.name != "other"
        else Details()  # nobody asks, and it costs as much as all the rest
    )
    contact = choose_contact(message, verdict, senders, own)
    if contact.address:
        contact = replace(contact, name=whom_to_greet(contact, details))
    reached = Reached(verdict.stage, _told_by(verdict))
    return Outcome(message, verdict, details, contact, reached)


def _told_by(verdict: Verdict) -> tuple[str, ...]:
    """Return the words of the mail that tell the stage."""
    if verdict.stage is None:
        return ()
    words = (item.match for item in verdict.evidence if item.stage == verdict.stage)
    return tuple(dict.fromkeys(f"the rejection says {word!r}" for word in words))[:2]
