"""How long after something else: "3 business days", "2 weeks at 9:30"."""

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Final

from engine.domain.timing.errors import TimingError

YEARS_MAX: Final = 10  # a longer plan than any follow-up; beyond it the number is a slip


class Unit(StrEnum):
    """What a delay counts."""

    MINUTES = "minutes"
    """Sixty seconds, whatever the clock does."""

    HOURS = "hours"
    """Sixty minutes, whatever the clock does."""

    DAYS = "days"
    """Days of the lead's calendar: the same time of day, later."""

    BUSINESS_DAYS = "business_days"
    """Days on which people work where the lead lives."""

    WEEKS = "weeks"
    """Seven days."""

    MONTHS = "months"
    """The same day of a later month, or that month's last."""


_MOST: Final = {
    Unit.MINUTES: YEARS_MAX * 366 * 24 * 60,
    Unit.HOURS: YEARS_MAX * 366 * 24,
    Unit.DAYS: YEARS_MAX * 366,
    Unit.BUSINESS_DAYS: YEARS_MAX * 262,
    Unit.WEEKS: YEARS_MAX * 53,
    Unit.MONTHS: YEARS_MAX * 12,
}
_CLOCK_UNITS: Final = frozenset({Unit.MINUTES, Unit.HOURS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """So many units later and, for days and longer, *at* which time of the lead's day (None: the same as before)."""

    amount: int
    unit: Unit
    at: time | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= _MOST[self.unit]:
            message = f"{self.amount} {_words(self.unit)} is out of range: a delay is from 0 to {YEARS_MAX} years"
            raise TimingError(message)
        if self.at is not None and self.unit in _CLOCK_UNITS:
            message = f"{self.unit} take no time of day: drop 'at {self.at:%H:%M}' or count in days"
            raise TimingError(message)

    @property
    def counts_days(self) -> bool:
        """Whether it is reckoned on the lead's calendar rather than by the stopwatch."""
        return self.unit not in _CLOCK_UNITS

    def __str__(self) -> str:
        unit = _words(self.unit)
        at = f" at {self.at:%H:%M}" if self.at else ""
        return f"{self.amount} {unit.removesuffix('s') if self.amount == 1 else unit}{at}"


_WRITTEN: Final = re.compile(
    r"(?P<amount>[0-9]{1,8})\s*(?P<unit>[a-z]+(?:[\s_-]+[a-z]+)?)(?:\s+at\s+(?P<at>\S+))?",
)


def parse_delay(text: str) -> Delay:
    """Return the delay that *text* says, such as "1 hour" or "1 day at 10:00"; raise TimingError if it says none."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    unit = _UNITS.get(re.sub(r"[\s_-]+", " ", found["unit"]).removesuffix("s")) if found else None
    if found is None or unit is None:
        message = f"cannot read the delay {text!r}: write a count and a unit, such as '10 minutes' or '1 day at 10:00'"
        raise TimingError(message)
    return Delay(amount=int(found["amount"]), unit=unit, at=parse_time(found["at"]) if found["at"] else None)


_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def parse_time(text: str) -> time:
    """Return the time of day that *text* says, such as "9:30"; raise TimingError if it says none."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        message = f"cannot read the time {text!r}: write it from 0:00 to 23:59, such as 9:30"
        raise TimingError(message)
    return time(int(found[1]), int(found[2]))


def _words(unit: Unit) -> str:
    return unit.replace("_", " ")


_UNITS: Final = {_words(unit).removesuffix("s"): unit for unit in Unit}
