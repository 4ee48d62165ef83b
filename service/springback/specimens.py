"""Letters to somebody invented, with much known and with little: what each template is tried with."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from springback.facts import VARIANTS, LetterFacts

SENT = datetime(2026, 11, 16, 9, 12, tzinfo=UTC)
EMPTY = LetterFacts(my_name="Robin Ellery")
SPARSE = LetterFacts(my_name="Robin Ellery", role="Data Analyst", conversations=1, ask_feedback=True)
FULL = LetterFacts(
    my_name="Robin Ellery",
    first_name="Jane",
    contact_name="Jane Doe",
    company="Nordalpe Energie",
    role="Data Analyst",
    last_met=date(2026, 11, 3),
    conversations=2,
    met=("Tom Lindqvist",),
    met_contact=True,
    ask_feedback=True,
)
_FACTS = {"full": FULL, "sparse": SPARSE, "empty": EMPTY}
_ONE_REGISTER = frozenset({"en"})  # languages with one word for you


@dataclass(frozen=True, slots=True)
class Specimen:
    """Facts, and how they are called."""

    title: str
    facts: LetterFacts
    telling: bool  # one of the few that show a wording to who looks it over


def specimens(language: str) -> Iterator[Specimen]:
    """Yield every wording with full, sparse and empty facts, to who brought the news and to somebody else."""
    for variant in range(VARIANTS):
        for known, facts in _FACTS.items():
            for formal in (True,) if language in _ONE_REGISTER else (True, False):
                for indirect in (False, True):
                    words = [f"wording {variant + 1}", known]
                    words += [] if language in _ONE_REGISTER else ["formal" if formal else "informal"]
                    words += ["to somebody met before"] if indirect else []
                    title = ", ".join(words)
                    asked = replace(facts, formal=formal, indirect=indirect, variant=variant)
                    # With all facts both readers are shown, each in one register; with fewer one is enough.
                    both = language in _ONE_REGISTER or indirect != formal
                    telling = both if facts is FULL else formal and not indirect
                    yield Specimen(title, asked, telling)
