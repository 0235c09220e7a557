"""When a touch may arrive: intervals of the day, in every time zone where the lead may be.

Whatever a clock does, a touch is allowed at an instant only if the clocks of all candidate zones show an allowed time then:
hours skipped or repeated by daylight saving need no rule of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from consent.rule import HoursTerms, Interval

HORIZON = timedelta(days=16)  # two days beyond the patience of the gate: what opens later is never asked for
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)

Clause = tuple[HoursTerms, ZoneInfo]
"""Hours, and the clock that must show one of them."""


def next_open(clauses: Sequence[Clause], at: datetime) -> datetime | None:
    """Return the first instant from *at* on that every clause allows, None where there is none within `HORIZON`."""
    moment = at
    while moment <= at + HORIZON:
        later = moment
        for terms, zone in clauses:
            opening = _next_open_in(terms, zone, later)
            if opening is None:
                return None
            later = opening
        if later == moment:
            return moment
        moment = later
    return None


def clauses(terms: HoursTerms, zones: Iterable[ZoneInfo]) -> list[Clause]:
    """Return *terms* by the clocks that count for them."""
    if terms.zone is not None:
        return [(terms, ZoneInfo(terms.zone))]
    return [(terms, zone) for zone in zones]


def shorten(terms: HoursTerms, minutes: int) -> HoursTerms:
    """Return *terms* with every interval closing *minutes* earlier."""

    def earlier(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
        return tuple((start, end - minutes) for start, end in intervals if start < end - minutes)

    holiday = None if terms.holiday is None else earlier(terms.holiday)
    return replace(terms, week=tuple(earlier(day) for day in terms.week), holiday=holiday)


def local_times(zones: Iterable[ZoneInfo], at: datetime) -> dict[str, str]:
    """Return what the clocks show at *at*, by zone name."""
    return {zone.key: at.astimezone(zone).isoformat(timespec="minutes") for zone in zones}


def _next_open_in(terms: HoursTerms, zone: ZoneInfo, at: datetime) -> datetime | None:
    for start, end in _agenda(terms, zone, at.astimezone(zone).date()):
        if at < end:
            return max(at, start)
    return None


@lru_cache(maxsize=2048)
def _agenda(terms: HoursTerms, zone: ZoneInfo, today: date) -> tuple[tuple[datetime, datetime], ...]:
    """Return the open spans of the days to come in the order of their instants."""
    # From yesterday on, because a clock put back at midnight shows yesterday again.
    days = [today + offset * _DAY for offset in range(-1, HORIZON.days + 1)]
    return tuple(sorted(span for day in days for span in _spans(terms, zone, day)))


@lru_cache(maxsize=16384)
def _spans(terms: HoursTerms, zone: ZoneInfo, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Return the instants at which *zone* shows *day* and an allowed time, as spans in UTC."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall time; its offset is what we look for
    intervals = _intervals(terms, day)
    return tuple(
        (start, end)
        for since, before, offset in _stretches(zone, midnight)
        for opening, closing in intervals
        if (start := max(since, _utc(midnight + opening * _MINUTE, offset)))
        < (end := min(before, _utc(midnight + closing * _MINUTE, offset)))
    )


def _intervals(terms: HoursTerms, day: date) -> tuple[Interval, ...]:
    if terms.holiday is not None and ((day.month, day.day) in terms.closed_on or _is_holiday(terms.calendars, day)):
        return terms.holiday
    return terms.week[day.weekday()]


@lru_cache(maxsize=16384)
def _is_holiday(calendars: tuple[str, ...], day: date) -> bool:
    import holidays  # half a second; rules without holidays don't need it

    return any(
        day in holidays.country_holidays(country, subdiv=part or None, years=day.year)
        for country, _, part in (calendar.partition("-") for calendar in calendars)
    )


def _utc(wall: datetime, offset: timedelta) -> datetime:
    return (wall - offset).replace(tzinfo=UTC)


def _stretches(zone: ZoneInfo, midnight: datetime) -> list[tuple[datetime, datetime, timedelta]]:
    """Return the stretches of a local day in which the clock runs evenly: (since, before, offset from UTC)."""
    first = _offset(midnight.replace(tzinfo=zone))
    last = _offset((midnight + _DAY).replace(tzinfo=zone, fold=1))
    # Both offsets at both ends, because a whole day may be missing: Samoa had no 30 December 2011.
    since = min(_utc(midnight, first), _utc(midnight, last)) - _DAY / 24
    before = max(_utc(midnight + _DAY, first), _utc(midnight + _DAY, last)) + _DAY / 24
    if first == last:
        return [(since, before, first)]
    change = _change(zone, since, before, first)
    return [(since, change, first), (change, before, last)]


def _change(zone: ZoneInfo, low: datetime, high: datetime, before: timedelta) -> datetime:
    """Return the second between *low* and *high* at which the offset stops being *before*."""
    seconds = int((high - low).total_seconds())
    bottom, top = 0, seconds
    while bottom < top:
        middle = (bottom + top) // 2
        if _offset((low + timedelta(seconds=middle)).astimezone(zone)) == before:
            bottom = middle + 1
        else:
            top = middle
    return low + timedelta(seconds=top)


def _offset(local: datetime) -> timedelta:
    offset = local.utcoffset()
    assert offset is not None
    return offset
