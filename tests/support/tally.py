"""What a fault test tried and found, for the table in docs/reliability.md."""

import json
import os


def record(
    *, case: str, title: str, tried: int, expected: int, found: int, changed: int, outside: int
) -> None:
    """Append one row to the file that SPRINGBACK_TALLY names; without it nothing is kept."""
    path = os.environ.get("SPRINGBACK_TALLY")
    if not path:
        return
    row = {
        "case": case,
        "title": title,
        "tried": tried,
        "expected": expected,
        "found": found,
        "changed": changed,
        "outside": outside,
    }
    # One write to the end of the file, so that rows of several processes don't mix.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, (json.dumps(row) + "\n").encode())
    finally:
        os.close(handle)
