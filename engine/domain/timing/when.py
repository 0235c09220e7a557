"""Answer "when is that?" for a person: a country, a start and a delay in, a day and an instant out."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from engine.domain.timing.delays import Delay, parse_delay
from engine.domain.timing.due import due_at
from engine.domain.timing.errors import TimingError
from engine.domain.timing.moments import OPENING
from engine.domain.timing.places import Place, instant_of, local_date
from engine.domain.timing.regions import default_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The local day, and the UTC instant on it."""

    date: date
    at: datetime


def when(country: str, region: str | None, start: date | str, after: Delay | str, *, zone: str | None = None) -> When:
    """Return the day and instant *after* *start* where *region* of *country* keeps its clocks, or in *zone*.

    *start* is a day, which stands for its 09:00, or an instant; one without an offset is local. An unknown country has
    weekends and UTC. Raises TimingError.
    """
    place = Place(zone=zone or default_zone(country, region) or "UTC", country=country, region=region)
    delay = parse_delay(after) if isinstance(after, str) else after
    try:
        anchor = _anchor(_parse_start(start) if isinstance(start, str) else start, delay, place)
        due = due_at(anchor, delay, place)
    except OverflowError as error:
        message = f"{start} and {delay} is outside the calendar: start between the years 2 and 9900"
        raise TimingError(message) from error
    return When(date=local_date(due, place), at=due)


def _parse_start(text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) <= len("2026-01-31") else datetime.fromisoformat(text)
    except ValueError as error:
        message = f"cannot read the start {text!r}: write 2026-01-31 or 2026-01-31T09:00:00+01:00"
        raise TimingError(message) from error


def _anchor(start: date, delay: Delay, place: Place) -> datetime:
    if not isinstance(start, datetime):
        # A delay with a time of day counts from midnight, so that "0 days at 8:00" is still that day.
        return instant_of(datetime.combine(start, OPENING if delay.at is None else time.min), place)
    return start.astimezone(UTC) if start.tzinfo else instant_of(start, place)
