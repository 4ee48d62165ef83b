"""What a pass is asked for, and what it found and did."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from springback.look import Outcome

Progress = Callable[[int, int], None]  # mails looked at, mails to look at


@dataclass(frozen=True, slots=True)
class PassOptions:
    """What a pass looks at, and whether it acts."""

    inbox: str
    settle: timedelta
    since: timedelta | None = None
    dry_run: bool = False
    history: timedelta = timedelta(days=180)  # how far earlier mail is looked through; nothing: not at all
    minimum_age: timedelta = timedelta()
    maximum_age: timedelta = timedelta(days=14)


@dataclass
class PassReport:
    """What a pass found and did."""

    looked_at: int = 0
    first_start: bool = False
    drafted: list[Outcome] = field(default_factory=list)
    not_drafted: list[Outcome] = field(default_factory=list)
    review: list[Outcome] = field(default_factory=list)
    known: int = 0
    waiting: int = 0
    unsettled: int = 0
    refused: int = 0
    failed: int = 0
    finished: bool = True
    older: bool = False  # whether older mail was looked at, which counts when it is finished
    more: bool = False  # whether mail came while the pass was at work

    @property
    def backlog(self) -> int:
        """Return how many mails and drafts are known and not dealt with yet."""
        return self.waiting + self.unsettled + self.refused + self.failed
