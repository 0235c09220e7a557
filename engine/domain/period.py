"""The stretch of time that a report is about, by the business's own clock, and the one before it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAYS_MAX = 400  # a year and what it is compared with
YEARS = range(1970, 3000)  # the calendar itself ends, and a period has one before it


class PeriodError(ValueError):
    """These days are no period; the message says why."""


class PeriodName(StrEnum):
    """The periods that need no dates."""

    THIS_MONTH = "this-month"  # from the first of the month until now
    LAST_MONTH = "last-month"  # the whole month before
    NINETY_DAYS = "90-days"  # today and the 89 days before


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days from *first* to *last*, both counted, by the clock of *zone*."""

    first: date
    last: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.first.year not in YEARS or self.last.year not in YEARS:
            raise PeriodError("There is nothing to report of these years.")
        if self.last < self.first:
            raise PeriodError("The last day comes before the first.")
        if self.days > DAYS_MAX:
            raise PeriodError(f"A report covers at most {DAYS_MAX} days.")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The instant at which it begins."""
        return self.begin_of(self.first)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return self.begin_of(self.last + timedelta(days=1))

    def begin_of(self, day: date) -> datetime:
        """Return the instant at which *day* begins; where midnight is skipped, the first one after it."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def before(self) -> "Period":
        """Return what it is compared with: as many days just before; of a month, the same days of the month before."""
        if self.first.day == 1 and _month(self.first) == _month(self.last):
            last_of_before = self.first - timedelta(days=1)
            is_whole = (self.last + timedelta(days=1)).day == 1
            last = last_of_before if is_whole else last_of_before.replace(day=min(self.last.day, last_of_before.day))
            return Period(first=last_of_before.replace(day=1), last=last, zone=self.zone)
        span = timedelta(days=self.days)
        return Period(first=self.first - span, last=self.last - span, zone=self.zone)

    def month(self) -> "Period":
        """Return the whole month in which it ends."""
        first = self.last.replace(day=1)
        return Period(first=first, last=_next_month(first) - timedelta(days=1), zone=self.zone)

    def weeks(self) -> list[date]:
        """Return the first day of each week that it touches: its own first day, then Mondays."""
        found = [self.first]
        monday = self.first + timedelta(days=7 - self.first.weekday())
        while monday <= self.last:
            found.append(monday)
            monday += timedelta(days=7)
        return found


def named(name: PeriodName, now: datetime, zone: ZoneInfo) -> Period:
    """Return the period called *name*, seen from *now*."""
    today = now.astimezone(zone).date()
    match name:
        case PeriodName.THIS_MONTH:
            return Period(first=today.replace(day=1), last=today, zone=zone)
        case PeriodName.LAST_MONTH:
            last = today.replace(day=1) - timedelta(days=1)
            return Period(first=last.replace(day=1), last=last, zone=zone)
        case PeriodName.NINETY_DAYS:
            return Period(first=today - timedelta(days=89), last=today, zone=zone)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
