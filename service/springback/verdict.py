"""What the classifier says of a mail, and why."""

from dataclasses import dataclass

from springback.labels import Kind, Stage, VerdictName


@dataclass(frozen=True, slots=True)
class Evidence:
    """One rule that spoke: the words as written, where they stand, their sentence."""

    rule: str
    label: str
    tier: str
    where: str
    match: str
    sentence: str
    stage: Stage | None = None


@dataclass(frozen=True, slots=True)
class Against:
    """What spoke against a rejection, or kept a rule from counting."""

    rule: str
    match: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict with its evidence; `line` is the line of the decision table that decided."""

    name: VerdictName
    kind: Kind | None
    stage: Stage | None
    language: str | None
    evidence: tuple[Evidence, ...]
    against: tuple[Against, ...]
    line: str
    feedback_refused: bool
    reply_refused: bool
