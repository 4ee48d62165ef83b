"""Asks PyPI whether a locked dependency has a known weakness; says for how many it got no answer.

Ends with 1 where a weakness is known, with 0 otherwise: without a network there is nothing to fail by.
"""

import json
import subprocess
import sys
from typing import Any


def told(report: dict[str, Any]) -> tuple[str, int]:
    """Return what a report of pip-audit says, and the exit code."""
    known = report["dependencies"]
    asked = [one for one in known if "skip_reason" not in one]
    weak = [(one, weakness) for one in asked for weakness in one["vulns"]]
    lines = [
        f"{one['name']} {one['version']}: {weakness['id']}, repaired in "
        f"{', '.join(weakness['fix_versions']) or 'no version yet'}"
        for one, weakness in weak
    ]
    if len(asked) < len(known):
        lines.append(f"NOT AUDITED: PyPI tells nothing about {len(known) - len(asked)} of {len(known)}")
    lines.append(f"{len(asked)} of {len(known)} dependencies audited, {len(weak)} known weaknesses")
    return "\n".join(lines), 1 if weak else 0


def main(lock: str) -> int:
    """Run pip-audit on the locked dependencies, print what it found and return the exit code."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", lock, "--no-deps", "--disable-pip"]
    try:
        done = subprocess.run(
            [*command, "--format", "json"], capture_output=True, text=True, check=False, timeout=300
        )
        text, code = told(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError):
        text, code = "NOT AUDITED: PyPI can't be asked", 0
    sys.stdout.write(f"{text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
