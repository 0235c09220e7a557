"""Days, dates, times, money and greetings as the reader writes and says them.

Nothing here asks a clock: the instant at which a message is written comes in with its variables. A value that can't be
read says nothing, so that a placeholder without a fallback holds the message; it is never guessed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, match_skeleton
from babel.numbers import format_currency
from jinja2 import pass_context
from jinja2.runtime import Context

from engine.domain.timing import TimingError
from engine.domain.timing.places import zone_info

READER = "reader"
"""The name under which a template's variables hold the `Reader`; no template can say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who a message is written for, as far as its figures go; *zone* is None where nothing tells it."""

    locale: Locale | None
    zone: ZoneInfo | None = None
    currency: str = ""


def added(language: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a message in *language* adds to its variables: its `Reader`, and how they are greeted."""
    here, currency = variables.get("here", {}), variables.get("brand", {}).get("currency", "")
    country, zone, at = here.get("country", ""), here.get("zone", ""), here.get("at", "")
    return {READER: _reader_of(language, country, zone, currency), "greeting": greeting(language, zone, at)}


@lru_cache(maxsize=2_000)
def _reader_of(language: str, country: str, zone: str, currency: str) -> Reader:
    """Return the reader of a message in *language*; one without a country is read as the lead's country does."""
    return Reader(locale=_locale(language, country), zone=_zone(zone), currency=currency)


@lru_cache(maxsize=500)
def _locale(language: str, country: str) -> Locale | None:
    words = language.replace("_", "-").split("-")
    for wish in ([*words, country] if len(words) == 1 and country else words, words[:1]):
        try:
            return Locale.parse("_".join(wish))
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return None


@lru_cache(maxsize=500)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return zone_info(name) if name else None
    except TimingError:
        return None


@pass_context
def day(context: Context, value: object) -> str:
    """Return an ISO date or instant as a day of the week and month: Tuesday, March 3."""
    reader, at = _reader(context), _read(context, value)
    if at is None or reader.locale is None:
        return ""
    return _plain(format_date(at, format=_day_pattern(reader.locale), locale=reader.locale))


@pass_context
def date(context: Context, value: object) -> str:
    """Return an ISO date or instant as a date with its year: March 3, 2026."""
    reader, at = _reader(context), _read(context, value)
    return "" if at is None or reader.locale is None else _plain(format_date(at, "long", locale=reader.locale))


@pass_context
def time(context: Context, value: object) -> str:
    """Return an ISO instant as a time of day: 2:00 PM. A day alone has no time, and says nothing."""
    reader, at = _reader(context), _read(context, value)
    if at is None or reader.locale is None or len(str(value).strip()) <= len("2026-03-03"):
        return ""
    return _plain(format_time(at, "short", locale=reader.locale))


AMOUNT_MAX = Decimal(10) ** 12  # beyond it nobody means money


@pass_context
def money(context: Context, value: object, currency: object = "") -> str:
    """Return an amount in *currency* (ISO 4217), else in the brand's: $1,200 or $1,200.50. Whole amounts have no cents."""
    reader = _reader(context)
    code = str(currency or reader.currency)
    try:
        amount = Decimal(str(value).strip()) if not isinstance(value, bool) and _FIGURES.fullmatch(str(value)) else None
    except InvalidOperation:
        amount = None
    locale = reader.locale
    if amount is None or abs(amount) > AMOUNT_MAX or locale is None or code not in locale.currencies:
        return ""
    if amount != amount.to_integral_value():
        return _plain(format_currency(amount, code, locale=locale))
    pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
    return _plain(format_currency(amount, code, format=pattern, locale=locale, currency_digits=False))


FILTERS: Mapping[str, Any] = {"day": day, "date": date, "time": time, "money": money}
"""What templates apply to a date or an amount."""

_FIGURES = re.compile(r"\s*-?[0-9]{1,15}(?:\.[0-9]{1,6})?\s*", re.ASCII)


def _reader(context: Context) -> Reader:
    found = context.get(READER)
    return found if isinstance(found, Reader) else Reader(locale=None)


def _read(context: Context, value: object) -> datetime | None:
    """Return *value* on the reader's clock; where their zone is unknown, as the one who wrote it said it."""
    written = str(value).strip() if isinstance(value, str) else ""
    try:
        at = datetime.fromisoformat(written)
        zone = _reader(context).zone
        if at.tzinfo is None:
            return at if at.year in _YEARS else None
        if zone is None:  # an instant of UTC is a machine's, and on nobody's clock
            return at if at.utcoffset() and at.year in _YEARS else None
        at = at.astimezone(zone)
    except (ValueError, OverflowError):
        return None
    return at if at.year in _YEARS else None


_YEARS = range(1900, 2200)  # what lies outside is a slip
_QUOTED = re.compile(r"('[^']*')")


@lru_cache(maxsize=500)
def _day_pattern(locale: Locale) -> str:
    """Return how *locale* writes a day of the week and month, both in full."""
    name = match_skeleton("MMMMEEEEd", locale.datetime_skeletons, allow_different_fields=False) or "MMMEd"
    parts = _QUOTED.split(locale.datetime_skeletons[name].pattern)
    full = [part if part.startswith("'") else re.sub("M{3,}", "MMMM", re.sub("E+", "EEEE", part)) for part in parts]
    return "".join(full)


# A text with a narrow no-break space costs twice as much, and marks of direction are for screens that mix scripts.
_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u2009": " ", "\u200e": None, "\u200f": None, "\u061c": None})


def _plain(text: str) -> str:
    return text.translate(_SPACES)


NEUTRAL: Mapping[str, str] = {"en": "Hello", "es": "Hola", "fr": "Bonjour", "de": "Hallo"}
"""What is said where nobody knows what time it is for the lead."""

GREETINGS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "en": ((5, "Good morning"), (12, "Good afternoon"), (17, "Good evening"), (22, "Hello")),
    "es": ((6, "Buenos días"), (12, "Buenas tardes"), (20, "Buenas noches")),
    "fr": ((5, "Bonjour"), (18, "Bonsoir")),
    "de": ((5, "Guten Morgen"), (11, "Guten Tag"), (18, "Guten Abend"), (22, "Hallo")),
}
"""What is said from which hour on, by language; before the first hour, what is said after the last."""


@lru_cache(maxsize=2_000)
def greeting(language: str, zone: str, at: str) -> str:
    """Return the greeting in *language* for the time of day in *zone* at the ISO instant *at*, either of which may be empty.

    Empty in a language we have no words for.
    """
    spoken = language.replace("_", "-").partition("-")[0].lower()
    words, clock = GREETINGS.get(spoken), _zone(zone)
    if words is None:
        return ""
    if clock is None or not at:
        return NEUTRAL[spoken]
    hour = datetime.fromisoformat(at).astimezone(clock).hour
    return next((said for since, said in reversed(words) if hour >= since), words[-1][1])
