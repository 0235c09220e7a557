"""Delivery of a claim: what happens to it when its worker is told to stop, or its provider begins to fail, in the middle."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from channels.message import Fault, Receipt
from engine.flows.claiming import MAIN
from engine.flows.deliver import deliver
from engine.flows.stride import STRIDE_MAX
from engine.store import tables as t
from tests.flows import moody
from tests.flows.moody import Mood
from tests.flows.story import Story
from tests.flows.test_claiming import pace, wait_in_line

WAITING = STRIDE_MAX + 20


@pytest.fixture
def line(story: Story) -> Story:
    """Return a story in which more messages wait than go on the wire together, and all may go now."""
    wait_in_line(story, WAITING)
    pace(story, rate_per_second=1000.0, burst=500.0, tokens=500.0)
    return story


def put_off(story: Story) -> tuple[int, str]:
    """Send what is due; return how many messages were put off, as the log says, and why."""
    with capture_logs() as lines:
        deliver(story.kit, MAIN)
    [line] = [line for line in lines if line["event"] == "messages.put_off"]
    return line["count"], line["reason"]


def test_a_worker_that_is_told_to_stop_puts_off_what_it_has_not_tried(line: Story) -> None:
    """What it tried in vain has a time of its own already, which must stay as it is."""
    line.provider.mood_for = lambda _message: moody.NO_CONNECTION if line.provider.taken else moody.KIND
    stopping = replace(line.kit, is_stopping=lambda: bool(line.rows(t.attempts)))

    told = put_off(replace(line, kit=stopping))

    assert told == (WAITING - STRIDE_MAX, "worker_stopping")
    reasons = Counter((row["state"], row["reason"]) for row in line.messages())
    assert reasons == {
        ("accepted", ""): 1,
        ("scheduled", "never_started"): STRIDE_MAX - 1,
        ("scheduled", "worker_stopping"): WAITING - STRIDE_MAX,
    }
    waits = {row["due_at"] > line.now() for row in line.messages() if row["reason"] == "never_started"}
    assert waits == {True}


def test_a_worker_whose_provider_fails_puts_off_what_it_has_not_tried(line: Story) -> None:
    down = Mood(takes=False, receipt=Receipt.refused(Fault.TRANSIENT, "503"))
    line.provider.mood_for = lambda _message: down

    told = put_off(line)

    assert told == (WAITING - STRIDE_MAX, "provider_failing")
    later = {row["due_at"] - line.now() > timedelta(0) for row in line.messages()}
    assert later == {True}


def test_a_process_that_is_too_slow_for_its_stride_takes_a_shorter_one(line: Story) -> None:
    """At a tenth of a second a call twenty start in time; the others are taken back, and leave by shorter strides."""
    wait_in_line(line, 200)
    line.provider.before_call = lambda _message: line.pass_time(timedelta(seconds=0.1))

    for _ in range(100):
        deliver(line.kit, MAIN)
        line.pass_time(timedelta(seconds=1))

    outcomes = Counter(row["outcome"] for row in line.rows(t.attempts))
    assert {message["state"] for message in line.messages()} == {"accepted"}
    assert outcomes["never_started"] < len(line.provider.taken) / 2
