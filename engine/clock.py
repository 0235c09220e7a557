"""The only door to the time: the machine's clock, or a virtual one that a simulation moves by hand."""

import time
from collections.abc import Callable
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
        """Return seconds that never go backwards, for deadlines; a machine's sleep counts where the platform tells it."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        ...


def seconds_awake_or_not(source: object = time) -> Callable[[], float]:
    """Return what reads monotonic seconds of *source*, with those in which the machine was suspended where it tells them.

    Python's own `monotonic` stands still in a suspended laptop, so that a call could leave hours after its deadline.
    Linux counts sleep by CLOCK_BOOTTIME (clock_gettime(2)); elsewhere Python's own must do.
    """
    since_boot = getattr(source, "CLOCK_BOOTTIME", None)
    if since_boot is None:
        awake: Callable[[], float] = getattr(source, "monotonic")  # noqa: B009 - the source is a module, or stands for it
        return awake
    read: Callable[[int], float] = getattr(source, "clock_gettime")  # noqa: B009
    return lambda: read(since_boot)


class SystemClock:
    """This machine's clock."""

    is_virtual = False

    def __init__(self, monotonic: Callable[[], float] | None = None) -> None:
        self._monotonic = monotonic or seconds_awake_or_not()

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds, suspended ones among them."""
        return self._monotonic()

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
