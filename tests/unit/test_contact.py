"""Who can be written to, with the senders that Springback ships."""

import pytest

from springback.contact import Contact, choose_contact, whom_to_greet
from springback.details import Details
from springback.errors import RuleError
from springback.headers import Address
from springback.rule import SourceFile
from springback.rulebook import load_senders
from springback.senderfile import parse_senders
from springback.verdict import Verdict
from unit.making import message

SENDERS = load_senders()


def verdict(*, reply_refused: bool = False) -> Verdict:
    return Verdict(
        name="rejection", kind="decision", stage=None, language="en", evidence=(), against=(),
        line="", feedback_refused=False, reply_refused=reply_refused,
    )  # fmt: skip


def contact(**fields: str) -> Contact:
    return choose_contact(message(**fields), verdict(), SENDERS)


@pytest.mark.parametrize(
    "local",
    [
        "noreply", "no-reply", "no_reply", "no.reply", "NoReply", "no-reply+tag", "noreply+8f3a",
        "jobs-noreply", "jobs.no-reply", "firm_noreply", "do-not-reply", "do_not_reply",
        "donotreply", "DoNotReply", "dont-reply", "noreply2", "noreply-jobs", "auto-reply",
        "firm+autoreply", "notification", "notifications", "bounces+77", "mailer-daemon",
        "nicht-antworten", "ne-pas-repondre", "noresponder",
    ],
)  # fmt: skip
def test_nobody_reads(local: str) -> None:
    found = contact(**{"from": f"Ana Ferrer <{local}@firm.example>"})
    assert (found.address, found.source, found.name) == (None, None, None)
    assert f"{local}@firm.example is a no-reply address" in found.reason


@pytest.mark.parametrize(
    "local",
    ["norah.replyton", "ana", "reply", "jobs", "careers", "ana.noreplyton", "nora", "notifyer", "bounceback"],
)
def test_a_person_may_read(local: str) -> None:
    found = contact(**{"from": f"Ana Ferrer <{local}@firm.example>"})
    assert (found.address, found.source) == (f"{local}@firm.example", "from")
    assert found.name == "Ana Ferrer"
    assert f"From is {local}@firm.example" in found.reason
    assert found.shared == (local in ("jobs", "careers"))


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("firm+email+4x7-a1@talent.icims.com", True),
        ("firm+autoreply@talent.icims.com", False),
        ("firm@talent.icims.com", False),
        ("firm@myworkday.com", False),
        ("firm@sub.myworkday.com", False),
        ("ana@notmyworkday.com", True),
        ("ana@myworkday.com.firm.example", True),
        ("firm-jobs@m.personio.de", True),
        ("x@inbound.workablemail.com", True),
        ("noreply@candidates.workablemail.com", False),
        ("ana@firm.teamtailor-mail.com", True),
        ("no-reply@firm.teamtailor-mail.com", False),
        ("x@recruitee-mailbox.com", True),
        ("firm@us.greenhouse-mail.io", False),
        ("ana@greenhouse.io.firm.example", True),
        ("FIRM@Hire.Lever.CO", False),
    ],
)
def test_platforms(address: str, reached: bool) -> None:  # noqa: FBT001
    """A platform owns its domain and what is below it; a look-alike is somebody else."""
    assert contact(**{"from": f"Firm Hiring <{address}>"}).address == (address if reached else None)


def test_reply_to_is_where_an_answer_goes() -> None:
    found = contact(reply_to="Kim Osei <kim@firm.example>")
    assert (found.address, found.name, found.source) == ("kim@firm.example", "Kim Osei", "reply-to")


def test_the_writers_name_stands_in_for_a_nameless_reply_to() -> None:
    found = contact(reply_to="x8@relay.example")
    assert (found.address, found.name) == ("x8@relay.example", "Ana Ferrer")


def test_reply_to_a_person_behind_a_no_reply_sender() -> None:
    found = contact(**{"from": "Firm <no-reply@firm.example>"}, reply_to="kim@firm.example")
    assert (found.address, found.source) == ("kim@firm.example", "reply-to")


def test_a_no_reply_reply_to_leaves_the_writer() -> None:
    found = contact(reply_to="noreply@firm.example")
    assert (found.address, found.source) == ("ana@firm.example", "from")


def test_no_reply_on_both_leaves_nobody() -> None:
    found = contact(**{"from": "no-reply@firm.example"}, reply_to="donotreply@firm.example")
    assert found.address is None
    assert "donotreply@firm.example" in found.reason


def test_reply_to_the_same_address_is_the_sender() -> None:
    assert contact(reply_to="ANA@firm.example").source == "from"


def test_a_mail_that_says_that_answers_are_not_read_is_believed() -> None:
    found = choose_contact(message(), verdict(reply_refused=True), SENDERS)
    assert (found.address, found.source) == (None, None)
    assert found.reason == "the mail says that answers are not read"


def test_a_mail_without_a_sender_has_nobody() -> None:
    assert contact(**{"from": ""}).address is None


def test_a_team_is_written_to_without_a_name() -> None:
    found = contact(**{"from": "Acme Talent Team <jobs@acme.example>"})
    assert (found.address, found.name) == ("jobs@acme.example", None)


OWN = """
schema = 1
no_reply = ["robot"]
[[platform]]
name = "Own relay"
domains = ["greenhouse.io"]
reaches = "person"
nobody_if = ["+auto"]
"""


def test_senders_of_ones_own_are_asked_first() -> None:
    packaged = SourceFile("senders.toml", "schema = 1\nno_reply = ['no-reply']\n[[platform]]\n"
                          "name='x'\ndomains=['greenhouse.io']\nreaches='nobody'")  # fmt: skip
    senders = parse_senders([packaged, SourceFile("own.toml", OWN)])
    assert senders.nobody_reads(Address("", "x@greenhouse.io")) is None
    assert "Own relay" in (senders.nobody_reads(Address("", "x+auto@greenhouse.io")) or "")
    assert senders.nobody_reads(Address("", "robot@firm.example"))
    assert senders.nobody_reads(Address("", "no-reply@firm.example"))


def test_without_words_every_address_is_read() -> None:
    senders = parse_senders([SourceFile("a.toml", "schema = 1")])
    assert senders.nobody_reads(Address("", "no-reply@firm.example")) is None


def test_every_mistake_in_the_senders_is_told_at_once() -> None:
    with pytest.raises(RuleError) as caught:
        parse_senders(
            [
                SourceFile("a.toml", OWN.replace("reaches", "reach")),
                SourceFile("b.toml", "["),
                SourceFile("c.toml", OWN.replace('"person"', '"people"')),
            ]
        )
    text = str(caught.value)
    assert "a.toml: platform[1].reach: unknown key. Did you mean 'reaches'?" in text
    assert "a.toml: platform[1].reaches: is missing; add it" in text
    assert "b.toml: not valid TOML" in text
    assert "c.toml: platform[1].reaches: input should be 'nobody' or 'person'" in text


def test_no_answer_goes_to_the_person_themselves() -> None:
    """Some systems put the applicant into Reply-To."""
    mail = message(**{"from": "Ana Ferrer <ana@firm.example>", "reply-to": "Robin@Ellery.example"})
    found = choose_contact(mail, verdict(), SENDERS, frozenset({"robin@ellery.example"}))
    assert (found.address, found.source) == ("ana@firm.example", "from")


@pytest.mark.parametrize(
    ("shown", "address", "signer", "company", "greeted"),
    [
        ("Anna Berg", "a.berg@firm.example", None, None, "Anna Berg"),
        ("Anna Berg", "jobs@firm.example", None, "Firm", "Anna Berg"),
        ("Anna Berg", "jobs@firm.example", "Anna", "Firm", "Anna Berg"),
        ("Anna Berg", "jobs@firm.example", "Tom Vidal", "Firm", "Tom Vidal"),
        ("Anna Groß", "anna.gross@firm.example", "Tom Vidal", "Firm", "Anna Groß"),
        (None, "jobs@firm.example", "Tom Vidal", None, "Tom Vidal"),
        (None, "jobs@firm.example", None, "Firm", None),
        ("Nordalpe Energia", "posta@nordalpe.example", None, None, None),
        ("Nordalpe Energia", "jobs@relay.example", None, "Nordalpe Energia", None),
        ("Nordalpe Energia", "posta@nordalpe.example", "Tom Vidal", None, "Tom Vidal"),
        ("Ana Ferrer", "ana@ferrer.example", None, "Ferrer", "Ana Ferrer"),
    ],
)
def test_a_person_is_greeted_and_never_a_firm(
    shown: str | None, address: str, signer: str | None, company: str | None, greeted: str | None
) -> None:
    contact = Contact(shown, address, "from", "")
    assert whom_to_greet(contact, Details(company, None, signer)) == greeted
