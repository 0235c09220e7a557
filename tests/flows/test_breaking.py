"""A provider that keeps failing is left alone: its messages wait with a reason and a time, and one goes to see."""

from collections import Counter
from datetime import timedelta

import pytest

from channels.message import Fault, Receipt
from engine.domain.breaker import FAILURES_MAX, FIRST_WAIT, PROBE_TAKES_MAX, Standing
from engine.flows.claiming import MAIN, claim
from engine.flows.deliver import deliver
from engine.flows.going_live import resume_sender
from engine.store import messages
from engine.store import tables as t
from tests.flows.moody import KIND, Mood
from tests.flows.story import DAY, HOUR, Story
from tests.flows.test_claiming import email_sender, pace, wait_in_line

DOWN = Mood(takes=False, receipt=Receipt.refused(Fault.TRANSIENT, "503"))


@pytest.fixture
def failing(story: Story) -> Story:
    """Return a story in which the first emails have just met a provider that is down, and others wait."""
    wait_in_line(story, 12)
    pace(story, rate_per_second=1000.0, burst=float(FAILURES_MAX), tokens=float(FAILURES_MAX))
    story.provider.mood_for = lambda _message: DOWN
    deliver(story.kit, MAIN, limit=FAILURES_MAX)
    pace(story, rate_per_second=1000.0, burst=50.0, tokens=50.0)
    return story


def standing(story: Story) -> Standing:
    return email_sender(story).breaker.standing(story.now())


def test_what_waits_for_a_failing_provider_has_a_reason_and_a_time(failing: Story) -> None:
    deliver(failing.kit, MAIN)

    probe_at = failing.now() + FIRST_WAIT
    assert standing(failing) is Standing.OPEN
    assert len(failing.rows(t.attempts)) == FAILURES_MAX
    waiting = failing.messages(state="held")
    assert len(waiting) == 12 - FAILURES_MAX
    assert {(row["reason"], row["due_at"]) for row in waiting} == {("provider_failing", probe_at)}


def test_what_a_killed_worker_had_claimed_is_the_first_to_wait(failing: Story) -> None:
    ids = [message["id"] for message in failing.messages(state="scheduled")]
    lapsed = {"state": "claimed", "claimed_by": failing.kit.ids.new(), "due_at": failing.now()}
    failing.write(
        lambda connection: connection.execute(t.messages.update().where(t.messages.c.id == ids[-1]).values(**lapsed))
    )

    failing.write(
        lambda connection: messages.hold_due(
            connection, email_sender(failing).id, MAIN, failing.now(), until=failing.now() + HOUR, reason="", limit=2
        )
    )

    held = [one["id"] for one in failing.messages(state="held")]
    assert len(held) == 2
    assert ids[-1] in held


def test_one_message_goes_to_see_and_the_others_wait_on(failing: Story) -> None:
    deliver(failing.kit, MAIN)
    failing.pass_time(FIRST_WAIT)

    taken = [one for _ in range(3) for one in claim(failing.kit, MAIN, 200)]

    assert [len(one.message_ids) for one in taken] == [1]
    failing.pass_time(PROBE_TAKES_MAX)
    assert [len(one.message_ids) for one in claim(failing.kit, MAIN, 200)] == [1]


def test_a_probe_that_fails_lets_them_wait_longer(failing: Story) -> None:
    deliver(failing.kit, MAIN)
    failing.pass_time(FIRST_WAIT)

    deliver(failing.kit, MAIN)
    deliver(failing.kit, MAIN)

    assert len(failing.rows(t.attempts)) == FAILURES_MAX + 1
    assert email_sender(failing).breaker.probe_at == failing.now() + FIRST_WAIT
    failing.live(HOUR)
    assert len(failing.rows(t.attempts)) < FAILURES_MAX + 15


def test_a_provider_that_is_well_again_gets_all_that_waited(failing: Story) -> None:
    deliver(failing.kit, MAIN)
    failing.provider.mood_for = lambda _message: KIND
    failing.pass_time(FIRST_WAIT)

    deliver(failing.kit, MAIN)
    deliver(failing.kit, MAIN)

    assert standing(failing) is Standing.CLOSED
    assert len(failing.provider.taken) >= 12 - FAILURES_MAX
    failing.live(HOUR)
    assert Counter(row["state"] for row in failing.messages()) == {"accepted": 12}
    assert Counter(one.id for one in failing.provider.taken).most_common(1)[0][1] == 1


def test_a_probe_that_the_gate_keeps_lets_another_go(failing: Story) -> None:
    deliver(failing.kit, MAIN)
    failing.pass_time(FIRST_WAIT)
    first = min(failing.messages(state="held"), key=lambda row: row["id"])
    failing.write(
        lambda connection: connection.execute(
            t.enrollments.update().where(t.enrollments.c.id == first["enrollment_id"]).values(status="paused")
        )
    )
    failing.provider.mood_for = lambda _message: KIND

    for _ in range(3):
        deliver(failing.kit, MAIN)

    assert standing(failing) is Standing.CLOSED
    assert first["id"] not in {one.id for one in failing.provider.taken}


def test_a_claim_that_meets_a_failing_provider_stops_in_the_middle(story: Story) -> None:
    wait_in_line(story, 120)
    pace(story, rate_per_second=1000.0, burst=500.0, tokens=500.0)
    story.provider.mood_for = lambda _message: DOWN

    deliver(story.kit, MAIN)

    assert len(story.rows(t.attempts)) == 50  # what was on the wire together
    assert Counter(row["reason"] for row in story.messages()) == {"transient": 50, "provider_failing": 70}
    assert email_sender(story).pace.sent_today == 50


def test_resuming_by_hand_tries_all_at_once(failing: Story) -> None:
    deliver(failing.kit, MAIN)
    failing.provider.mood_for = lambda _message: KIND

    resume_sender(failing.kit, email_sender(failing), by="ann")
    deliver(failing.kit, MAIN)

    assert standing(failing) is Standing.CLOSED
    assert len(failing.provider.taken) == 12 - FAILURES_MAX


def test_one_lead_that_nobody_serves_does_not_stop_the_others(story: Story) -> None:
    wait_in_line(story, 30)
    story.provider.mood_for = lambda message: DOWN if message.to == "bulk3@example.com" else KIND

    story.live(DAY + timedelta(hours=1))

    assert standing(story) is Standing.CLOSED
    assert len(story.messages(state="accepted")) == 29
