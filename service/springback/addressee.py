"""To whom an answer goes, and under which mail it stands."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from springback.contact import Contact
from springback.details import Details
from springback.history import Trace
from springback.kinds import is_forwarded
from springback.message import Message
from springback.people import Person
from springback.subject import bare_subject

_FIRST_YEAR = 2000  # a date before it is none


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom an answer goes to, and the mail that it answers."""

    contact: Contact
    answers: Message


def choose_addressee(
    contact: Contact, rejection: Message, details: Details, people: Sequence[Person]
) -> Addressee:
    """Return the addressee: who sent the rejection where a person reads that, else the best of the people.

    A shared mailbox gives way to a person who had to do with the application, unless somebody signs there.
    """
    best = people[0] if people else None
    if best is None or (contact.address and not contact.shared):
        return Addressee(contact, rejection)
    if contact.address and (best.shared or not (best.signed or (best.involved and not details.name))):
        return Addressee(contact, rejection)
    why = f"{contact.reason}; so it goes to {best.reason}"
    contact = Contact(
        best.name, best.address, "history", why, best.shared, signed=best.signed, involved=best.involved
    )
    return Addressee(contact, best.answers)


def answered_already(
    rejection: Message,
    addressee: Addressee,
    traces: Sequence[Trace],
    own: AbstractSet[str],
    letters: int = 0,
) -> str | None:
    """Return why a rejection is answered already, or None: the person wrote after it, and about it.

    What goes on in another conversation is about something else, even if it goes to the same person. So many
    mails in the addressee's conversation as there were `letters` to them may answer other rejections.
    """
    if rejection.date is None or rejection.date.year < _FIRST_YEAR:
        return None
    senders = {one.address.lower() for one in (rejection.sender, *rejection.reply_to) if one}
    subjects = {bare_subject(one.subject) for one in (rejection, addressee.answers)} - {""}
    ids = {rejection.message_id, *rejection.references} - {None}
    theirs = {addressee.answers.message_id} - {None, rejection.message_id}
    to = (addressee.contact.address or "").lower()
    for trace in traces:
        message = trace.message
        if not trace.is_from(own) or trace.date <= rejection.date:
            continue
        if trace.is_calendar_reply or is_forwarded(message):
            continue
        recipients = {one.address.lower() for one in message.recipients}
        refers = bool(ids & set(message.references))
        # A new mail to a shared mailbox may be another application.
        anew = not message.references and bool(recipients & senders) and not addressee.contact.shared
        same = bool(recipients & {to, *senders}) and bare_subject(message.subject) in subjects
        elsewhere = not refers and bool(theirs & set(message.references))
        if elsewhere and letters:
            letters -= 1
            continue
        if refers or anew or same or elsewhere:
            return f"an answer stands in the mailbox already: you wrote on {trace.date:%Y-%m-%d}"
    return None
