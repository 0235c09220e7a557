"""The only door to the time: the machine's clock, or a virtual one that a simulation moves by hand."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    @property
    def is_virtual(self) -> bool:
        """Whether the database's own clock must be ignored in favour of this one."""
        ...

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards, for deadlines."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        ...


class SystemClock:
    """This machine's clock."""

    is_virtual = False

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block this thread for *seconds*."""
        time.sleep(seconds)


class VirtualClock:
    """A clock that stands still until it is moved; it never goes back."""

    is_virtual = True

    def __init__(self, start: datetime) -> None:
        assert start.tzinfo is not None
        self._now = start.astimezone(UTC)
        self._start = self._now

    def now(self) -> datetime:
        """Return the instant it was moved to last."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds since its start."""
        return (self._now - self._start).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Do nothing: in virtual time nobody else can act while the only thread waits."""

    def move_to(self, instant: datetime) -> None:
        """Stand at *instant*, which must not lie before the present one."""
        assert instant >= self._now
        self._now = instant.astimezone(UTC)
