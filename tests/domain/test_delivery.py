"""Absorbing what providers say: commutative, idempotent, monotone and total."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from engine.domain.delivery import RANK, DeliveryFacts, absorb, proves_acceptance
from engine.domain.message import Delivery

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
INSTANTS = ("delivered_at", "bounced_at", "opened_at", "clicked_at", "replied_at", "complained_at")

events = st.builds(
    ProviderEvent,
    provider=st.just("sandbox"),
    event_id=st.uuids().map(str),
    kind=st.sampled_from(EventKind),
    channel=st.sampled_from(Channel),
    at=st.integers(0, 10_000).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    machine=st.booleans(),
)
histories = st.lists(events, max_size=12)


def end(history: list[ProviderEvent]) -> DeliveryFacts:
    return reduce(absorb, history, DeliveryFacts())


@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(history: list[ProviderEvent], random: Random) -> None:
    shuffled = random.sample(history, k=len(history))

    assert end(shuffled) == end(history)


@given(histories, events)
def test_hearing_an_event_again_changes_nothing(history: list[ProviderEvent], event: ProviderEvent) -> None:
    once = absorb(end(history), event)

    assert absorb(once, event) == once


@given(histories, events)
def test_nothing_that_was_known_is_lost(history: list[ProviderEvent], event: ProviderEvent) -> None:
    before = end(history)
    after = absorb(before, event)

    assert RANK[after.status] >= RANK[before.status]
    for name in INSTANTS:
        earlier, later = getattr(before, name), getattr(after, name)
        assert earlier is None or later <= earlier


@given(histories)
def test_a_bounce_is_never_undone(history: list[ProviderEvent]) -> None:
    bounced = any(event.kind is EventKind.BOUNCED and not event.machine for event in history)

    assert (end(history).status is Delivery.BOUNCED) == bounced


@pytest.mark.parametrize("kind", EventKind)
def test_what_tells_of_the_message_proves_that_it_was_taken(kind: EventKind) -> None:
    mute = {
        EventKind.CALLED,
        EventKind.CONNECTED,
        EventKind.MISSED,
        EventKind.UNSUBSCRIBED,
        EventKind.RESUBSCRIBED,
        EventKind.UNKNOWN,
    }

    assert proves_acceptance(told(kind)) == (kind not in mute)


@pytest.mark.parametrize("named", ["message_id", "provider_message_id"])
def test_a_stop_proves_it_where_it_names_the_message(named: str) -> None:
    assert proves_acceptance(told(EventKind.UNSUBSCRIBED, **{named: "one"}))


def told(kind: EventKind, **what: Any) -> ProviderEvent:
    return ProviderEvent(provider="sandbox", event_id="one", kind=kind, channel=Channel.EMAIL, at=NOON, **what)
