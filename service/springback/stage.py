"""How far an application got: by the rejection's own words, and by what the mailbox holds."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from springback.classifier import Classifier
from springback.document import Sentence, document_of, lay_out
from springback.firm import Firm, tie_to
from springback.headers import Address
from springback.history import Trace, is_bulk, tie_of, written_to
from springback.invitations import Invitation, settled
from springback.labels import Stage
from springback.message import Message
from springback.names import person_in_address, person_name
from springback.normal import normalise
from springback.reached import Met, Reached
from springback.senders import Senders

_MAX_TOLD = 6
# How the words for an interview begin, in normal form: "next steps" alone are no conversation.
_INTERVIEW_WORDS = (
    "interview", "screening", "video", "telefon", "phone", "call", "onsite", "meet", "vorstellungsg",
    "kennenlern", "gesprach", "gespraech", "erstgesprach", "zweitgesprach", "entretien", "entrevista",
    "colloqui", "gesprek", "sollicitatiegesprek", "kennismak", "llamada", "rencontr",
    "chiamata", "videocolloquio",
)  # fmt: skip
_MAX_MET = 4  # names told in a letter
_STAGES: tuple[Stage, ...] = ("application", "interview", "final")


def stages_in(message: Message, invitations: Sequence[Invitation], classifier: Classifier) -> frozenset[str]:
    """Return what an earlier mail speaks of: "interview", "assessment", "final".

    A final round counts where the subject names it, or the very sentence that invites: receipts tell of
    rounds that nobody has reached.
    """
    summaries = [Sentence("subject", one.summary) for one in invitations if one.summary]
    document = document_of([*lay_out(message).sentences, *summaries])
    hits = [hit for hit in classifier.find(document).active if document.sentences[hit.span.sentence].is_own]
    inviting = {hit.span.sentence for hit in hits if hit.rule.label == "interview"}
    named = {index for index in inviting if _names_interview(document.sentences[index].text)}
    final = any(
        document.sentences[hit.span.sentence].place == "subject" or hit.span.sentence in inviting
        for hit in hits
        if hit.rule.stage == "final"
    )
    tests = any(hit.rule.label == "assessment" for hit in hits)
    found = {"interview": bool(named), "assessment": tests, "final": final}
    return frozenset(name for name, so in found.items() if so)


def _names_interview(sentence: str) -> bool:
    return any(word.startswith(_INTERVIEW_WORDS) for word in normalise(sentence).split())


def how_far(
    told: Reached,
    traces: Sequence[Trace],
    firm: Firm,
    senders: Senders,
    own: AbstractSet[str],
    before: datetime,
) -> Reached:
    """Return how far it got before a moment; `told` is what the rejection tells by itself.

    An invitation counts as a conversation where its day is past and neither side called it off; one
    without a date counts where the person answered it.
    """
    evidence: list[tuple[Stage | None, str]] = [(told.stage, one) for one in told.evidence]
    answered = written_to(traces, own)
    theirs = [
        trace
        for trace in traces
        if trace.message.sender
        and not is_bulk(trace.message)
        and not trace.is_from(own)
        and tie_of(trace, trace.message.sender, firm, senders, answered)
    ]
    meetings = _meetings(theirs, traces, firm, senders, own, before)
    for meeting in meetings:
        what = meeting.summary or "a conversation"
        evidence.append(("interview", f"calendar: {what!r} on {meeting.day}"))
    for trace in theirs:
        mail = f"mail of {trace.date:%Y-%m-%d}: {trace.message.subject!r}"
        if "final" in trace.stages:
            evidence.append(("final", f"{mail} speaks of a final round"))
        if "interview" in trace.stages and not trace.invitations and _was_answered(trace, traces, own):
            evidence.append(("interview", f"{mail} invites, and was answered"))
    reached = {told.stage, *(stage for stage, _ in evidence)}
    stage = next((one for one in reversed(_STAGES) if one in reached), None)
    why = tuple(text for of, text in evidence if of in {stage, "interview"})
    last = meetings[-1] if meetings else None
    return Reached(
        stage,
        why[:_MAX_TOLD],
        last.day if last else None,
        len(meetings),
        _met(last, firm, senders, own) if last else (),
    )


def _meetings(
    theirs: Sequence[Trace],
    traces: Sequence[Trace],
    firm: Firm,
    senders: Senders,
    own: AbstractSet[str],
    before: datetime,
) -> list[Invitation]:
    """Return the conversations that took place, by the calendar, oldest first."""
    invitations = [one for trace in traces if not is_bulk(trace.message) for one in trace.invitations]
    from_them = {one.uid for trace in theirs for one in trace.invitations}
    found = []
    for one in settled(invitations):
        people = [*([one.organizer] if one.organizer else []), *one.attendees]
        firms = any(tie_to(firm, Address(who.name, who.address), senders) for who in people)
        declined = any(who.declined and who.address.lower() in own for who in people)
        if one.day and one.day < before.date() and not declined and (firms or one.uid in from_them):
            found.append(one)
    return found


def _was_answered(invitation: Trace, traces: Sequence[Trace], own: AbstractSet[str]) -> bool:
    """Return whether the person answered a mail."""
    asked = invitation.message
    sender = asked.sender.address.lower() if asked.sender else ""
    return any(
        trace.is_from(own)
        and trace.date >= invitation.date
        and (
            asked.message_id in trace.message.references
            or any(one.address.lower() == sender for one in trace.message.recipients)
        )
        for trace in traces
    )


def _met(meeting: Invitation, firm: Firm, senders: Senders, own: AbstractSet[str]) -> tuple[Met, ...]:
    """Return the firm's people in a conversation; who only arranged it took no part that is known."""
    people = [*([meeting.organizer] if meeting.organizer else []), *meeting.attendees]
    met = []
    for one in people:
        address = Address(one.name, one.address)
        person = not (senders.nobody_reads(address) or senders.is_shared(address) or one.declined)
        if person and one.address.lower() not in own and tie_to(firm, address, senders):
            met.append(Met(person_name(one.name) or person_in_address(one.address), one.address))
    return tuple(met[:_MAX_MET])
