"""To whom an answer goes, and whether the person has answered already."""

from dataclasses import replace

import pytest

from springback.addressee import Addressee, answered_already, choose_addressee
from springback.contact import Contact
from springback.details import Details
from springback.history import Trace
from springback.message import Message
from springback.people import Person
from support.fakes import ME, earlier

OWN = frozenset({"robin@ellery.example", "r.ellery@mail.example"})
JANE = "Jane Doe <jane.doe@acme.example>"
REJECTION = earlier(JANE, "Your application", on="2026-11-16", message_id="<no@acme.example>").message
HERS = earlier(JANE, "A call?", on="2026-10-20", message_id="<call@acme.example>").message
PERSON = Person("Jane Doe", "jane.doe@acme.example", HERS, True, False, True, False, "Jane is known")  # noqa: FBT003 - a row
NOBODY = Contact(None, None, None, "nobody reads it")
SHARED = Contact(None, "jobs@acme.example", "from", "a shared mailbox", shared=True)
TOM = Contact("Tom Li", "tom.li@acme.example", "from", "he reads it")


def chosen(contact: Contact, *people: Person, signed: str | None = None) -> Addressee:
    return choose_addressee(contact, REJECTION, Details(name=signed), people)


# ------------------------------------------------------------------------------------------- whom


def test_a_person_who_rejects_is_answered_whoever_else_is_known() -> None:
    assert chosen(TOM, PERSON) == Addressee(TOM, REJECTION)


@pytest.mark.parametrize("contact", [NOBODY, SHARED, TOM])
def test_where_nobody_is_known_it_stays_as_it_is(contact: Contact) -> None:
    assert chosen(contact) == Addressee(contact, REJECTION)


@pytest.mark.parametrize("involved", [True, False])
@pytest.mark.parametrize("shared", [True, False])
def test_anybody_known_is_better_than_nobody(involved: bool, shared: bool) -> None:  # noqa: FBT001
    found = chosen(NOBODY, replace(PERSON, involved=involved, shared=shared))
    assert (found.contact.address, found.contact.source) == ("jane.doe@acme.example", "history")
    assert found.contact.reason == "nobody reads it; so it goes to Jane is known"
    assert found.contact.shared == shared
    assert found.answers == HERS


def test_a_shared_mailbox_gives_way_to_who_had_to_do_with_the_application() -> None:
    assert chosen(SHARED, PERSON).contact.address == "jane.doe@acme.example"
    assert chosen(SHARED, replace(PERSON, involved=False)) == Addressee(SHARED, REJECTION)


def test_a_shared_mailbox_that_somebody_signs_gives_way_to_who_signs() -> None:
    assert chosen(SHARED, PERSON, signed="Tom Li") == Addressee(SHARED, REJECTION)
    assert chosen(SHARED, replace(PERSON, signed=True), signed="Jane Doe").contact.address == PERSON.address
    assert not chosen(NOBODY, PERSON).contact.signed
    assert chosen(NOBODY, replace(PERSON, signed=True)).contact.signed


def test_a_shared_mailbox_gives_way_to_no_other() -> None:
    """It is the one that rejects, and reads."""
    other = replace(PERSON, name=None, address="careers@acme.example", shared=True)
    assert chosen(SHARED, other) == Addressee(SHARED, REJECTION)


# ------------------------------------------------------------------------------------------- answered already


def answered(trace: Trace, rejection: Message = REJECTION, *, history: bool = False) -> bool:
    contact = Contact("Jane Doe", "jane.doe@acme.example", "history" if history else "from", "")
    to = Addressee(contact, HERS if history else rejection)
    return answered_already(rejection, to, [trace], OWN) is not None


@pytest.mark.parametrize(
    "trace",
    [
        earlier(
            ME, "Anything", to="x@y.example", on="2026-11-17", extra="References: <a@x> <no@acme.example>\n"
        ),
        earlier(ME, "Anything", to="x@y.example", on="2026-11-17", extra="In-Reply-To: <no@acme.example>\n"),
        earlier(ME, "Thanks!", to=JANE, on="2026-11-17"),
        earlier("R. Ellery <R.Ellery@mail.example>", "Thanks!", to=f"x@y.example, {JANE}", on="2026-11-17"),
        earlier(ME, "AW: Your application", to=JANE, on="2026-11-17", extra="References: <z@acme.example>\n"),
    ],
)
def test_the_person_has_answered(trace: Trace) -> None:
    assert answered(trace)


@pytest.mark.parametrize(
    "trace",
    [
        earlier(ME, "Your application", to=JANE, on="2026-11-15"),
        earlier(ME, "Your application", to=JANE, on="2026-11-16"),
        earlier(ME, "Your application", to=JANE, on=""),
        earlier(ME, "Thanks!", to="eve@elsewhere.example", on="2026-11-17"),
        earlier("eve@acme.example", "Re: Your application", to=JANE, on="2026-11-17"),
    ],
)
def test_the_person_has_not(trace: Trace) -> None:
    assert not answered(trace)


@pytest.mark.parametrize(
    "trace",
    [
        earlier(
            ME, "Re: Data Engineer", to=JANE, on="2026-11-17", extra="References: <engineer@acme.example>\n"
        ),
        earlier(ME, "Accepted: Interview Data Engineer", to=JANE, on="2026-11-17"),
        earlier(ME, "Declined: Your application", to=JANE, on="2026-11-17"),
    ],
)
def test_another_application_at_the_same_firm_goes_on(trace: Trace) -> None:
    """The same recruiter, another conversation: this rejection is still to be answered."""
    assert not answered(trace)


def test_showing_the_rejection_to_a_friend_is_no_answer() -> None:
    """Mail programs refer to what they forward."""
    refers = "References: <no@acme.example>\n"
    assert not answered(
        earlier(ME, "Fwd: Your application", to="ada@brook.example", on="2026-11-17", extra=refers)
    )
    assert not answered(
        earlier(ME, "WG: Your application", to="ada@brook.example", on="2026-11-17", extra=refers)
    )


def test_the_conversation_that_the_rejection_is_part_of_is_answered_anywhere() -> None:
    rejection = earlier(JANE, on="2026-11-16", extra="References: <first@acme.example>\n").message
    trace = earlier(ME, "x", to="t@acme.example", on="2026-11-17", extra="References: <first@acme.example>\n")
    assert answered(trace, rejection)


def test_what_the_draft_would_answer_may_be_answered_too() -> None:
    refers = "References: <call@acme.example>\n"
    assert answered(earlier(ME, "x", to="t@acme.example", on="2026-11-17", extra=refers), history=True)
    assert answered(earlier(ME, "Re: A call?", to=JANE, on="2026-11-17"), history=True)
    assert not answered(earlier(ME, "Re: A call?", to="t@acme.example", on="2026-11-17"), history=True)


def test_a_rejection_without_a_date_is_not_known_to_be_answered() -> None:
    undated = earlier(JANE, on="").message
    assert not answered(earlier(ME, to=JANE, on="2026-11-17"), undated)


def test_an_empty_subject_joins_nothing() -> None:
    rejection = earlier("no-reply@acme.example", "", on="2026-11-16").message
    trace = earlier(ME, "Re:", to=JANE, on="2026-11-17", extra="References: <x@acme.example>\n")
    assert not answered(trace, rejection)


def test_the_reason_tells_when() -> None:
    told = answered_already(
        REJECTION, Addressee(TOM, REJECTION), [earlier(ME, to=JANE, on="2026-11-17")], OWN
    )
    assert told == "an answer stands in the mailbox already: you wrote on 2026-11-17"
