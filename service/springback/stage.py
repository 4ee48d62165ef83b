"""How far an application got: by the rejection's own words, and by what the mailbox holds."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from springback.classifier import Classifier
from springback.document import Sentence, document_of, lay_out
from springback.firm import Firm
from springback.headers import Address
from springback.history import MAX_PEOPLE, Trace, is_about_role, tie_of, workers, written_to
from springback.invitations import Attendee, Invitation, settled
from springback.kinds import is_bulk, is_forwarded, names_interview, speaks_of_work
from springback.labels import Stage
from springback.message import Message
from springback.names import person_in_address, person_name
from springback.reached import Met, Reached
from springback.senders import Senders
from springback.ties import tie_to

_MAX_TOLD = 6
_MAX_SUBJECT = 200  # characters of it that are told
_MAX_MET = 4  # names told in a letter
_MAX_TEXT = 8_000  # characters of a letter that rules look at; who invites comes to the point
_STAGES: tuple[Stage, ...] = ("application", "interview", "final")


@dataclass(frozen=True, slots=True)
class Heard:
    """What an earlier mail speaks of: stages, paid work, an application of its reader or writer."""

    stages: frozenset[str]
    work: bool
    applied: bool


def hear(message: Message, invitations: Sequence[Invitation], classifier: Classifier) -> Heard:
    """Return what an earlier mail speaks of.

    A final round counts where the subject names it, or the very sentence that invites: receipts tell of
    rounds that nobody has reached.
    """
    summaries = [Sentence("subject", one.summary) for one in invitations if one.summary]
    head = replace(message, text=message.text[:_MAX_TEXT], quoted=message.quoted[:_MAX_TEXT], forwarded="")
    document = document_of([*lay_out(head).sentences, *summaries])
    findings = classifier.find(document)
    hits = [hit for hit in findings.active if document.sentences[hit.span.sentence].is_own]
    inviting = {hit.span.sentence for hit in hits if hit.rule.label == "interview"}
    named = {index for index in inviting if names_interview(document.sentences[index].text)}
    final = any(
        document.sentences[hit.span.sentence].place == "subject" or hit.span.sentence in inviting
        for hit in hits
        if hit.rule.stage == "final"
    )
    tests = any(hit.rule.label == "assessment" for hit in hits)
    found = {"interview": bool(named), "assessment": tests, "final": final}
    stages = frozenset(name for name, so in found.items() if so)
    work = final or any(
        speaks_of_work(one) for one in (head.subject, head.text, *(e.summary for e in invitations))
    )
    return Heard(stages, work, applied="applied" in findings.contexts)


def how_far(
    told: Reached,
    traces: Sequence[Trace],
    firm: Firm,
    senders: Senders,
    own: AbstractSet[str],
    before: datetime,
    role: str | None = None,
) -> Reached:
    """Return how far it got before a moment; `told` is what the rejection tells by itself.

    An invitation counts as a conversation, or as a final round, where its day is past and neither side called
    it off; one without a date counts where the person answered it.
    """
    evidence: list[tuple[Stage | None, str]] = [(told.stage, one) for one in told.evidence]
    answered = written_to(traces, own)
    theirs = [
        trace
        for trace in traces
        if not trace.is_from(own)
        and not is_bulk(trace.message)
        and any(tie_of(trace, one, firm, senders, answered) for one in _behind(trace))
    ]
    meetings = _about(role, _meetings(theirs, traces, firm, senders, own, before), traces, own)
    for meeting in meetings:
        what = meeting.summary or "a conversation"
        evidence.append(("interview", f"calendar: {what!r} on {meeting.day}"))
    held = {one.uid for one in meetings}
    working = workers(traces, own)
    for trace in (one for one in theirs if one.is_letter):
        mail = f"mail of {trace.date:%Y-%m-%d}: {trace.message.subject[:_MAX_SUBJECT]!r}"
        invites = "interview" in trace.stages and not trace.invitations
        of_work = trace.work or bool(working & trace.everybody)
        accepted = invites and of_work and _was_answered(trace, traces, own, before)
        took_place = any(one.uid in held for one in trace.invitations)
        if "final" in trace.stages and (accepted or took_place or not (invites or trace.invitations)):
            evidence.append(("final", f"{mail} speaks of a final round"))
        if accepted:
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
    invitations = [
        one
        for trace in traces
        if not is_bulk(trace.message) and (not is_forwarded(trace.message) or trace in theirs)
        for one in trace.invitations
        if one.cancelled or (len(one.attendees) <= MAX_PEOPLE and _concerns(one, trace, own))
    ]
    from_them = {one.uid for trace in theirs if trace.is_letter for one in trace.invitations}
    found = []
    for one in settled(invitations):
        people = _people(one)
        firms = any(
            tie_to(firm, Address(who.name, who.address), senders) for who in people if not who.declined
        )
        declined = any(who.declined and who.address.lower() in own for who in people)
        if one.day and one.day < before.date() and not declined and (firms or one.uid in from_them):
            found.append(one)
    return found


def _about(
    role: str | None, meetings: Sequence[Invitation], traces: Sequence[Trace], own: AbstractSet[str]
) -> Sequence[Invitation]:
    """Return the conversations about a job, and about this one where any of them names it.

    Those of the same thread as one that names it go with it; others may be about another application.
    """
    inviting = {one.uid: trace for trace in traces for one in trace.invitations}
    working = workers(traces, own)
    of_work = [
        one
        for one in meetings
        if inviting[one.uid].work
        or speaks_of_work(one.summary)
        or any(who.address.lower() in working for who in _people(one))
    ]
    named = [trace for trace in traces if is_about_role(role, _told(trace))]
    threads = {known for trace in named for known in _thread(trace)}
    ours = [one for one in of_work if threads & _thread(inviting[one.uid])]
    return ours or of_work


def _told(trace: Trace) -> str:
    about = (f"{one.summary}\n{one.description}" for one in trace.invitations)
    return "\n".join((trace.message.subject, trace.message.text, *about))


def _thread(trace: Trace) -> set[str]:
    message = trace.message
    return {*message.references, *([message.message_id] if message.message_id else [])}


def _behind(trace: Trace) -> tuple[Address, ...]:
    """Return who speaks in a mail; who passes on an invitation of others speaks for none of them."""
    return trace.writers if is_forwarded(trace.message) else (*trace.writers, *trace.inviters)


def _people(meeting: Invitation) -> tuple[Attendee, ...]:
    return (*([meeting.organizer] if meeting.organizer else []), *meeting.attendees)


def _concerns(meeting: Invitation, trace: Trace, own: AbstractSet[str]) -> bool:
    """Return whether the person is to be there: friends pass on invitations of their own."""
    mine = own if trace.is_from(own) else own | {one.address.lower() for one in trace.recipients}
    return not meeting.attendees or any(one.address.lower() in mine for one in _people(meeting))


def _was_answered(
    invitation: Trace, traces: Sequence[Trace], own: AbstractSet[str], before: datetime
) -> bool:
    """Return whether the person answered a mail before a moment."""
    asked = invitation.message.message_id
    askers = {one.address.lower() for one in invitation.writers}
    return any(
        trace.is_from(own)
        and invitation.date <= trace.date < before
        and not is_forwarded(trace.message)
        and (
            asked in trace.message.references
            or any(one.address.lower() in askers for one in trace.recipients)
        )
        for trace in traces
    )


def _met(meeting: Invitation, firm: Firm, senders: Senders, own: AbstractSet[str]) -> tuple[Met, ...]:
    """Return the firm's people in a conversation, as far as it is known that they took part.

    Who organised it among others may only have arranged it; where a client did, whoever is of another firm
    may only have been told.
    """
    organizer = meeting.organizer
    host = Address(organizer.name, organizer.address) if organizer else None
    of_firm = host is not None and tie_to(firm, host, senders) is not None
    robot = host is None or senders.nobody_reads(host) or senders.is_shared(host) or senders.platform_of(host)
    if not (of_firm or robot or (host and host.address.lower() in own)):
        return ()
    met = [who for who in map(_person_in(firm, senders, own), meeting.attendees) if who]
    if not met and organizer and of_firm:
        met = [who for who in [_person_in(firm, senders, own)(organizer)] if who]
    return tuple(met[:_MAX_MET])


def _person_in(firm: Firm, senders: Senders, own: AbstractSet[str]) -> Callable[[Attendee], Met | None]:
    def person(one: Attendee) -> Met | None:
        address = Address(one.name, one.address)
        no_person = senders.nobody_reads(address) or senders.is_shared(address) or one.declined
        if no_person or one.address.lower() in own or not tie_to(firm, address, senders):
            return None
        name = person_name(one.name) or person_in_address(one.address)
        whole = name is not None and " " in name  # a word alone may be an office: "Betriebsrat"
        return Met(name if whole else None, one.address)

    return person
