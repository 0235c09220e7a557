"""Absorbing: in any order, any number of times, with the same end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import RowMapping

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId, Outbound
from engine.flows.absorb import absorb, event_from_json, event_to_json, receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.store import tables as t
from tests.flows import moody
from tests.flows.moody import WorkerDied
from tests.flows.story import ANN, DAY, HOUR, MINUTE, SECOND, Story

DELIVERY = [
    EventKind.DELIVERED,
    EventKind.DEFERRED,
    EventKind.UNDELIVERED,
    EventKind.OPENED,
    EventKind.CLICKED,
    EventKind.UNKNOWN,
    EventKind.BOUNCED,
    EventKind.COMPLAINED,
    EventKind.UNSUBSCRIBED,
    EventKind.ACCEPTED,
]


@pytest.fixture
def sent(story: Story) -> MessageId:
    """Return an email that was accepted."""
    story.arrives()
    story.run()
    return MessageId(story.message()["id"])


def test_a_delivery_event_is_stored_at_once_and_absorbed_later(story: Story, sent: MessageId) -> None:
    assert receive(story.kit, [story.hear(EventKind.DELIVERED, message_id=sent)]) == 1
    assert story.message()["delivery"] == "none"

    assert absorb(story.kit) == 1

    assert (story.message()["delivery"], story.message()["delivered_at"]) == ("delivered", story.now())
    assert absorb(story.kit) == 0


def test_hearing_it_again_changes_nothing(story: Story, sent: MessageId) -> None:
    event = story.hear(EventKind.REPLIED, message_id=sent, text="How much?", address=ANN.email)

    heard = [receive(story.kit, [event, event]), receive(story.kit, [event])]

    assert heard == [1, 0]
    assert len(story.rows(t.provider_events)) == len(story.rows(t.replies)) == len(story.tasks(kind="answer")) == 1


def test_an_event_finds_its_message_by_the_providers_id(story: Story, sent: MessageId) -> None:
    provider_id = story.message()["provider_id"]

    story.happens(EventKind.DELIVERED, provider_message_id=provider_id)

    assert story.message()["delivery"] == "delivered"


@pytest.mark.parametrize("message_id", ["not-an-id", "019caf10-3180-7508-a9d3-563a3d2762df"])
@pytest.mark.parametrize("kind", [EventKind.DELIVERED, EventKind.BOUNCED, EventKind.REPLIED])
def test_an_event_about_a_message_nobody_knows_is_kept_and_harms_nothing(
    story: Story, sent: MessageId, message_id: str, kind: EventKind
) -> None:
    before = story.message()

    story.happens(kind, message_id=message_id, text="STOP")

    assert story.message() == before
    (event,) = story.rows(t.provider_events)
    assert (event["message_id"], event["problem"]) == (None, None)
    assert event["applied_at"] is not None


def test_an_event_before_the_receipt_counts(story: Story) -> None:
    story.arrives()
    advance(story.kit)
    told: list[ProviderEvent] = []

    def tell(message: object) -> None:
        event = story.hear(EventKind.OPENED, message_id=message.id)  # type: ignore[attr-defined]
        told.append(event)
        receive(story.kit, [event])
        absorb(story.kit)

    story.provider.before_call = tell
    deliver(story.kit, FIRST)

    message = story.message()
    assert (message["state"], message["delivery"]) == ("accepted", "delivered")
    assert message["opened_at"] == told[0].at


def test_an_unknown_outcome_is_settled_by_what_the_provider_says_later(story: Story) -> None:
    story.provider.mood_for = lambda _message: moody.LOST_ANSWER
    story.arrives()
    story.run()
    assert story.message()["state"] == "unknown"

    story.happens(EventKind.DELIVERED, message_id=story.message()["id"])

    message = story.message()
    assert (message["state"], message["delivery"], message["provider"]) == ("accepted", "delivered", "sandbox")
    assert [(task["state"], task["note"]) for task in story.tasks(kind="review")] == [("cancelled", "evidence came")]


def test_an_event_without_meaning_proves_nothing(story: Story) -> None:
    story.provider.mood_for = lambda _message: moody.LOST_ANSWER
    story.arrives()
    story.run()

    story.happens(EventKind.UNKNOWN, message_id=story.message()["id"])

    assert story.message()["state"] == "unknown"


def test_a_late_bounce_moves_on_by_otherwise(story: Story) -> None:
    plan = """\
name: plan
enter: {when: manual}
stages:
  - {id: hello, email: hello, otherwise: instead}
  - {id: news, email: news, after: 3 days, otherwise: end}
  - {id: done, if: "true", then: end, else: end}
  - {id: instead, sms: hi}
"""
    story.enters(story.arrives(source="fair"), story.plan(plan))
    story.run()
    story.pass_time(DAY)
    story.run()

    story.happens(EventKind.BOUNCED, message_id=story.message()["id"])

    assert story.states() == {"hello": "accepted", "instead": "accepted"}


def test_a_machines_opening_tells_nothing(story: Story, sent: MessageId) -> None:
    story.happens(EventKind.OPENED, message_id=sent, machine=True)

    assert (story.message()["opened_at"], story.message()["delivery"]) == (None, "none")


def test_a_poison_event_is_set_aside_and_the_others_go_on(story: Story, sent: MessageId) -> None:
    receive(
        story.kit, [story.hear(EventKind.OPENED, message_id=sent), story.hear(EventKind.DELIVERED, message_id=sent)]
    )
    first = story.rows(t.provider_events)[0]
    story.write(
        lambda connection: connection.execute(
            t.provider_events.update().where(t.provider_events.c.id == first["id"]).values(event={"kind": "nonsense"})
        )
    )

    absorb(story.kit)

    assert "ValueError" in story.rows(t.provider_events)[0]["problem"]
    assert story.message()["delivery"] == "delivered"
    assert absorb(story.kit) == 0


@pytest.mark.parametrize("kind", list(EventKind))
def test_an_event_is_the_same_after_a_journey_through_json(story: Story, kind: EventKind) -> None:
    event = story.hear(kind, text="Hello", extra={"a": [1, None]}, machine=True, address=ANN.phone)

    assert event_from_json(event_to_json(event)) == event


WAYS = ("our id", "the provider's id", "the thread")


@dataclass(frozen=True, kw_only=True)
class Life:
    """One lead's first email, and everything that is said of it: which kinds, named how, in which order."""

    story: Story
    kinds: Sequence[EventKind]
    ways: Sequence[str]
    order: Sequence[int]
    batch: int
    early: int  # so many are told during the call, before its receipt
    chooser: Random

    def live(self, number: int) -> dict[str, object]:
        """Let it all happen to a new lead; return how that ends."""
        story = self.story
        lead_id = story.arrives(email=f"p{number}@example.com", phone=None)
        advance(story.kit)
        (planned,) = story.messages(lead_id=lead_id)
        begun = story.now()
        attempt_ids: list[str] = []

        def during_the_call(outbound: Outbound) -> None:
            if outbound.id == planned["id"]:
                attempt_ids.append(outbound.attempt_id)
                self.tell(self.order[: self.early], planned, outbound.attempt_id, begun)

        story.provider.before_call = during_the_call
        deliver(story.kit, FIRST)
        self.tell(self.order[self.early :], planned, attempt_ids[0], begun)
        story.run()
        return _end_of(story, planned, begun)

    def tell(self, places: Sequence[int], planned: RowMapping, attempt_id: str, begun: datetime) -> None:
        """Post the events at *places* in batches; some are absorbed at once."""
        told = [self.event(place, planned, attempt_id, begun) for place in places]
        for start in range(0, len(told), self.batch):
            receive(self.story.kit, told[start : start + self.batch])
            if self.chooser.random() < 0.5:
                absorb(self.story.kit)

    def event(self, place: int, planned: RowMapping, attempt_id: str, begun: datetime) -> ProviderEvent:
        """Return the event at *place*, which names the message in its own way."""
        way = self.ways[place]
        return ProviderEvent(
            provider="sandbox",
            event_id=f"{planned['lead_id']}-{place}",
            kind=self.kinds[place],
            channel=Channel.EMAIL,
            at=begun + (place + 1) * SECOND,
            message_id=MessageId(planned["id"]) if way == "our id" else None,
            provider_message_id=f"provider-{attempt_id}" if way == "the provider's id" else None,
            extra={"references": [f"{planned['id']}@send.example.com"]} if way == "the thread" else {},
        )


def _end_of(story: Story, planned: RowMapping, begun: datetime) -> dict[str, object]:
    (enrollment,) = story.rows(t.enrollments, lead_id=planned["lead_id"])
    (known,) = story.messages(id=planned["id"])
    facts = story.rows(t.consent_facts, lead_id=planned["lead_id"])
    key = story.rows(t.addresses, id=planned["address_id"])[0]["key"]
    return {
        "state": (known["state"], known["delivery"]),
        "instants": {
            name: known[name] and known[name] - begun
            for name in ("delivered_at", "bounced_at", "opened_at", "clicked_at", "complained_at")
        },
        "facts": {(row["channel"], row["purpose"], row["kind"]) for row in facts},
        "suppressions": sorted((row["channel"], row["reason"]) for row in story.rows(t.suppressions, key=key)),
        "enrollment": enrollment["status"],
        "messages": {row["stage"]: row["state"] for row in story.messages(lead_id=planned["lead_id"])},
        "left": story.rows(t.provider_events, applied_at=None),
    }


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    kinds=st.lists(st.sampled_from(DELIVERY), min_size=2, max_size=6, unique=True),
    seed=st.integers(0, 10_000),
    batch=st.integers(1, 4),
    early=st.integers(0, 6),
)
def test_any_order_and_any_number_of_times_ends_in_the_same_rows(
    story: Story, kinds: list[EventKind], seed: int, batch: int, early: int
) -> None:
    """Two leads live through the same events.

    One hears them in order and by our id. The other's come in any order, some of them twice, some before the receipt,
    some absorbed at once, each naming the message in any way.
    """
    chooser = Random(seed)
    places = list(range(len(kinds)))
    shuffled = places + chooser.sample(places, k=len(places) // 2)
    chooser.shuffle(shuffled)
    plain = Life(
        story=story, kinds=kinds, ways=[WAYS[0]] * len(kinds), order=places, batch=batch, early=0, chooser=chooser
    )
    mixed = replace(plain, ways=[chooser.choice(WAYS) for _ in kinds], order=shuffled, early=early)
    story.pass_time(MINUTE)
    number = len(story.rows(t.leads))

    assert plain.live(number) == mixed.live(number + 1)


def test_a_worker_that_died_after_the_call_is_settled_by_the_event(story: Story) -> None:
    story.provider.mood_for = lambda _message: moody.DEATH_AFTER_CALL
    story.arrives()
    advance(story.kit)
    with pytest.raises(WorkerDied):
        deliver(story.kit, FIRST)
    receive(story.kit, [story.hear(EventKind.DELIVERED, message_id=story.message()["id"])])

    story.provider.mood_for = lambda _message: moody.KIND
    story.pass_time(HOUR)
    story.run()

    assert (story.message(stage="hello")["state"], story.message(stage="hello")["delivery"]) == (
        "accepted",
        "delivered",
    )
    assert len([one for one in story.provider.taken if one.channel == "email"]) == 1


def test_a_reply_by_somebody_unknown_is_kept(story: Story) -> None:
    receive(story.kit, [replace(story.hear(EventKind.REPLIED), text="Hello?", address="nobody@example.com")])

    assert len(story.rows(t.provider_events)) == 1
    assert story.tasks() == []
