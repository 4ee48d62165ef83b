"""What letters may say: the variables of the templates."""

from dataclasses import dataclass
from datetime import date, datetime

LETTERS = ("application", "interview", "final", "closed")
VARIANTS = 3  # wordings of a letter


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a letter may say; None, False and () where it isn't known, and then it isn't said."""

    my_name: str
    first_name: str | None = None
    contact_name: str | None = None
    company: str | None = None
    role: str | None = None
    formal: bool = True  # Sie, vous, usted, u, Lei
    indirect: bool = False  # the reader isn't who brought the news
    last_met: date | None = None  # the day of the last conversation
    conversations: int = 0  # how many are known
    met: tuple[str, ...] = ()  # others in the last conversation, by full name
    met_contact: bool = False  # the reader took part in it
    ask_feedback: bool = False
    variant: int = 0  # which wording, below `VARIANTS`


@dataclass(frozen=True, slots=True)
class AttributionFacts:
    """What the line above the quoted mail may say."""

    sent: datetime
    writer: str
