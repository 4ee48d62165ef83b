"""The Python that runs the program: whether its library knows the repairs that mail depends on."""

import sys

# CVE-2024-6923 and CVE-2026-1299: line breaks in a header that email writes. Springback writes the
# headers of a draft itself, without them; so this is a warning, and no reason to refuse.
_REPAIRED = {(3, 11): 15, (3, 12): 13, (3, 13): 12, (3, 14): 3}


def repaired_in(version: tuple[int, int, int] = sys.version_info[:3]) -> str | None:
    """Return the release that this Python should be brought to, or None where it is new enough."""
    least = _REPAIRED.get(version[:2])
    if least is None or version[2] >= least:
        return None
    return f"{version[0]}.{version[1]}.{least}"
