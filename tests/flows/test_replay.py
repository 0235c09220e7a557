"""Callbacks may be told again in any order, dozens of times: a life ends as it ended, whatever order it was told in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId
from engine.bootstrap import open_kit, prepare
from engine.clock import VirtualClock
from engine.flows.absorb import absorb, event_from_json, receive
from engine.flows.kit import Kit
from engine.ids import SeededIds
from engine.settings import Settings
from engine.simulation.run import virtual_world
from engine.simulation.simulate import Plan
from engine.store import tables as t
from engine.store.tables.metadata import metadata
from tests.databases import START
from tests.flows.conftest import open_moody, settings_for, world_at
from tests.flows.content import small_library
from tests.flows.moody import Moody
from tests.flows.story import ANN, HOUR, MINUTE, Story
from tests.servers import SqliteFolder
from tests.simulation.worlds import lived

TIMES_MAX = 46
"""As many copies of one event as were reported to have come."""

LIFE = Plan(leads=12, days=25, seed=11)
HEARD_OF = {"senders": {"heard_at"}}  # that a provider still speaks is news each time


@pytest.fixture(scope="module")
def life(sqlite_folder: SqliteFolder) -> str:
    """Return the URL of a database in which some leads have lived for weeks; nobody has it open."""
    url = sqlite_folder.create_database()
    with lived(url, LIFE):
        pass
    return url


def _rows(kit: Kit) -> dict[str, set[str]]:
    """Return every row of every table, as text."""
    found = {}
    with kit.database.read() as connection:
        for table in metadata.sorted_tables:
            columns = [column for column in table.c if column.name not in HEARD_OF.get(table.name, set())]
            found[table.name] = {repr(tuple(row)) for row in connection.execute(select(*columns))}
    return found


def _many_times(events: Sequence[ProviderEvent], chooser: Random) -> Iterator[list[ProviderEvent]]:
    """Yield *events*, each up to TIMES_MAX times, in random order and batches of random size."""
    told = [event for event in events for _ in range(chooser.choice([1, 1, 2, 3, TIMES_MAX]))]
    chooser.shuffle(told)
    while told:
        count = chooser.randint(1, 200)
        yield told[:count]
        del told[:count]


@pytest.mark.parametrize("seed", range(3))
def test_all_that_was_ever_told_changes_nothing_when_it_is_told_again(
    life: str, sqlite_folder: SqliteFolder, seed: int
) -> None:
    url = sqlite_folder.create_database(life)
    end = LIFE.start + timedelta(days=LIFE.days + 1)
    again = Settings(database_url=url, secret_key="only for tests", _env_file=None)
    kit = open_kit(again, virtual_world(5, end))
    with kit.database.read() as connection:
        stored = connection.execute(select(t.provider_events.c.event)).scalars().all()
    before = _rows(kit)

    for batch in _many_times([event_from_json(one) for one in stored], Random(seed)):
        receive(kit, batch)
        absorb(kit)

    after = _rows(kit)
    kit.database.close()
    assert len(stored) > 50
    assert {name: after[name] ^ before[name] for name in after if after[name] != before[name]} == {}


PLAN = (
    "name: plan\nenter: {when: manual}\nstages:\n  - {id: hello, email: hello, window: any}\n"
    "  - {id: hi, sms: hi, after: 1 minute, window: any}\n  - {id: later, email: hello, after: 30 days}"
)

SAID: dict[str, tuple[EventKind, Channel, str | None]] = {
    "delivered": (EventKind.DELIVERED, Channel.EMAIL, None),
    "deferred": (EventKind.DEFERRED, Channel.EMAIL, None),
    "bounced": (EventKind.BOUNCED, Channel.EMAIL, None),
    "opened": (EventKind.OPENED, Channel.EMAIL, None),
    "clicked": (EventKind.CLICKED, Channel.EMAIL, None),
    "complained": (EventKind.COMPLAINED, Channel.EMAIL, None),
    "unsubscribed": (EventKind.UNSUBSCRIBED, Channel.EMAIL, None),
    "text delivered": (EventKind.DELIVERED, Channel.SMS, None),
    "text undelivered": (EventKind.UNDELIVERED, Channel.SMS, None),
    "stop": (EventKind.REPLIED, Channel.SMS, "STOP"),
    "leave me alone": (EventKind.REPLIED, Channel.EMAIL, "Please leave me alone, stop everything"),
    "question": (EventKind.REPLIED, Channel.EMAIL, "How much would it be?"),
}


@pytest.fixture(scope="module")
def touched(sqlite_folder: SqliteFolder, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a database in which Ann got an email and a text, of which nothing was told yet."""
    url = sqlite_folder.create_database()
    clock = VirtualClock(START)
    prepare(settings_for(url), world_at(clock), library=small_library(tmp_path_factory.mktemp("t"))).database.close()
    provider = Moody()
    kit = replace(open_moody(url, world_at(clock), provider), ids=SeededIds(8, clock.now))
    story = Story(kit=kit, clock=clock, provider=provider)
    story.enters(story.arrives(source="fair"), story.plan(PLAN))
    story.live(timedelta(hours=6))
    kit.database.close()
    return url


def _told(story: Story, names: Sequence[str]) -> list[ProviderEvent]:
    """Return what *names* stand for, in the order in which it happened."""
    by_channel = {row["channel"]: MessageId(row["id"]) for row in story.messages(state="accepted")}
    events = []
    for place, name in enumerate(names):
        kind, channel, text = SAID[name]
        address = ANN.email if channel is Channel.EMAIL else ANN.phone
        event = ProviderEvent(
            provider="sandbox",
            event_id=f"e{place}",
            kind=kind,
            channel=channel,
            at=story.now() + place * MINUTE,
            message_id=by_channel[channel],
            address=address,
            text=text,
        )
        events.append(event)
    return events


def _ending(url: str, sqlite_folder: SqliteFolder, names: Sequence[str], chooser: Random | None) -> dict[str, Any]:
    """Return how it ends when all of *names* is told: in order and once, or as *chooser* has it."""
    copy = sqlite_folder.create_database(url)
    clock = VirtualClock(START + timedelta(days=1))
    provider = Moody()
    kit = replace(open_moody(copy, world_at(clock), provider), ids=SeededIds(9, clock.now))
    story = Story(kit=kit, clock=clock, provider=provider)
    events = _told(story, names)
    clock.move_to(clock.now() + HOUR)
    for batch in [[one] for one in events] if chooser is None else _many_times(events, chooser):
        receive(kit, batch)
        if chooser is None or chooser.random() < 0.5:
            absorb(kit)
    absorb(kit)
    story.run()
    ending = _state(story)
    kit.database.close()
    sqlite_folder.drop_database(copy)
    return ending


def _state(story: Story) -> dict[str, Any]:
    instants = ("delivered_at", "bounced_at", "opened_at", "clicked_at", "complained_at")
    rows: dict[str, Iterable[Any]] = {
        # Whether a confirmation of a stop was out before the next stop came is a matter of seconds, not of order.
        "messages": (
            (row["stage"], row["state"], row["delivery"], *(row[name] for name in instants))
            for row in story.messages()
            if row["stage"]
        ),
        "enrollments": ((row["sequence"], row["status"]) for row in story.rows(t.enrollments)),
        "permission": _permission(story),
        "suppressions": story.suppressed(),
        "tasks": ((row["kind"], row["state"]) for row in story.tasks()),
        "unheard": (row["event_id"] for row in story.rows(t.provider_events, applied_at=None)),
        "events": (row["event_id"] for row in story.rows(t.provider_events)),
    }
    return {name: sorted(map(repr, found)) for name, found in rows.items()}


def _permission(story: Story) -> set[tuple[str, str, str]]:
    """Return what is granted and withdrawn: a stop for everything says no more where everything was stopped before."""
    return {
        (row["channel"], purpose, row["kind"])
        for row in story.rows(t.consent_facts)
        for purpose in ([row["purpose"]] if row["purpose"] else ["marketing", "service"])
    }


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(names=st.lists(st.sampled_from(sorted(SAID)), min_size=2, max_size=7, unique=True), seed=st.integers(0, 9_999))
def test_whatever_order_callbacks_come_in_they_end_in_the_same_state(
    touched: str, sqlite_folder: SqliteFolder, names: list[str], seed: int
) -> None:
    in_order = _ending(touched, sqlite_folder, names, None)
    mixed = _ending(touched, sqlite_folder, names, Random(seed))

    assert mixed == in_order
