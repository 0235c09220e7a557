"""Events that cannot be absorbed, and events that nobody matched: neither holds up the others, neither is lost."""

import pytest

from channels.events import EventKind
from engine.flows.absorb import absorb, receive
from engine.flows.matching import LOOK_BACK, hear_unmatched
from engine.store import tables as t
from engine.store.database import Connection
from tests.flows.story import BOB, SECOND, Story


def poison(story: Story, event_id: str) -> None:
    """Make the stored event raise when it is absorbed: its instant has lost its zone, so it compares with no other."""
    (row,) = story.rows(t.provider_events, event_id=event_id)
    spoilt = {**row["event"], "at": "2026-03-02T15:00:00"}
    change = t.provider_events.update().where(t.provider_events.c.id == row["id"]).values(event=spoilt)
    story.write(lambda connection: connection.execute(change))


def test_one_event_that_raises_is_set_aside_alone_and_the_batch_goes_on(story: Story) -> None:
    story.arrives()
    story.arrives(BOB)
    story.run()
    first, second = [message["id"] for message in story.messages(stage="hello")]
    told = [story.hear(EventKind.DELIVERED, message_id=one) for one in (first, first, second)]
    receive(story.kit, told)
    poison(story, told[1].event_id)

    assert absorb(story.kit) == 3

    rows = {row["event_id"]: row for row in story.rows(t.provider_events)}
    assert [rows[one.event_id]["applied_at"] is not None for one in told] == [True, False, True]
    assert rows[told[1].event_id]["problem"]
    assert {message["delivery"] for message in story.messages(stage="hello")} == {"delivered"}
    assert absorb(story.kit) == 0


def test_an_urgent_event_whose_delivery_cannot_be_noted_is_heard_all_the_same(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_id = story.arrives()
    story.run()
    hello = story.message(stage="hello")
    bounce = story.hear(EventKind.BOUNCED, message_id=hello["id"], address="ann@example.com")

    def fail(_connection: Connection, *_rest: object) -> None:
        raise ValueError("no room for this")

    with monkeypatch.context() as broken:
        broken.setattr("engine.flows.absorb.delivery.absorb", fail)
        assert receive(story.kit, [bounce]) == 1
    assert [row["reason"] for row in story.rows(t.suppressions)] == ["hard_bounce"]

    story.run()

    assert story.message(stage="hello", lead_id=lead_id)["delivery"] == "bounced"


def left_unmatched(story: Story) -> str:
    """Let an event come that names only the provider's id, and its worker die before it looked again."""
    story.arrives()
    story.run()
    hello = story.message(stage="hello")
    forget = t.messages.update().where(t.messages.c.id == hello["id"])
    story.write(lambda connection: connection.execute(forget.values(provider_id=None)))
    receive(story.kit, [story.hear(EventKind.DELIVERED, provider_message_id="own-1")])
    story.run()
    story.write(lambda connection: connection.execute(forget.values(provider_id="own-1")))
    assert story.message(stage="hello")["delivery"] == "none"
    return str(hello["id"])


def test_an_event_is_matched_though_the_worker_died_that_learnt_the_id(story: Story) -> None:
    message_id = left_unmatched(story)

    assert hear_unmatched(story.kit) == 1
    story.run()

    assert story.message(id=message_id)["delivery"] == "delivered"
    assert hear_unmatched(story.kit) == 0


def test_an_old_event_is_not_looked_for_for_ever(story: Story) -> None:
    left_unmatched(story)

    story.pass_time(LOOK_BACK + SECOND)

    assert hear_unmatched(story.kit) == 0


def test_an_event_of_somebody_elses_message_is_left_alone(story: Story) -> None:
    receive(story.kit, [story.hear(EventKind.DELIVERED, provider_message_id="not-ours")])
    story.run()

    assert hear_unmatched(story.kit) == 0
