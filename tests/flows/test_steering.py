"""Pauses of channels and sequences: what rests, what goes on beside it, and what is told of it."""

from collections.abc import Callable

import pytest

from channels.address import Channel
from engine.flows.advance import advance
from engine.flows.claiming import FIRST, claim
from engine.flows.deliver import _deliver_claim
from engine.flows.going_live import pause_sender, switch_sending
from engine.flows.steering import (
    NoSuchSequence,
    StopKind,
    all_stops,
    in_the_way,
    pause_channel,
    pause_sequence,
    resume_channel,
    resume_sequence,
)
from engine.store import senders
from engine.store import tables as t
from tests.flows.story import HOUR, Story

PLAN = "name: {name}\nenter: {{when: manual}}\nexclusive: no\nwindow: any\nstages:\n  - {{id: only, {touch}}}\n"


def plans(story: Story, **touches: str) -> None:
    """Let one lead enter a sequence of one touch for each name given."""
    lead_id = story.arrives(source="fair")
    for name, touch in touches.items():
        story.enters(lead_id, story.plan(PLAN.format(name=name, touch=touch)))


def states(story: Story) -> dict[str, str]:
    return {row["sequence"]: row["state"] for row in story.rows(t.messages)}


def told(story: Story) -> list[tuple[str, str, str, str]]:
    with story.kit.database.read() as connection:
        return [(one.kind, one.name, one.by, one.reason) for one in all_stops(connection)]


def test_a_paused_channel_rests_while_the_others_go_on(story: Story) -> None:
    plans(story, letters="email: news", texts="sms: hi")
    assert pause_channel(story.kit, Channel.EMAIL, by="ann", reason="wrong footer")
    assert not pause_channel(story.kit, Channel.EMAIL, by="bob", reason="the same again")

    story.run()

    assert states(story) == {"letters": "scheduled", "texts": "accepted"}
    assert told(story) == [(StopKind.CHANNEL, "email", "ann", "wrong footer")]
    assert resume_channel(story.kit, Channel.EMAIL, by="ann")
    assert not resume_channel(story.kit, Channel.EMAIL, by="ann")
    story.run()
    assert states(story) == {"letters": "accepted", "texts": "accepted"}
    assert [row["action"] for row in story.rows(t.audit_log)] == ["channel.paused", "channel.resumed"]


def test_a_paused_sequence_rests_while_the_others_go_on(story: Story) -> None:
    plans(story, one="email: news", other="sms: hi")
    assert pause_sequence(story.kit, "one", by="ann", reason="a typing error")

    story.run()

    assert states(story) == {"one": "scheduled", "other": "accepted"}
    assert told(story) == [(StopKind.SEQUENCE, "one", "ann", "a typing error")]
    assert resume_sequence(story.kit, "one", by="ann")
    story.run()
    assert states(story)["one"] == "accepted"
    with pytest.raises(NoSuchSequence):
        pause_sequence(story.kit, "none", by="ann")


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (lambda story: pause_channel(story.kit, Channel.EMAIL, by="ann"), "channel_paused"),
        (lambda story: pause_sequence(story.kit, "letters", by="ann"), "sequence_paused"),
        (lambda story: switch_sending(story.kit, is_stopped=True, by="ann"), "sender_paused"),
    ],
)
def test_what_was_claimed_before_a_stop_comes_back_with_its_reason(
    story: Story, stop: Callable[[Story], object], reason: str
) -> None:
    plans(story, letters="email: news")
    advance(story.kit)
    (taken,) = claim(story.kit, FIRST, 10)

    stop(story)
    _deliver_claim(story.kit, taken)

    assert (story.message()["state"], story.message()["reason"]) == ("scheduled", reason)
    assert story.rows(t.attempts) == []


def test_all_that_keeps_a_message_is_named_and_nothing_else(story: Story) -> None:
    plans(story, letters="email: news", texts="sms: hi")
    advance(story.kit)
    with story.kit.database.read() as connection:
        (emailing,) = (one for one in senders.all_senders(connection) if one.channel is Channel.EMAIL)
    switch_sending(story.kit, is_stopped=True, by="ann", reason="a test of the alarm")
    pause_channel(story.kit, Channel.SMS, by="ann")
    pause_sequence(story.kit, "letters", by="bob")
    pause_sender(story.kit, emailing, by="cleo")

    with story.kit.database.read() as connection:
        found = all_stops(connection)
    (letter,), (text,) = story.messages(channel="email"), story.messages(channel="sms")

    assert [(one.kind, one.by) for one in in_the_way(found, letter)] == [
        (StopKind.EVERYTHING, "ann"), (StopKind.SEQUENCE, "bob"), (StopKind.SENDER, "cleo"),
    ]  # fmt: skip
    assert [one.kind for one in in_the_way(found, text)] == [StopKind.EVERYTHING, StopKind.CHANNEL]
    assert all(one.since is not None for one in found)


def test_a_paused_channel_is_no_work_for_the_ticker(story: Story) -> None:
    plans(story, letters="email: news")
    pause_channel(story.kit, Channel.EMAIL, by="ann")

    story.live(HOUR)  # would never end if it were due all the time

    assert states(story) == {"letters": "scheduled"}
