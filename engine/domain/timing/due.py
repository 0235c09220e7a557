"""From an event to the instant at which what follows it is due."""

from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Final

from dateutil.relativedelta import relativedelta

from engine.domain.timing.calendars import add_business_days, subtract_business_days
from engine.domain.timing.delays import Delay, Unit
from engine.domain.timing.places import Place, instant_of, wall_time
from engine.domain.timing.windows import SendWindow, next_open, stays_open


def plan_at(
    anchor: datetime, delay: Delay, window: SendWindow, place: Place, jitter_key: str, spread: timedelta
) -> datetime:
    """Return when to send what follows *anchor*: due, then in the window, then a little later to spread the load.

    The jitter, below *spread* and always the same for *jitter_key*, is left out where it would run past the window's end.
    """
    opening = next_open(due_at(anchor, delay, place), window, place)
    spread_out = opening + jitter(jitter_key, spread)
    return spread_out if stays_open(opening, spread_out, window, place) else opening


def due_at(anchor: datetime, delay: Delay, place: Place) -> datetime:
    """Return the instant *delay* after *anchor*, never before *anchor*.

    Days and longer keep the time of day at *place*, or take the delay's own. A time skipped by daylight saving moves
    forward, a repeated one means its first occurrence, and a month that is too short means its last day.
    """
    if not delay.counts_days:
        return (anchor + _exact(delay)).astimezone(UTC)
    wall = wall_time(anchor, place)
    day = _later_day(wall.date(), delay, place)
    if delay.at is None and day == wall.date():
        return anchor.astimezone(UTC)  # not by way of the wall clock, which cannot tell a repeated hour from its first
    due = instant_of(datetime.combine(day, delay.at or wall.time()), place)
    if due < anchor:  # today's time of day is over
        day = _later_day(day + _DAY, delay, place)
        due = instant_of(datetime.combine(day, delay.at or wall.time()), place)
    return due


def due_before(moment: datetime, delay: Delay, place: Place) -> datetime:
    """Return the instant *delay* before *moment*, never after *moment*: the mirror of `due_at`.

    "0 days at 18:00" before nine in the morning is therefore the evening before.
    """
    if not delay.counts_days:
        return (moment - _exact(delay)).astimezone(UTC)
    wall = wall_time(moment, place)
    day = _earlier_day(wall.date(), delay, place)
    if delay.at is None and day == wall.date():
        return moment.astimezone(UTC)
    due = instant_of(datetime.combine(day, delay.at or wall.time()), place)
    if due > moment:
        day = _earlier_day(day - _DAY, delay, place)
        due = instant_of(datetime.combine(day, delay.at or wall.time()), place)
    return due


_DAY: Final = timedelta(days=1)


def _exact(delay: Delay) -> timedelta:
    return timedelta(minutes=delay.amount) if delay.unit is Unit.MINUTES else timedelta(hours=delay.amount)


def _later_day(start: date, delay: Delay, place: Place) -> date:
    if delay.unit is Unit.BUSINESS_DAYS:
        return add_business_days(start, delay.amount, place)
    if delay.unit is Unit.MONTHS:
        return start + relativedelta(months=delay.amount)
    return start + _DAY * (delay.amount * 7 if delay.unit is Unit.WEEKS else delay.amount)


def _earlier_day(start: date, delay: Delay, place: Place) -> date:
    if delay.unit is Unit.BUSINESS_DAYS:
        return subtract_business_days(start, delay.amount, place)
    if delay.unit is Unit.MONTHS:
        return start - relativedelta(months=delay.amount)
    return start - _DAY * (delay.amount * 7 if delay.unit is Unit.WEEKS else delay.amount)


def jitter(key: str, spread: timedelta) -> timedelta:
    """Return a length of time from zero to just below *spread*, always the same for *key* and even over many keys."""
    fraction = int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
    microseconds = (spread // _MICROSECOND) * fraction >> 64
    return microseconds * _MICROSECOND


_MICROSECOND: Final = timedelta(microseconds=1)
