"""Dates and lists of names as a language writes them (Unicode CLDR)."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list

_SOUNDS_LIKE_I = re.compile(r"h?[ií](?![eaoéáó])", re.IGNORECASE)
_LOCALES = {"en": "en_GB"}  # "3 November", as most who write English to each other do


def day(value: date, language: str) -> str:
    """Return a day without its year: "3 November", "3. November", "3 de noviembre"."""
    return format_skeleton("MMMMd", value, locale=_locale(language))


def long_date(value: date, language: str) -> str:
    """Return a day with its year: "3 November 2026"."""
    return format_date(value, "long", locale=_locale(language))


def clock(value: datetime) -> str:
    """Return the time of day: "08:15"."""
    return f"{value:%H:%M}"


def names(people: Sequence[str], language: str) -> str:
    """Return names as one writes them in a row: "Jane Doe, Tom Li and Ida Ek"."""
    row = format_list(list(people), locale=_locale(language))
    if language == "es" and people and _SOUNDS_LIKE_I.match(people[-1]):
        head, _, last = row.rpartition(" y ")
        return f"{head} e {last}" if head else row  # which CLDR's data doesn't tell
    return row


@lru_cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(_LOCALES.get(language, language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(_LOCALES["en"])
