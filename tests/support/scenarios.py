"""The passes that are crashed: a look at older mail, new mail, a server that refuses drafts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support.crashes import ForkServer, Trial, answer_to, shapes
from support.dovecot import Dovecot
from support.mails import ordinary

ANSWERED = [answer_to("<8.rejection@company-8.example>")]


@dataclass(frozen=True)
class Scenario:
    """A pass over a mailbox: with older mail, or with mail that came since the first start."""

    name: str
    mails: Callable[[], list[bytes]] = shapes
    since: int | None = None
    refused: bool = False
    command: str = "once"
    history: str = "180d"

    def before(self, dovecot: Dovecot, folder: Path, server: ForkServer) -> Trial:
        """Return a mailbox just before the pass."""
        inbox = self.mails() if self.since else [ordinary(0)]
        trial = Trial.of(dovecot, folder, inbox, ANSWERED, self.history)
        if not self.since:
            first = trial.run(server, since=None)
            assert first.code == 0, first.text
            trial.deliver(self.mails())
        trial.writable = not self.refused
        return trial

    def finish(self, trial: Trial, server: ForkServer) -> dict[str, object]:
        """Let the program come to rest and return what there is then."""
        trial.writable = True
        trial.recover(server, self.since)
        return trial.state()

    def uninterrupted(self, before: Trial, server: ForkServer) -> tuple[tuple[str, ...], dict[str, object]]:
        """Return the steps of the pass, and the state that every crash has to end in."""
        trial = before.copy()
        done = trial.run(server, since=self.since)
        assert done.code == int(self.refused), done.text
        state = self.finish(trial, server)
        trial.remove()
        return done.steps, state

    def crashed(self, before: Trial, server: ForkServer, points: tuple[int, ...]) -> tuple[int, Trial]:
        """Crash at these steps, one run after the other; return how many did, and the settled mailbox."""
        trial = before.copy()
        crashes = 0
        for number, at in enumerate(points):
            trial.writable = number > 0 or not self.refused
            command = "once" if number else self.command
            crashes += trial.crash(server, at, command, self.since)
        self.finish(trial, server)
        return crashes, trial


OLDER = Scenario("a look at older mail", since=30)
NEWER = Scenario("new mail")
REFUSED = Scenario("refused drafts", refused=True)
DAEMON = Scenario("the daemon", command="daemon")
