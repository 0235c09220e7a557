"""How long a stop waits: as long as a call may start, whatever the database's clock says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.clock import VirtualClock
from engine.flows.kit import CALL_BY
from tests.databases import START
from tests.flows.story import Story


class NappingClock(VirtualClock):
    """Notes how long somebody wanted to wait."""

    slept = 0.0

    def sleep(self, seconds: float) -> None:
        """Note it."""
        self.slept += seconds


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_a_stop_waits_as_long_as_a_call_may_start_even_when_the_databases_clock_jumped(
    story: Story, hours: int
) -> None:
    clock = NappingClock(START)
    kit = replace(story.kit, clock=clock)

    kit.wait_out(story.now() + timedelta(hours=hours))

    assert clock.slept == CALL_BY.total_seconds()


def test_a_stop_that_no_call_was_open_for_is_answered_at_once(story: Story) -> None:
    clock = NappingClock(START)
    kit = replace(story.kit, clock=clock)

    kit.wait_out(None)

    assert clock.slept == 0
