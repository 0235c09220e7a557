"""Find the day a reply puts things off to: "after Easter", "dans deux semaines", "try me in Q2".

Folded text comes in (see `consent.replies.fold`). What names no day ("some day") or can be read two ways (3/4) gives none.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from consent.until_days import EXACT, READERS, YEARS_MAX, Named, slash_dates
from consent.until_words import MONTHS, any_of

_NOON = 12
_DAY_STARTS = 8  # nobody asks to be called at 3 in the night: a bare smaller hour is in the afternoon
_DAY_HOURS = 24
_HOUR_MINUTES = 60

_AFTER = re.compile(
    r"\b(?:after|past|post|despues de|pasad[oa]s?|tras|apres|passe|once|through)(?: (?:the|la|el|las|los|le|les|l|del))?$"
)
# The day after one of these words is the one to come back on, whatever other days are named.
_ASKED = re.compile(
    r"\b(?:until|till?|back|returning|return|after|from|call|text|try|check|reach out|follow up|again|before"
    r"|hasta|vuelvo|regreso|volvere|regresare|despues|llam\w+|escrib\w+|contact\w*"
    r"|retour|jusqu|apres|avant|reprends|rappel\w+|recontact\w*)(?: \w+){0,4}$"
)


def until(folded: str, at: datetime, *, language: str | None = None, last: bool = False) -> date | datetime | None:
    """Return the day or instant *folded* puts things off to, after *at* and at most two years on; None when unclear.

    Of several days the one after "until", "back", "call" or the like is meant, else the last; *last* takes the latest
    of all. Times of day are in *at*'s own zone; a slash date with two possible readings counts only in a
    *language* that has one order.
    """
    named = [
        (one, one.day) for one in _longest(_days(folded, at, language)) if one.day and _as_date(one.day) >= at.date()
    ]
    if not named:
        return _clock(folded, at, at.date())
    if last:
        day = max((day for _, day in named), key=_as_date)
    else:
        asked = [day for one, day in named if _ASKED.search(folded[: one.start].rstrip())]
        day = asked[0] if asked else named[-1][1]
    if isinstance(day, datetime):
        return day
    day = min(day, (at + relativedelta(years=YEARS_MAX)).date())
    return _clock(folded, at, day) or day


def _days(folded: str, at: datetime, language: str | None) -> Iterator[Named]:
    for pattern, read in READERS:
        for match in pattern.finditer(folded):
            day = read(match, at)
            if (
                day
                and _AFTER.search(folded[: match.start()].rstrip())
                and read in EXACT
                and not isinstance(day, datetime)
            ):
                day += timedelta(days=1)
            yield Named(match.start(), match.end(), day)
    yield from slash_dates(folded, at, language)


def _longest(named: Iterator[Named]) -> list[Named]:
    """Keep what is not part of a longer phrase: "day after tomorrow" holds "tomorrow"."""
    kept: list[Named] = []
    for one in sorted(named, key=lambda one: one.start - one.end):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _as_date(day: date | datetime) -> date:
    return day.date() if isinstance(day, datetime) else day


def _clock(folded: str, at: datetime, day: date) -> datetime | None:
    """Return *day* at the time of day that *folded* names, moved past *at*; None when it names none."""
    found = _hour(folded)
    if found is None:
        return None
    moment = datetime.combine(day, time(*found), tzinfo=at.tzinfo)
    return moment if moment > at else moment + timedelta(days=1)


def _hour(folded: str) -> tuple[int, int] | None:
    found = _CLOCK.search(folded)
    if found is None:
        part = _PART_OF_DAY.search(folded)
        return (_PARTS[part["part"] or part["later"] or part["noon"]], 0) if part else None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    is_bare = not found["half"] and not found["minute"]
    if (hour < _NOON and found["half"] == "pm") or (hour < _DAY_STARTS and is_bare):
        hour += _NOON
    return (hour, minute) if hour < _DAY_HOURS and minute < _HOUR_MINUTES else None


_NOT_A_TIME = rf"(?! (?:\w*day|de|of|jours?|dias?|semanas?|semaines?|weeks?|months?|mois|meses|hours?|years?|min\w*|{any_of(MONTHS)}))"
_CLOCK = re.compile(
    r"\b(?:at|after|around|past|about|by|before|from|til|till|until|a las?|despues de las?|sobre las?|apres|a|vers|partir de)"
    r" (?P<hour>\d{1,2})(?:(?:[:.]| ?h ?)(?P<minute>\d{2})| ?h)?(?: ?(?P<half>am|pm))?"
    rf"{_NOT_A_TIME}(?![\w/:.-])"
)
_PARTS = {
    "tonight": 18, "this evening": 18, "evening": 18, "this afternoon": 14, "afternoon": 14, "later today": 16,
    "lunch": 13, "noon": 12, "morning": 9, "work": 18, "dinner": 19,
    "esta noche": 19, "esta tarde": 16, "la tarde": 16, "la noche": 19, "la manana": 9, "mediodia": 14,
    "ce soir": 18, "soir": 18, "cet apres midi": 14, "apres midi": 14, "midi": 14, "matin": 9,
}  # fmt: skip
_NEED_A_WORD = ("work", "lunch", "dinner", "noon")  # "at work" names no time; "after work" does
_PART_OF_DAY = re.compile(
    rf"\b(?:(?P<part>{any_of(part for part in _PARTS if part not in _NEED_A_WORD)})"
    rf"|after (?P<later>{any_of(_NEED_A_WORD)})|at (?P<noon>noon))\b"
)
