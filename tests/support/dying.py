"""The program, made to die over marked mails: `python -m support.dying run --once ...`.

What a crash in a C library or the kernel does can't be had from a mail that anybody knows, so the
process ends itself where it comes upon a mark, as suddenly as it would end there.
"""

import os
import signal

from springback import poller
from springback.cli import main
from springback.look import Outcome
from springback.triage import Replier, Toolbox, triage

KILLS = b"X-Test: killed by the kernel"
ABORTS = b"X-Test: aborted by a C library"


def _deadly(raw: bytes, tools: Toolbox, replier: Replier, *, whole: bool = True) -> Outcome | None:
    if KILLS in raw:
        os.kill(os.getpid(), signal.SIGKILL)
    if ABORTS in raw:
        os.abort()
    return triage(raw, tools, replier, whole=whole)


if __name__ == "__main__":
    vars(poller)["triage"] = _deadly
    main()
