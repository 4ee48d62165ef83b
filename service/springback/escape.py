"""Text that came from elsewhere, made fit for a terminal or a log."""

import re

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_MAX_VALUE = 300  # characters


def escape(text: str) -> str:
    """Return the text with control and direction characters written out, bounded in length."""
    return _UNSAFE.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text[:_MAX_VALUE])
