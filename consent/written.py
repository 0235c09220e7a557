"""The single values a rule may be written with: words, dates, spans of time, hours of the day.

Each reader raises `Unreadable` with what to write instead; who calls it knows file, rule and field.
"""

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import available_timezones

from consent.facts import Basis
from consent.rule import Interval

_Word = TypeVar("_Word", bound=StrEnum)


class Unreadable(ValueError):
    """One value can't be read; the message says what to write instead."""


def text_of(value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise Unreadable("write a text, in quotes if it looks like a number.")
    return value


_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAME_CHARACTERS_MAX = 80


def name_of(value: Any) -> str:
    """Read the name of an attestation."""
    if not isinstance(value, str) or not _NAME.fullmatch(value) or len(value) > _NAME_CHARACTERS_MAX:
        raise Unreadable("write a name of small letters, digits and dashes, as counsel-washington-2026.")
    return value


def why_of(value: Any) -> str:
    """Read a reason, which must not be empty."""
    text = text_of(value).strip()
    if not text:
        raise Unreadable("say in a sentence why; whoever looks at a decision later will ask.")
    return text


def texts_of(value: Any) -> tuple[str, ...]:
    """Read a list of texts."""
    if not isinstance(value, list | tuple):
        raise Unreadable("write a list: [one, two].")
    return tuple(text_of(item) for item in value)


def flag_of(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise Unreadable("write true or false.")
    return value


def count_of(value: Any) -> int:
    """Read a whole number above zero."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Unreadable("write a whole number from 1 on.")
    return value


def word_of(words: type[_Word], value: Any) -> _Word:
    """Read one word of a closed list."""
    try:
        return words(value)
    except ValueError as error:
        raise Unreadable(f"{value!r} is none of: {', '.join(words)}.") from error


def words_of(words: type[_Word], value: Any) -> frozenset[_Word]:
    """Read `all`, or several words of a closed list."""
    if value == "all":
        return frozenset(words)
    if not isinstance(value, list) or not value:
        raise Unreadable(f"write `all` or a list of: {', '.join(words)}.")
    return frozenset(word_of(words, item) for item in value)


_JURISDICTION = re.compile(r"\*|unknown|[A-Z]{2}(-([A-Z0-9]{1,3}|unknown))?")


def jurisdictions_of(value: Any) -> frozenset[str]:
    """Read one jurisdiction or a list of them."""
    found = frozenset(texts_of(value if isinstance(value, list) else [value]))
    if not found or not all(_JURISDICTION.fullmatch(item) for item in found):
        raise Unreadable('write a country as `US`, a state as `US-FL`, or "*" for everywhere.')
    return found


_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day)s?")


def span_of(value: Any) -> timedelta:
    """Read a length of time: `15 minutes`, `24 hours`, `30 days`."""
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found[1]) == 0:
        raise Unreadable("write a length of time as `15 minutes`, `24 hours` or `30 days`.")
    return timedelta(**{f"{found[2]}s": int(found[1])})


def bases_of(value: Any) -> dict[Basis, int | None]:
    """Read kinds of consent, each with the months it lasts; None for `always`."""
    if not isinstance(value, dict) or not value:
        raise Unreadable("write each basis with how long it lasts: `{express: always, implied_inquiry: 6 months}`.")
    return {word_of(Basis, basis): _months(lasting) for basis, lasting in value.items()}


def _months(value: Any) -> int | None:
    if value == "always":
        return None
    found = re.fullmatch(r"(\d{1,3}) months?", value) if isinstance(value, str) else None
    if found is None or int(found[1]) == 0:
        raise Unreadable("say how long it lasts: `always`, or a number of months as `6 months`.")
    return int(found[1])


_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


def intervals_of(value: Any) -> tuple[Interval, ...]:
    """Read the hours of a day: `closed`, or intervals in their order."""
    if value == "closed":
        return ()
    found = [_INTERVAL.fullmatch(part.strip()) for part in value.split(",")] if isinstance(value, str) else [None]
    intervals = tuple(_minutes(match) for match in found if match)
    ordered = [minute for interval in intervals for minute in interval]
    if len(intervals) < len(found) or ordered != sorted(set(ordered)):
        raise Unreadable('write `closed`, or times in their order as "10:00-13:00, 14:00-20:00".')
    return intervals


def _minutes(match: re.Match[str]) -> Interval:
    end = 24 * 60 if match[3] is None else int(match[3]) * 60 + int(match[4])
    return int(match[1]) * 60 + int(match[2]), end


def month_days_of(value: Any) -> frozenset[tuple[int, int]]:
    """Read days that come every year, as month and day."""
    try:
        days = [date.fromisoformat(f"2024-{day}") for day in texts_of(value)]
    except ValueError as error:
        raise Unreadable('write days of the year as ["01-08", "12-24"].') from error
    return frozenset((day.month, day.day) for day in days)


def zone_of(value: Any) -> str | None:
    """Read a time zone; None for the lead's own."""
    if value is not None and value not in available_timezones():
        raise Unreadable("write a time zone by its IANA name, as `America/Chicago`.")
    return None if value is None else text_of(value)


# A rule counts from the first moment at which its date has come anywhere, to the last at which it hasn't ended somewhere.
_EASTMOST = timedelta(hours=14)
_WESTMOST = timedelta(hours=12)


def start_of(value: Any) -> datetime | None:
    """Read the date from which a rule counts; None for always."""
    midnight = _midnight(value)
    return midnight and midnight - _EASTMOST


def end_of(value: Any) -> datetime | None:
    """Read the date on which a rule no longer counts; None for never."""
    midnight = _midnight(value)
    return midnight and midnight + _WESTMOST


def _midnight(value: Any) -> datetime | None:
    day = day_of(value)
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


def day_of(value: Any) -> date | None:
    """Read a date; None where none is written."""
    if value is None:
        return None
    if type(value) is not date:
        raise Unreadable("write a date as 2026-08-11.")
    return value


def started_on(starts_at: datetime) -> date:
    """Return the date that was written for a start."""
    return (starts_at + _EASTMOST).date()


def ended_on(ends_at: datetime) -> date:
    """Return the date that was written for an end."""
    return (ends_at - _WESTMOST).date()
