"""Text that came from elsewhere, made fit for a terminal or a log."""

import re

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
_MAX_VALUE = 300  # characters
_ATOM = r"[\w.!#$%&'*+/=?^`{|}~-]"
_DOMAIN = r"@(?:[\w.-]{1,253}|\[[^\]\s]{1,60}\])"
# What RFC 5322 (section 3.4.1) and RFC 6532 allow. A word without a domain is passed over as a whole: to try
# again at each of its letters would cost as much for every letter.
_ADDRESS = re.compile(rf"""{_ATOM}++(?:{_DOMAIN})?|"(?:[^"\\]|\\.){{0,64}}+"{_DOMAIN}""")


def escape(text: str, bound: int = _MAX_VALUE) -> str:
    """Return the text with control and direction characters written out, bounded in length."""
    return _UNSAFE.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text[:bound])


def without_addresses(text: str) -> str:
    """Return the text with each mail address in it left out."""
    return _ADDRESS.sub(_left_out, text)


def _left_out(found: re.Match[str]) -> str:
    if "@" not in found[0]:
        return found[0]
    # A quotation mark in front is none of it.
    return "'(address)" if found[0].startswith("'") else "(address)"
