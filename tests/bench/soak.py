"""Runs the real daemon for minutes while everything around it fails: python tests/bench/soak.py.

Three mailboxes on a real Dovecot, reached by proxies that cut, swallow and refuse; the server restarts, the
daemon is frozen, mails arrive, hostile ones among them, and a person edits, sends and deletes drafts. At the
end each rejection has one draft, no inbox was touched, and the daemon needs no more than it did early on.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

# A file that is run has its own folder on the path, not the one above.
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.curves import Sampler, as_rows, chart, curves
from bench.soakworld import World
from support.dovecot import Dovecot
from support.program import Program, kill
from support.reliability import PAGE, filled
from support.wire import CuttingProxy

_ACCOUNTS = 3
_TICK = 0.25  # seconds
_RATES = {"mail": 2.0, "person": 4.0, "fault": 10.0, "look": 10.0}  # seconds between two, on average
_START = 60.0  # seconds
_END = 30.0  # seconds that the daemon may take to end on a busy machine
_RECOVERY = 240.0  # seconds that the last drafts may take once all is calm
_GROWTH = {"resident memory, MB": 1.10, "descriptors": 1.25, "threads": 1.25}  # last quarter / second
_LONG_ENOUGH = 5.0  # minutes: what is shorter is still warming up


def main() -> int:
    """Run the soak, print what it found, and return 1 where a promise or a bound is broken."""
    options = _parser().parse_args()
    if not Dovecot.available():
        sys.stderr.write("install dovecot-imapd (apt-get install dovecot-imapd) for a soak\n")
        return 2
    found = soak(options.minutes, options.seed)
    text = told(found)
    sys.stdout.write(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    if options.page:
        PAGE.write_text(filled(PAGE.read_text(), {"soak": text}))
    for broken in found["broken"]:
        sys.stderr.write(f"broken: {broken}\n")
    return 1 if found["broken"] else 0


def soak(minutes: float, seed: int) -> dict[str, Any]:
    """Return what a soak of so many minutes found; the chance is that of the seed."""
    chance = random.Random(seed)  # noqa: S311 - chooses faults, guards nothing
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="springback-soak-")))
        server = stack.enter_context(Dovecot())
        program = Program(folder)
        world = World(server, folder / "state" / "ledger.sqlite", chance)
        for number in range(_ACCOUNTS):
            proxy = stack.enter_context(CuttingProxy(server.imaps_port))
            world.add(f"soak{number}@example.test", proxy)
            program.add_account(server, f"soak{number}@example.test", name=f"soak{number}", port=proxy.port)
        assert program.run("run", "--once").code == 0, "the first pass failed"
        daemon = program.start("run")
        stack.callback(kill, daemon)
        deadline = time.monotonic() + _START
        while '"started"' not in program.log:  # until then SIGHUP would end it
            assert daemon.poll() is None, f"the daemon ended with {daemon.returncode}"
            assert time.monotonic() < deadline, "the daemon doesn't start"
            time.sleep(_TICK)
        with Sampler(daemon.pid) as sampler:
            _live(world, daemon, chance, minutes * 60)
        recovery = _recover(world, daemon)
        broken = _end(program, daemon)
        # Only for rejections it was waited: what is hostile may have its draft from this pass.
        assert program.run("run", "--once").code == 0, "a pass after the end failed"
        broken += world.broken_promises()
        drafts = {box.user: world.answers(box) for box in world.boxes}
        again = program.run("run", "--once")
        if again.code or drafts != {box.user: world.answers(box) for box in world.boxes}:
            broken.append(f"another pass failed or made drafts: {again.out}{again.err}")
    shown = curves(sampler.samples)
    if minutes >= _LONG_ENOUGH:
        broken += [
            f"{one.name} grew to {one.growth:.2f} of the second quarter"
            for one in shown
            if one.growth > _GROWTH.get(one.name, float("inf"))
        ]
    return {
        "minutes": minutes,
        "seed": seed,
        "rejections": sum(len(box.wanted) for box in world.boxes),
        "recovery_s": round(recovery, 1),
        "faults": dict(world.faults),
        "cuts that hit": sum(box.proxy.cuts for box in world.boxes),
        "deeds": dict(world.deeds),
        "growth": {one.name: round(one.growth, 3) for one in shown},
        "chart": chart(shown),
        "samples": as_rows(sampler.samples),
        "broken": broken,
    }


def told(found: dict[str, Any]) -> str:
    """Return what a soak found, as Markdown."""
    faults = ", ".join(f"{count} × {name}" for name, count in sorted(found["faults"].items()))
    deeds = ", ".join(f"{count} {name}" for name, count in sorted(found["deeds"].items()))
    verdict = "; ".join(found["broken"]) or "each rejection had one draft, no inbox was touched"
    return (
        f"{found['minutes']:g} minutes, seed {found['seed']}; {verdict}. The last drafts were there "
        f"{found['recovery_s']:g} s after the last fault.\n\n"
        f"Faults: {faults}; {found['cuts that hit']} of the cuts met a connection in use.\n"
        f"Meanwhile: {deeds}.\n\n{found['chart']}"
    )


def _live(world: World, daemon: "subprocess.Popen[bytes]", chance: random.Random, seconds: float) -> None:
    """Let things happen, each at its rate, until the time is over."""
    end = time.monotonic() + seconds
    due = {name: time.monotonic() + 2 for name in _RATES}
    deeds = {
        "mail": world.mail_arrives,
        "person": world.person_acts,
        "fault": lambda: world.fault(lambda span: _freeze(daemon, span)),
        "look": world.look,
    }
    while time.monotonic() < end:
        time.sleep(_TICK)
        assert daemon.poll() is None, f"the daemon ended with {daemon.returncode}"
        for name, deed in deeds.items():
            if time.monotonic() >= due[name]:
                deed()
                due[name] = time.monotonic() + chance.expovariate(1 / _RATES[name])
                if name == "fault":
                    _look_now(daemon)


def _recover(world: World, daemon: "subprocess.Popen[bytes]") -> float:
    """End all faults and wait for the last drafts; return the seconds that it took."""
    world.calm()
    start = time.monotonic()
    while world.missing() and time.monotonic() - start < _RECOVERY:
        _look_now(daemon)
        time.sleep(2)
    return time.monotonic() - start


def _look_now(daemon: "subprocess.Popen[bytes]") -> None:
    """Tell the daemon to try all accounts at once: the rests after failures are longer than a soak."""
    os.kill(daemon.pid, signal.SIGHUP)


def _freeze(daemon: "subprocess.Popen[bytes]", seconds: float) -> None:
    os.kill(daemon.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(daemon.pid, signal.SIGCONT)


def _end(program: Program, daemon: "subprocess.Popen[bytes]") -> list[str]:
    """Stop the daemon; return what was wrong with its end or its log."""
    daemon.send_signal(signal.SIGTERM)
    broken = []
    try:
        if daemon.wait(_END):
            broken.append(f"the daemon ended with {daemon.returncode}")
    except subprocess.TimeoutExpired:
        broken.append("the daemon didn't end in time")
    broken += [f"the log has {word!r}" for word in ("Traceback", "Company ", "secret") if word in program.log]
    return broken


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long things go wrong")
    parser.add_argument("--seed", type=int, default=20261116, help="what goes wrong, and when")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there too")
    parser.add_argument("--page", action="store_true", help="write it into docs/reliability.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
