"""What is wrong with an account or with the daemon, judged by what the ledger knows (pure).

Each problem carries the exit code of `springback status`: what a monitor does is decided here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from springback import errors
from springback.entries import Holder, PassEntry, WaitingEntry

LOOK, GONE = 1, 7
_LATE = timedelta(minutes=30)  # after which silence, or a server out of reach, is a problem
# What is stuck, as it is told of one and of many.
_PARKED = (
    "draft is parked: nobody knows whether it was stored",
    "drafts are parked: nobody knows whether they were stored",
)
_REFUSED = ("draft was refused by the server", "drafts were refused by the server")
_SET_ASIDE = (
    "mail could not be dealt with and was set aside",
    "mails could not be dealt with and were set aside",
)
_RETRY = "`springback retry` tells more and begins anew"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger knows of an account."""

    account: str
    last_pass: PassEntry | None
    drafts: Mapping[str, int]
    set_aside: int
    waiting: Sequence[WaitingEntry]


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person should know, and the exit code that tells it to a monitor."""

    code: int
    text: str


def account_problems(standing: Standing, holder: Holder | None, now: datetime) -> list[Problem]:
    """Return what is wrong with an account; nothing where all is well or will be by itself."""
    problems = [_pass_problem(standing.last_pass, holder, now)]
    stuck = [
        (standing.drafts.get("parked", 0), *_PARKED),
        (standing.drafts.get("refused", 0), *_REFUSED),
        (standing.set_aside, *_SET_ASIDE),
    ]
    problems += [
        Problem(LOOK, f"{count} {one if count == 1 else many}; {_RETRY}")
        for count, one, many in stuck
        if count
    ]
    return [problem for problem in problems if problem]


def daemon_problems(holder: Holder | None, refused_files: Sequence[str]) -> list[Problem]:
    """Return what is wrong with the daemon; one that never ran isn't missed."""
    problems = []
    if missed(holder):
        problems.append(Problem(GONE, "the daemon is not running; start it again"))
    if refused_files:
        told = "changed rules or templates can't be used: the last good ones are in force"
        problems.append(Problem(LOOK, told))
    return problems


def exit_code(problems: Sequence[Problem]) -> int:
    """Return the code of the gravest problem: the highest, or 0 for none."""
    return max((problem.code for problem in problems), default=0)


def watches(holder: Holder | None) -> bool:
    """Return whether a daemon is running."""
    return holder is not None and holder.alive and holder.task != "once"


def missed(holder: Holder | None) -> Holder | None:
    """Return the daemon that ran and is gone, or None; passes by hand take nobody's place."""
    if holder is None:
        return None
    return holder if holder.task == "daemon" and not holder.alive else holder.missed


def _pass_problem(entry: PassEntry | None, holder: Holder | None, now: datetime) -> Problem | None:
    if entry and not entry.ok and not _passes_by_itself(entry, now):
        return Problem(_code_of(entry.kind), "the last pass failed")
    started = holder.started_at if holder and watches(holder) else None
    if started and (entry is None or entry.started_at < started):
        late = now - started > _LATE  # else its first pass is on its way
        return Problem(LOOK, "no pass has ended since the daemon started; start it again") if late else None
    if entry is None:
        return Problem(LOOK, "no pass was made yet; start the daemon, or `springback run --once`")
    if entry.next_at and now - entry.next_at > _LATE:
        return Problem(LOOK, "the next pass is over half an hour late")
    return None


def _passes_by_itself(entry: PassEntry, now: datetime) -> bool:
    """Return whether a server is out of reach for so short that nobody needs to know."""
    passing = issubclass(_class_of(entry.kind), errors.MailboxUnavailableError)
    return passing and entry.succeeded_at is not None and now - entry.succeeded_at <= _LATE


def _class_of(kind: str | None) -> type[errors.SpringbackError]:
    found = getattr(errors, kind or "", None)
    known = isinstance(found, type) and issubclass(found, errors.SpringbackError)
    return found if known else errors.SpringbackError  # type: ignore[return-value] # mypy can't follow


def _code_of(kind: str | None) -> int:
    return _class_of(kind).exit_code
