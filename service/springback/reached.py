"""How far an application got, as a value."""

from dataclasses import dataclass
from datetime import date

from springback.labels import Stage


@dataclass(frozen=True, slots=True)
class Met:
    """Somebody who took part in a conversation; `name` only where it is known."""

    name: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Reached:
    """The stage, what tells it, and the last conversation where the calendar knows it."""

    stage: Stage | None
    evidence: tuple[str, ...] = ()
    last_met: date | None = None
    conversations: int = 0
    met: tuple[Met, ...] = ()
