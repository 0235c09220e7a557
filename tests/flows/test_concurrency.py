"""Many workers at once on PostgreSQL: no circle of locks, nothing twice, and no call after a stop was answered."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from threading import Lock

import pytest

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId, Outbound, Receipt, TextContent
from engine.bootstrap import World
from engine.clock import SystemClock
from engine.domain.task import TaskOutcome
from engine.flows.absorb import absorb, receive
from engine.flows.advance import advance
from engine.flows.claiming import LANES
from engine.flows.deliver import deliver
from engine.flows.draft import Draft
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.flows.reconcile import reconcile
from engine.flows.settle_task import NoSuchTask, settle_task
from engine.flows.withdraw import Stop, withdraw
from engine.ids import SystemIds
from engine.journal import FileJournal
from engine.store import tables as t
from tests.databases import START
from tests.flows.conftest import open_moody
from tests.flows.content import publish_plan
from tests.flows.moody import Mood, Moody
from tests.flows.story import ANN, GRANTED, grants
from tests.servers import PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

SECONDS = 15.0
LEADS, FIRST_LEADS = 150, 50
PLAN = """\
name: busy
enter: {when: lead.created}
stages:
  - {id: hello, email: hello, window: any}
  - {id: ring, call: ring, wait: no, window: any}
  - {id: text, sms: hi, window: any}
"""
BESIDE = """\
name: beside
exclusive: no
enter: {when: lead.created}
stages:
  - {id: news, email: news, window: any}
  - {id: tip, voicemail: tip, window: any}
"""


class DaytimeClock(SystemClock):
    """The machine's clock, set to a Monday morning: phones are quiet at night, whenever these tests run."""

    is_virtual = True  # so that the database counts in it, too

    def __init__(self) -> None:
        super().__init__()
        self._ahead = START - super().now()

    def now(self) -> datetime:
        """Return the instant as it would be if it were Monday."""
        return super().now() + self._ahead


CONFIRMS = "got your STOP"  # as `sms/stop-confirmed` of these tests says


class Notebook:
    """What happened when, by the monotonic clock that all threads share."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.calls: list[tuple[float, str, Channel]] = []
        self.stops: list[tuple[float, str, frozenset[Channel]]] = []

    def called(self, message: Outbound) -> None:
        """Note the first byte of a call; a confirmation is the one answer that a stop may have."""
        if isinstance(message.content, TextContent) and CONFIRMS in message.content.body:
            return
        with self._lock:
            self.calls.append((time.monotonic(), message.to, message.channel))

    def answered(self, addresses: list[str | None], channels: frozenset[Channel]) -> None:
        """Note that a stop was answered."""
        at = time.monotonic()
        with self._lock:
            self.stops += [(at, address, channels) for address in addresses if address]


@pytest.fixture
def postgres_kit(
    postgres_server: PostgresServer, published_template: str, tmp_path: Path
) -> Iterator[tuple[Kit, Moody, Notebook]]:
    """Return an installation on PostgreSQL and the real clock, served by a slow provider that is often unwell."""
    if not published_template.startswith("postgresql"):
        pytest.skip("one writer at a time: nothing can happen at once on SQLite")
    url = postgres_server.create_database(published_template)
    random, notebook, clock = Random(11), Notebook(), DaytimeClock()

    def mood_for(_message: Outbound) -> Mood:
        clock.sleep(random.uniform(0, 0.02))
        chance = random.random()
        if chance < 0.05:
            return Mood(takes=False, receipt=Receipt.refused("throttled", "slower"))  # type: ignore[arg-type]
        return Mood(receipt=Receipt.unknown("reset")) if chance < 0.1 else Mood()

    provider = Moody(mood_for=mood_for, after_call=notebook.called)
    world = World(clock=clock, ids=SystemIds(), journal=FileJournal(tmp_path, "w"), journals=tmp_path)
    kit = open_moody(url, world, provider)
    yield kit, provider, notebook
    kit.database.close()
    world.journal.close()
    postgres_server.drop_database(url)


def drafts() -> list[Draft]:
    """Return leads; of the first ones some share a phone, so that no newcomer opens a stopped number again."""
    return [
        replace(
            ANN,
            email=f"lead{number}@example.com",
            phone=f"+1212555{100 + (number % 40 if number < FIRST_LEADS else number):04d}",
            first_name=f"Lead {number}",
            grants=grants(*GRANTED),
            company="",
        )
        for number in range(LEADS)
    ]


def stop_at_random(kit: Kit, notebook: Notebook, random: Random, lead_ids: list[str]) -> None:
    """Let one lead stop in one of many ways; note when the answer came."""
    lead_id = random.choice(lead_ids)
    with kit.database.read() as connection:
        row = connection.execute(t.leads.select().where(t.leads.c.id == lead_id)).mappings().one()
    way = random.randrange(4)
    if way == 0:
        withdraw(kit, lead_id, Stop(channels=frozenset(), source="page", wording="", recorded_by="test"))
        notebook.answered([row["email"], row["phone"]], frozenset(Channel))
    elif way == 1:
        channels = frozenset({Channel.EMAIL})
        withdraw(kit, lead_id, Stop(channels=channels, source="page", wording="", recorded_by="test"))
        notebook.answered([row["email"]], channels)
    else:
        kind = EventKind.REPLIED if way == 2 else EventKind.BOUNCED
        sms, address = way == 2, row["phone"] if way == 2 else row["email"]
        event = ProviderEvent(
            provider="sandbox",
            event_id=kit.ids.new(),
            kind=kind,
            channel=Channel.SMS if sms else Channel.EMAIL,
            at=kit.clock.now(),
            address=address,
            text="STOP" if sms else None,
        )
        receive(kit, [event])
        covered = frozenset({Channel.SMS, Channel.VOICEMAIL}) if sms else frozenset({Channel.EMAIL})
        notebook.answered([address], covered)


def tell_events(kit: Kit, provider: Moody, random: Random) -> None:
    """Let the provider report on what it took, in any order, some of it twice."""
    taken = list(provider.taken)
    if not taken:
        return
    chosen = random.sample(taken, k=min(len(taken), 8))
    kinds = [EventKind.DELIVERED, EventKind.OPENED, EventKind.CLICKED, EventKind.COMPLAINED, EventKind.DEFERRED]
    weights = [6, 3, 3, 0, 1]
    events = [
        ProviderEvent(
            provider="sandbox",
            event_id=f"{message.id}-{kind}",
            kind=kind,
            channel=message.channel,
            at=kit.clock.now(),
            message_id=MessageId(message.id),
        )
        for message in chosen
        for kind in random.choices(kinds, weights, k=2)
    ]
    receive(kit, events)
    absorb(kit)


def settle_at_random(kit: Kit, random: Random) -> None:
    """Let a person do any open task."""
    with kit.database.read() as connection:
        ids = connection.execute(t.tasks.select().where(t.tasks.c.state == "open").limit(50)).mappings().all()
    if ids:
        outcomes = [TaskOutcome.REACHED, TaskOutcome.NO_ANSWER, TaskOutcome.DONE, TaskOutcome.NOT_NOW]
        try:
            settle_task(kit, random.choice(ids)["id"], random.choice(outcomes), by="ann")
        except NoSuchTask:
            return  # another person was quicker


def test_workers_stops_receipts_and_people_at_once(postgres_kit: tuple[Kit, Moody, Notebook]) -> None:
    kit, provider, notebook = postgres_kit
    publish_plan(kit, PLAN)
    publish_plan(kit, BESIDE)
    people = drafts()
    arrived = [one.lead_id for one in receive_leads(kit, people[:FIRST_LEADS], recorded_by="form")]
    until = time.monotonic() + SECONDS

    def keep(seed: int, act: Callable[[Random], object]) -> int:
        random, rounds = Random(seed), 0
        while time.monotonic() < until:
            act(random)
            rounds += 1
            kit.clock.sleep(0.002)
        return rounds

    fresh = people[FIRST_LEADS:]

    def arrive(random: Random) -> None:
        # Who comes again allows nothing new: a later grant would rightly undo a stop.
        again = [replace(draft, grants=()) for draft in random.sample(people[:FIRST_LEADS], k=2)]
        batch = [*again, *(fresh.pop() for _ in range(min(3, len(fresh))))]
        arrived.extend(one.lead_id for one in receive_leads(kit, batch, recorded_by="form"))
        kit.clock.sleep(0.05)

    acts: list[Callable[[Random], object]] = [
        lambda _random: [deliver(kit, lane, limit=30) for lane in LANES],
        lambda _random: [deliver(kit, lane, limit=30) for lane in LANES[::-1]],
        lambda _random: advance(kit, 20),
        lambda _random: advance(kit, 20),
        lambda random: stop_at_random(kit, notebook, random, arrived),
        lambda random: stop_at_random(kit, notebook, random, arrived),
        lambda random: tell_events(kit, provider, random),
        lambda random: tell_events(kit, provider, random),
        lambda random: settle_at_random(kit, random),
        lambda random: settle_at_random(kit, random),
        lambda _random: reconcile(kit),
        arrive,
        arrive,
    ]
    with ThreadPoolExecutor(len(acts)) as threads:
        running: list[Future[int]] = [threads.submit(keep, seed, act) for seed, act in enumerate(acts)]
        rounds = [one.result() for one in running]  # a circle of locks would be an error here

    assert min(rounds) > 3
    assert len(provider.taken) > LEADS / 2
    assert [count for count in Counter(message.id for message in provider.taken).values() if count > 1] == []
    late = [
        (called_at - stopped_at, channel)
        for stopped_at, stopped, channels in notebook.stops
        for called_at, address, channel in notebook.calls
        if address == stopped and channel in channels and called_at > stopped_at
    ]
    assert late == []
    assert len(notebook.stops) > 20
