"""When we wish to send: days of the week and hours of the lead's day."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from engine.domain.timing.calendars import is_business_day
from engine.domain.timing.delays import parse_time
from engine.domain.timing.errors import TimingError
from engine.domain.timing.places import Place, clock_changes, instant_of, wall_time

_DAY: Final = timedelta(days=1)
_SEARCH_DAYS: Final = 400  # longer than any run of holidays, so a window that opens at all is found
_EVERY_DAY: Final = frozenset(range(1, 8))
_WEEKDAYS: Final = frozenset(range(1, 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWindow:
    """Open from *opens* until just before *closes* on *days* (ISO weekdays, Monday is 1).

    One that closes no later than it opens runs overnight, and belongs to the day on which it opened; 00:00 to 00:00 is
    the whole day. *business_days* leaves out the weekend and public holidays where the lead lives.
    """

    days: frozenset[int]
    opens: time
    closes: time
    business_days: bool = False

    def __post_init__(self) -> None:
        if not self.days or not self.days <= _EVERY_DAY:
            message = f"a window opens on ISO weekdays from 1 to 7, not on {sorted(self.days)}"
            raise TimingError(message)
        if self.opens == self.closes != time.min:
            message = f"a window from {self.opens:%H:%M} to the same time never opens: write 00:00-24:00 for all day"
            raise TimingError(message)

    @property
    def is_overnight(self) -> bool:
        """Whether it ends on the day after it opened, be it at midnight."""
        return self.closes <= self.opens


ANY: Final = SendWindow(days=_EVERY_DAY, opens=time.min, closes=time.min)
"""Always open."""


def is_open(instant: datetime, window: SendWindow, place: Place) -> bool:
    """Return whether *window* is open at *place* at *instant*."""
    return opened_on(instant, window, place) is not None


def opened_on(instant: datetime, window: SendWindow, place: Place) -> date | None:
    """Return the local day on which the window that is open at *instant* opened; None when it is closed."""
    wall = wall_time(instant, place)
    today, now = wall.date(), wall.time()
    if window.opens <= now and (window.is_overnight or now < window.closes) and _opens_on(today, window, place):
        return today
    if window.is_overnight and now < window.closes and _opens_on(today - _DAY, window, place):
        return today - _DAY
    return None


def stays_open(first: datetime, last: datetime, window: SendWindow, place: Place) -> bool:
    """Return whether *window* is open from *first* to *last* without a break."""
    began, ends = opened_on(first, window, place), opened_on(last, window, place)
    if began is None or ends is None:
        return False
    if window.opens != window.closes:
        return began == ends
    return all(_opens_on(began + days * _DAY, window, place) for days in range((ends - began).days))


def next_open(instant: datetime, window: SendWindow, place: Place) -> datetime:
    """Return the first instant at or after *instant* at which *window* is open at *place*.

    An opening time skipped by daylight saving means the moment the clock is set forward.
    """
    if window == ANY or is_open(instant, window, place):
        return instant.astimezone(UTC)
    today = wall_time(instant, place).date()
    for days in range(-1, _SEARCH_DAYS):
        for opening in _openings(today + days * _DAY, window, place):
            if opening > instant and is_open(opening, window, place):
                return opening
    message = f"the window never opens at {place.zone}: widen its days"
    raise TimingError(message)


def _openings(day: date, window: SendWindow, place: Place) -> Iterator[datetime]:
    """Yield in order the instants of *day* at which the window can open: its hour, and when the clock is set."""
    changes = clock_changes(day, place)
    if not _opens_on(day, window, place) and not changes:
        return
    wall = datetime.combine(day, window.opens)
    if changes:
        yield from sorted({instant_of(wall, place), instant_of(wall, place, fold=1), *changes})
    else:
        yield instant_of(wall, place)


def _opens_on(day: date, window: SendWindow, place: Place) -> bool:
    return day.isoweekday() in window.days and (not window.business_days or is_business_day(day, place))


def parse_window(value: Any) -> SendWindow:
    """Return the window that *value*, as YAML gives it, says: "any", or a mapping with `days`, `hours` or both.

    `days` is "weekdays", "every day", "business days" or a list such as [mon, wed]; `hours` is such as "09:00-18:00".
    What is left out is not limited. Raises TimingError.
    """
    if isinstance(value, str) and value.strip().lower() == "any":
        return ANY
    if not isinstance(value, Mapping) or not value or not value.keys() <= {"days", "hours"}:
        message = f"cannot read the window {value!r}: write 'any' or {{days: weekdays, hours: '09:00-18:00'}}"
        raise TimingError(message)
    days, business_days = _parse_days(value.get("days", "every day"))
    opens, closes = _parse_hours(value.get("hours", "00:00-24:00"))
    return SendWindow(days=days, opens=opens, closes=closes, business_days=business_days)


_NAMED_DAYS: Final = {
    "weekdays": (_WEEKDAYS, False),
    "every day": (_EVERY_DAY, False),
    "any": (_EVERY_DAY, False),
    "business days": (_EVERY_DAY, True),
}
_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _parse_days(value: Any) -> tuple[frozenset[int], bool]:
    named = _NAMED_DAYS.get(_plain(value)) if isinstance(value, str) else None
    if named:
        return named
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names:
        message = (
            f"cannot read the days {value!r}: write weekdays, every day, business days or a list such as [mon, wed]"
        )
        raise TimingError(message)
    return frozenset(_parse_day(name) for name in names), False


def _parse_day(name: Any) -> int:
    plain = _plain(name) if isinstance(name, str) else ""
    for number, full in enumerate(_NAMES, start=1):
        if len(plain) >= len("mon") and full.startswith(plain):
            return number
    message = f"{name!r} is no day of the week: write mon, tue, wed, thu, fri, sat or sun"
    raise TimingError(message)


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.strip().lower())


_HOURS: Final = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*(?:-|\u2013|to)\s*([0-9]{1,2}:[0-9]{2})")


def _parse_hours(value: Any) -> tuple[time, time]:
    found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        message = f"cannot read the hours {value!r}: write them as text, such as '09:00-18:00' or '22:00-02:00'"
        raise TimingError(message)
    return parse_time(found[1]), time.min if found[2] == "24:00" else parse_time(found[2])
