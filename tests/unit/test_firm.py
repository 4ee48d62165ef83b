"""The firm behind a rejection, and whose addresses are its people's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from springback.details import Details
from springback.firm import Firm, firm_of, first_word, is_about, is_named, registrable, telling_words
from springback.headers import Address
from springback.message import parse_message
from springback.rulebook import load_senders
from springback.ties import tie_to
from support.mails import mail

SENDERS = load_senders()
ODD_NAMES = [
    "AG", "The", "", "A", "Müller & Söhne GmbH", "3M", "SAP SE", "H&M", "Deutsche Bank", "N26", "🚀", "株式",
    "🚀 Rockets", "Target", "Apple", "Bolt", "Personal", "GmbH & Co. KG", "E.ON SE", "Y Combinator", "ß",
    "AB InBev", "The Guardian", "'", "L'Oréal", "&", "...", "a" * 80, "ʼʼ", "İstanbul", "\u0300",
]  # fmt: skip


def firm(
    name: str | None = "Acme Robotics", *domains: str, tenant: tuple[str, str] | None = None, free: str = ""
) -> Firm:
    tenants = frozenset({tenant} if tenant else ())
    return Firm(name, telling_words(name), frozenset(domains), tenants, frozenset({free} if free else ()))


def strength(firm: Firm, address: str, shown: str = "") -> int:
    """Return how surely an address is the firm's; 0 where it isn't."""
    tie = tie_to(firm, Address(shown, address), SENDERS)
    return tie.strength if tie else 0


def named(name: str | None, domain: str) -> bool:
    return is_named(registrable(domain), name)


def found(sender: str, company: str | None = None, body: str = "Hello.", reply_to: str = "") -> Firm:
    extra = f"Reply-To: {reply_to}\n" if reply_to else ""
    raw = mail(body, sender=sender, extra=extra)
    return firm_of(parse_message(raw), Details(company=company), SENDERS)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Acme Robotics GmbH & Co. KG", ("acme", "robotics")),
        ("The Body Shop", ("body", "shop")),
        ("Müller & Söhne GmbH", ("muller", "sohne")),
        ("Groupe Lactel", ("lactel",)),
        ("AG", ("ag",)),
        ("The", ("the",)),
        ("GmbH & Co. KG", ("gmbh", "co", "kg")),
        ("E.ON SE", ("e", "on")),
        ("Y Combinator", ("y", "combinator")),
        ("H&M", ("h", "m")),
        ("McDonald’s", ("mcdonalds",)),
        ("株式会社", ("株式会社",)),
        ("🚀", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_telling_words(name: str | None, words: tuple[str, ...]) -> None:
    assert telling_words(name) == words


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Acme Robotics", "acme"),
        ("Deutsche Bank", None),
        ("Data Science Studio", None),
        ("Stadtwerke Lenne", None),
        ("Universität Bremen", None),
        ("SAP SE", None),
        ("", None),
    ],
)
def test_a_first_word_that_many_firms_have_finds_none(name: str, word: str | None) -> None:
    assert first_word(telling_words(name)) == word


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("Acme Robotics", "acmerobotics.example"),
        ("Acme Robotics GmbH", "acme-robotics.example"),
        ("Acme Robotics", "mail.eu.acmerobotics.co.uk"),
        ("Acme Robotics", "acme.example"),
        ("SAP SE", "sap.com"),
        ("3M", "3m.com"),
        ("H&M", "hm.com"),
        ("N26", "n26.com"),
        ("E.ON SE", "eon.com"),
        ("The Guardian", "theguardian.com"),
        ("The Guardian", "guardian.example"),
        ("Y Combinator", "ycombinator.com"),
        ("AB InBev", "ab-inbev.com"),
        ("Hartmann Group GmbH", "hartmann-group.example"),
        ("Hartmann Group GmbH", "hartmann.example"),
        ("L'Oréal", "loreal.com"),
        ("Müller & Söhne GmbH", "mueller-soehne.example"),
        ("Müller & Söhne GmbH", "mullersohne.example"),
        ("Müller", "xn--mller-kva.example"),
        ("Møller", "moeller.example"),
        ("Deutsche Bank", "deutsche-bank.example"),
    ],
)
def test_a_domain_that_is_called_as_the_firm(name: str, domain: str) -> None:
    assert named(name, domain)
    assert strength(firm(name), f"ana@{domain}") == 2


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("Acme Robotics", "acme-robotics-careers.example"),
        ("Acme Robotics", "notacmerobotics.example"),
        ("Acme Robotics", "acmerobotics.example.evil.example"),
        ("Acme Robotics", "acmerobot1cs.example"),
        ("Acme Robotics", "robotics.example"),
        ("Acme", "acmee.example"),
        # Only a name that holds an umlaut may be written without it.
        ("Boeing", "boing.example"),
        ("Boing", "boeing.example"),
        ("Bauer", "baur.example"),
        ("Saur", "sauer.example"),
        ("Phoenix Contact", "phonixcontact.example"),
        # Letters that look like the firm's: appłe, äpple, and an "a" of another alphabet.
        ("Apple", "xn--appe-q7a.example"),
        ("Apple", "xn--pple-koa.example"),
        ("Apple", "xn--pple-43d.example"),
        ("Apple", "xn--\u0000.example"),
        ("E.ON SE", "on.example"),
        ("The Guardian", "the.example"),
        ("Deutsche Bank", "deutsche.example"),
        ("Data Science Studio", "data.example"),
        ("Möbel Grüneberg", "moebel.example"),
        ("Müller GmbH & Co. KG", "gmbh.example"),
        ("", "example.example"),
        ("🚀", "rocket.example"),
    ],
)
def test_a_look_alike_is_nobodys(name: str, domain: str) -> None:
    assert not named(name, domain)
    assert strength(firm(name), f"ana@{domain}") == 0


def test_what_the_firm_itself_writes_from_rules_out_what_is_called_like_it() -> None:
    of_acme = firm("Acme", "acme.example")
    assert strength(of_acme, "ana@people.acme.example") == 3
    assert strength(of_acme, "ana@acme.co") == 0
    assert strength(of_acme, "ana@agency.example", "Ana Ferrer (Acme)") == 0


def test_a_domain_that_bears_another_name_rules_out_nothing() -> None:
    """Rejections come from domains for mailings, too."""
    of_acme = firm("Acme", "acmejobs.example")
    assert strength(of_acme, "ana@acmejobs.example") == 3
    assert strength(of_acme, "ana@acme.example") == 2


@pytest.mark.parametrize(
    ("domain", "own"),
    [
        ("mail.acme.co.uk", "acme.co.uk"),
        ("Mail.Acme.Example", "acme.example"),
        ("acme.github.io", "acme.github.io"),
        ("co.uk", "co.uk"),
        ("github.io", "github.io"),
        ("localhost", "localhost"),
        ("", ""),
        ("...", "..."),
    ],
)
def test_registrable(domain: str, own: str) -> None:
    assert registrable(domain) == own


def test_a_public_suffix_makes_no_firm_of_those_below_it() -> None:
    odd = found("Jobs <jobs@co.uk>")
    assert strength(odd, "jobs@co.uk") == 3
    assert strength(odd, "ana@acme.co.uk") == 0


@pytest.mark.parametrize(
    "shown",
    [
        "Ana Ferrer (Acme Robotics)",
        "Ana Ferrer | Acme Robotics GmbH",
        "Ana from Acme Robotics",
        "ACME ROBOTICS",
    ],
)
def test_a_name_that_holds_the_firms_is_a_weak_tie(shown: str) -> None:
    assert strength(firm(), "ana@agency.example", shown) == 1
    assert strength(firm(), "ana@gmail.com", shown) == 0


@pytest.mark.parametrize(
    ("company", "shown"),
    [
        ("Bolt", "Usain Bolt"),
        ("Müller GmbH", "Peter Müller"),
        ("Müller GmbH", "Peter Mueller"),
        ("Müller GmbH", "Müller, Peter"),
        ("Müller GmbH", "Dr. Peter Müller"),
        ("N26", "Ana (N26)"),
        ("Acme Robotics", "Acme Bakery"),
        ("", "Ana Ferrer"),
        ("🚀", "Ana 🚀"),
    ],
)
def test_a_persons_own_name_is_no_tie(company: str, shown: str) -> None:
    assert strength(firm(company), "someone@elsewhere.example", shown) == 0


@pytest.mark.parametrize(
    ("company", "shown"), [("Bolt", "Ana Ferrer (Bolt)"), ("Bolt", "Bolt"), ("Müller GmbH", "Ana | Mueller")]
)
def test_a_firm_of_one_word_is_told_beside_a_persons_name(company: str, shown: str) -> None:
    assert strength(firm(company), "ana@agency.example", shown) == 1


@pytest.mark.parametrize(
    "address",
    ["mark@acme-careers.example", "a@acme.evil.example", "a@notacme.example", "a@my-acme-robotics.example"],
)
def test_a_look_alike_is_nobodys_whatever_name_it_shows(address: str) -> None:
    for company in ("Acme", "Acme Robotics"):
        assert strength(firm(company), address, f"Mark Spender ({company})") == 0


def test_freemail_is_tied_by_the_very_address_only() -> None:
    of_baker = found("Bakery Hart <bakery.hart@gmail.com>", "Bakery Hart")
    assert strength(of_baker, "Bakery.Hart@gmail.com") == 3
    assert strength(of_baker, "other@gmail.com", "Bakery Hart") == 0
    assert strength(of_baker, "ana@bakeryhart.example") == 2


@pytest.mark.parametrize(
    ("address", "tied"),
    [
        ("acme+email+4x7@talent.icims.com", 3),
        ("beta+email+4x7@talent.icims.com", 0),
        ("robotics+email+4x7@talent.icims.com", 0),
        ("acme-robotics+email+4x7@talent.icims.com", 2),
        ("acmerobotics@pinpoint.email", 2),
        ("acme@pinpoint.email", 0),
        ("ana@linkedin.com", 0),
    ],
)
def test_tenants_of_a_platform(address: str, tied: int) -> None:
    """The same tenant of the same platform, or one that is called as the firm; nobody else there."""
    assert strength(firm(tenant=("iCIMS", "acme")), address, "Ana (Acme Robotics)") == tied


def test_a_platforms_own_domain_is_no_firms() -> None:
    of_acme = found("Acme <no-reply@us.greenhouse-mail.io>", "Acme")
    assert of_acme.domains == frozenset()
    assert strength(of_acme, "support@greenhouse.io", "Acme") == 0


def test_reply_to_and_addresses_in_the_letter_tell_the_firm() -> None:
    of_acme = found(
        "Acme <no-reply@us.greenhouse-mail.io>",
        "Acme",
        "Questions? hr@acme.co.uk. Privacy: dpo@agency.example, x@y, a@..., b@-.",
        reply_to="Ana <ana@acme-people.example>",
    )
    assert of_acme.domains == {"acme.co.uk", "acme-people.example"}


def test_a_flood_of_addresses_is_bounded() -> None:
    many = ", ".join(f"a@firm{number}.example" for number in range(120))
    of_many = found("a@firm.example", "Acme", f"a@acme{'.'.join('abcdefgh')}.example " * 9_000, reply_to=many)
    assert len(of_many.domains) <= 5


@pytest.mark.parametrize(
    ("company", "text"),
    [
        ("Acme Robotics", "Interview at ACME Robotics!"),
        ("Acme Robotics GmbH", "Your application (Acme Robotics)"),
        ("L'Oréal", "L’Oréal: entretien"),
        ("McDonald's", "McDonald's interview"),
        ("Acme", "Acme's interview"),
        ("Müller & Söhne", "Mueller & Soehne: Gespräch"),
        ("Mueller", "Ihre Bewerbung bei Mueller"),
        ("E.ON SE", "E.ON: Interview"),
        ("株式会社", "面接 株式会社"),
    ],
)
def test_a_text_that_names_the_firm(company: str, text: str) -> None:
    assert is_about(firm(company), text)


@pytest.mark.parametrize(
    ("company", "text"),
    [
        ("Acme Robotics", "Acme and Robotics"),
        ("Acme Robotics", "Acmerobotics"),
        ("SAP", "sap of a tree"),
        ("N26", "N26"),
        ("A", "A day"),
        ("", ""),
        ("🚀", "🚀"),
        ("Acme", "x" * 600 + " Acme"),
    ],
)
def test_a_text_that_does_not(company: str, text: str) -> None:
    assert not is_about(firm(company), text)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_ties_nobody_by_chance(name: str) -> None:
    """Whatever a firm is called, a stranger isn't its."""
    of_odd = firm(name)
    for address in ("ana@brook.example", "ana@gmail.com", "ana@of.example", "no-reply@linkedin.com"):
        assert strength(of_odd, address, "Ada Brook") == 0
    assert found("a@b.example", name).domains == {"b.example"}


@given(st.text(max_size=90), st.text(max_size=90), st.text(max_size=70))
def test_nothing_raises(company: str, shown: str, label: str) -> None:
    of_any = firm(company)
    is_about(of_any, shown)
    is_named(label, company)
    registrable(label)
    for domain in ("b.example", "xn--" + label.encode().hex() + ".example", f"{label}.example"):
        strength(of_any, f"a@{domain}", shown)


WORD = st.text("abcdefghiklmnoprstuw", min_size=4, max_size=9)


@given(WORD, WORD, st.integers(0, 8), st.sampled_from("jqvxyz01"))
def test_one_other_letter_is_another_firm(first: str, second: str, at: int, letter: str) -> None:
    """A domain is the firm's letter by letter, or it isn't."""
    joined = first + second
    other = joined[:at] + letter + joined[at + 1 :]
    assert named(f"{first} {second}", f"{joined}.example")
    assert not named(f"{first} {second}", f"{other}.example")
    assert not named(f"{first} {second}", f"{joined}{letter}.example")
