"""When something falls due for a lead: the only place in the engine where a lead's local time exists.

Instants come in and go out as aware UTC datetimes; days, working weeks and hours of the clock are the lead's own.
"""

from engine.domain.timing.calendars import add_business_days, is_business_day
from engine.domain.timing.delays import Delay, Unit, parse_delay
from engine.domain.timing.due import due_at, due_before, jitter, plan_at
from engine.domain.timing.errors import TimingError
from engine.domain.timing.moments import read_moment
from engine.domain.timing.places import Place, local_date
from engine.domain.timing.regions import default_zone
from engine.domain.timing.when import When, when
from engine.domain.timing.windows import ANY, SendWindow, is_open, next_open, parse_window

__all__ = [
    "ANY",
    "Delay",
    "Place",
    "SendWindow",
    "TimingError",
    "Unit",
    "When",
    "add_business_days",
    "default_zone",
    "due_at",
    "due_before",
    "is_business_day",
    "is_open",
    "jitter",
    "local_date",
    "next_open",
    "parse_delay",
    "parse_window",
    "plan_at",
    "read_moment",
    "when",
]
