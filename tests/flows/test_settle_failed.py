"""Failed messages that are sent after all: only what never left, once, through the gate, and without a second step of the walk."""

from collections import Counter
from typing import Any

import pytest

from channels.events import EventKind
from channels.message import Fault, Receipt
from engine.flows.absorb import receive
from engine.flows.settle_failed import NotReplayable, list_failed, replay
from engine.store import tables as t
from tests.flows import moody
from tests.flows.moody import Mood
from tests.flows.story import DAY, HOUR, Story

PLAN = """\
name: plan
enter: {when: manual}
stages:
  - {id: hello, email: hello, window: any, otherwise: text}
  - {id: text, sms: hi, window: any}
"""


def failed(story: Story, fault: Fault, **changes: Any) -> str:
    """Let Ann's email be refused until it fails; return its id."""
    story.provider.mood_for = lambda message: (
        Mood(takes=False, receipt=Receipt.refused(fault, "no")) if message.channel == "email" else moody.KIND
    )
    story.enters(story.arrives(source="fair", **changes), story.plan(PLAN))
    story.live(2 * DAY)
    story.provider.mood_for = lambda _message: moody.KIND
    message = story.message(stage="hello")
    assert message["state"] == "failed"
    return str(message["id"])


def why_not(story: Story) -> str:
    [one] = list_failed(story.kit)
    return one.why_not


def test_what_failed_for_a_reason_that_has_passed_leaves_once_more_through_the_gate(story: Story) -> None:
    message_id = failed(story, Fault.CONFIGURATION)
    assert why_not(story) == ""

    replay(story.kit, message_id, by="rita")
    story.live(HOUR)

    message = story.message(id=message_id)
    assert message["state"] == "accepted"
    assert Counter(one.id for one in story.provider.taken)[message_id] == 1  # type: ignore[index]
    outcomes = Counter(row["outcome"] for row in story.rows(t.attempts, message_id=message_id))
    assert (outcomes["accepted"], set(outcomes)) == (1, {"accepted", "refused"})
    (row,) = story.rows(t.audit_log, subject=message_id)
    assert (row["actor"], row["action"], row["before"]["fault"]) == ("rita", "message.replayed", "configuration")
    assert list_failed(story.kit) == []


def test_the_walk_makes_no_second_step(story: Story) -> None:
    message_id = failed(story, Fault.TRANSIENT)
    before = {row["id"]: row["state"] for row in story.messages()}
    walk = story.enrollment()

    replay(story.kit, message_id, by="rita")
    story.live(2 * DAY)

    assert {row["id"]: row["state"] for row in story.messages()} == before | {message_id: "accepted"}
    after = story.enrollment()
    assert (after["status"], after["stage"], after["ended_at"]) == (walk["status"], walk["stage"], walk["ended_at"])


def test_it_is_replayed_once_however_often_it_is_asked_for(story: Story) -> None:
    message_id = failed(story, Fault.CONFIGURATION)
    replay(story.kit, message_id, by="rita")

    with pytest.raises(NotReplayable) as told:
        replay(story.kit, message_id, by="sam")

    assert told.value.state == "scheduled"
    assert len(story.rows(t.audit_log, subject=message_id)) == 1


def test_a_stop_keeps_it_from_leaving(story: Story) -> None:
    message_id = failed(story, Fault.CONFIGURATION)
    story.stops(story.message(id=message_id)["lead_id"])

    replay(story.kit, message_id, by="rita")
    story.live(HOUR)

    assert story.message(id=message_id)["state"] in {"skipped", "cancelled"}
    assert [one for one in story.provider.taken if one.channel == "email"] == []


@pytest.mark.parametrize("fault", [Fault.DEAD_ADDRESS, Fault.OPTED_OUT, Fault.UNCLASSIFIED])
def test_what_was_refused_for_good_is_not_replayed(story: Story, fault: Fault) -> None:
    message_id = failed(story, fault)

    assert fault in why_not(story)
    with pytest.raises(NotReplayable, match="for good"):
        replay(story.kit, message_id, by="rita")
    assert story.message(id=message_id)["state"] == "failed"


def test_a_text_is_replayed_only_after_it_was_mended(story: Story) -> None:
    message_id = failed(story, Fault.CONTENT)
    assert "still the one" in why_not(story)
    with pytest.raises(NotReplayable):
        replay(story.kit, message_id, by="rita")

    story.write(
        lambda connection: connection.execute(
            t.messages.update().where(t.messages.c.id == message_id).values(content_revision=None)
        )
    )  # as if it had been refused before what is published now

    assert why_not(story) == ""


@pytest.mark.parametrize("outcome", ["unknown", "overruled", "accepted"])
def test_what_may_have_arrived_is_not_replayed(story: Story, outcome: str) -> None:
    message_id = failed(story, Fault.CONFIGURATION)
    last = max(row["number"] for row in story.rows(t.attempts, message_id=message_id))
    story.write(
        lambda connection: connection.execute(
            t.attempts.update()
            .where(t.attempts.c.message_id == message_id, t.attempts.c.number == last - 1)
            .values(outcome=outcome, fault=None)
        )
    )

    with pytest.raises(NotReplayable, match="may have arrived"):
        replay(story.kit, message_id, by="rita")


def test_what_the_provider_reported_on_is_not_replayed(story: Story) -> None:
    message_id = failed(story, Fault.CONFIGURATION)
    receive(story.kit, [story.hear(EventKind.DELIVERED, message_id=message_id)])

    with pytest.raises(NotReplayable, match="may have arrived"):
        replay(story.kit, message_id, by="rita")


def test_what_failed_is_chosen_by_fault_and_time(story: Story) -> None:
    message_id = failed(story, Fault.CONFIGURATION)
    ended_at = story.message(id=message_id)["ended_at"]

    def chosen(**wanted: Any) -> list[str]:
        return [one.failure.id for one in list_failed(story.kit, **wanted)]

    assert chosen(fault=Fault.CONFIGURATION, since=ended_at) == [message_id]
    assert chosen(fault=Fault.TRANSIENT) == []
    assert chosen(since=ended_at + HOUR) == []
    assert chosen(only=[message_id]) == [message_id]
    assert chosen(only=[story.kit.ids.new()]) == []


def test_a_message_that_is_not_there_is_told_as_such(story: Story) -> None:
    with pytest.raises(NotReplayable) as told:
        replay(story.kit, story.kit.ids.new(), by="rita")
    assert told.value.state is None
