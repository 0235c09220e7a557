"""The machine's clock: a deadline must pass while a laptop sleeps, where the platform tells how long it slept."""

import time
from dataclasses import dataclass, replace

import pytest

from channels.message import AttemptId
from engine.clock import SystemClock, seconds_awake_or_not
from engine.flows.deliver import CallDeadline
from engine.flows.kit import CALL_BY, Kit
from engine.ids import SystemIds
from tests.flows.conftest import clock, kit, kit_url, provider, published_template

__all__ = ["clock", "kit", "kit_url", "provider", "published_template"]


@dataclass
class Laptop:
    """What a laptop's system tells of time, with and without the hours it slept."""

    CLOCK_BOOTTIME = 7
    awake: float = 100.0
    asleep: float = 0.0

    def monotonic(self) -> float:
        """Count what it was awake."""
        return self.awake

    def clock_gettime(self, which: int) -> float:
        """Count what it was awake and asleep."""
        assert which == self.CLOCK_BOOTTIME
        return self.awake + self.asleep


class Plain:
    """A system that knows of no other clock."""

    def monotonic(self) -> float:
        """Count what it was awake."""
        return 5.0


def test_sleep_counts_where_the_system_tells_it() -> None:
    laptop = Laptop()
    seconds = seconds_awake_or_not(laptop)
    before = seconds()

    laptop.asleep += 3_600

    assert seconds() - before == 3_600


def test_a_system_without_such_a_clock_counts_as_python_does() -> None:
    assert seconds_awake_or_not(Plain())() == 5.0


def test_this_machine_counts_on_and_never_back() -> None:
    clock = SystemClock()
    told = [clock.monotonic() for _ in range(100)]

    assert told == sorted(told)


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="this system does not count sleep")
def test_this_machine_counts_its_sleep() -> None:
    since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)

    assert abs(SystemClock().monotonic() - since_boot) < 60


def test_no_call_leaves_a_laptop_that_slept_over_its_deadline(kit: Kit) -> None:
    laptop = Laptop()
    clock = SystemClock(monotonic=seconds_awake_or_not(laptop))
    by = clock.monotonic() + CALL_BY.total_seconds()
    deadline = CallDeadline(kit=replace(kit, clock=clock), at_monotonic=by)
    ids = SystemIds()

    assert deadline.may_start(AttemptId(ids.new()))
    laptop.asleep += CALL_BY.total_seconds()
    assert not deadline.may_start(AttemptId(ids.new()))
