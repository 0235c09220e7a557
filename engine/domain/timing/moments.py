"""A date that somebody wrote beside a lead, such as an appointment: which instant it means where the lead lives."""

from datetime import UTC, date, datetime, time
from typing import Final

from engine.domain.timing.errors import TimingError
from engine.domain.timing.places import Place, instant_of

OPENING: Final = time(9)  # a bare day means its start of business
_YEARS: Final = range(1900, 2200)  # what lies outside is a slip, and its reminders would lie outside the calendar


def read_moment(text: str, place: Place) -> datetime:
    """Return the UTC instant that *text* means, as ISO 8601 writes it; raise TimingError if it means none.

    One without an offset is on the clock at *place*, and a day alone is that day at 09:00 there.
    """
    written = text.strip()
    try:
        is_day = len(written) <= len("2026-01-31")
        found = datetime.combine(date.fromisoformat(written), OPENING) if is_day else datetime.fromisoformat(written)
    except ValueError as error:
        message = f"cannot read the date {text[:60]!r}: write 2026-03-05T14:00:00-05:00, or 2026-03-05 alone"
        raise TimingError(message) from error
    if found.year not in _YEARS:
        message = f"the year {found.year} of {text[:60]!r} can't be meant: write 2026-03-05T14:00:00-05:00"
        raise TimingError(message)
    return found.astimezone(UTC) if found.tzinfo else instant_of(found, place)
