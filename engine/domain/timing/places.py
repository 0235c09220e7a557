"""Where a lead lives, for time: between instants and what the clock on the wall there shows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from engine.domain.timing.errors import TimingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A zone of the IANA database, and the country and region whose holidays count, where known."""

    zone: str
    country: str | None = None
    region: str | None = None

    def __post_init__(self) -> None:
        zone_info(self.zone)


@lru_cache(maxsize=1024)
def zone_info(zone: str) -> ZoneInfo:
    """Return the rules of *zone*; raise TimingError for one that is not in the IANA database."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:  # not found, no key at all, a folder such as "Europe"
        message = f"unknown time zone {zone!r}: write an IANA name such as Europe/Berlin"
        raise TimingError(message) from error


def wall_time(instant: datetime, place: Place) -> datetime:
    """Return what the wall clock at *place* shows at *instant*, without a zone."""
    if instant.tzinfo is None:
        message = f"{instant.isoformat()} has no time zone: give an aware datetime"
        raise TimingError(message)
    return instant.astimezone(zone_info(place.zone)).replace(tzinfo=None, fold=0)


def local_date(instant: datetime, place: Place) -> date:
    """Return the day it is at *place* at *instant*."""
    return wall_time(instant, place).date()


def instant_of(wall: datetime, place: Place, *, fold: int = 0) -> datetime:
    """Return the UTC instant at which the clock at *place* shows *wall*.

    A time skipped by daylight saving moves forward by what was skipped; a repeated one means its first occurrence,
    or with *fold* 1 its second.
    """
    return wall.replace(tzinfo=zone_info(place.zone), fold=fold).astimezone(UTC)


_SECOND: Final = timedelta(seconds=1)


@lru_cache(maxsize=16384)
def clock_changes(day: date, place: Place) -> tuple[datetime, ...]:
    """Return the instants at which the clock at *place* is set to some time on *day*; mostly none, at most one."""
    zone = zone_info(place.zone)
    # No offset is beyond 14 hours, so these two lie outside the day anywhere.
    before = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    after = before + timedelta(hours=24 + 2 * 16)
    if before.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset():
        return ()
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return (after,) if local_date(after, place) == day else ()
