"""The heartbeat: it rings for what is due, a bounded number of bells, and survives what it cannot reach."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Never

import pytest
import redis
from sqlalchemy import delete

from channels.address import AddressKind
from channels.alarm import Alert, MemoryAlarm
from channels.events import EventKind
from channels.provider_lists import Listed
from engine.clock import SystemClock
from engine.domain.incident import GRACE, IncidentKind
from engine.flows.absorb import receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST, LANES
from engine.flows.incidents import raise_incident
from engine.flows.kit import Kit
from engine.flows.seal import seal_facts
from engine.flows.sync_lists import sync_lists
from engine.jobs import QUEUES, UPKEEP, WAITING_MAX, Bells, declare, make_brokers, make_worker
from engine.store import tables as t
from engine.store.database import Database
from engine.ticker import Ticker
from tests.flows.story import Story
from tests.jobs.test_jobs import waiting
from tests.servers import eventually, free_port


def close(bells: Bells) -> None:
    for broker in set(bells.brokers.values()):
        broker.close()


@pytest.fixture
def bells(kit: Kit) -> Iterator[Bells]:
    """Return bells that nobody answers."""
    bells = declare(make_brokers(None), kit)
    yield bells
    close(bells)


def test_nothing_due_rings_nothing(kit: Kit, bells: Bells) -> None:
    assert Ticker(kit, bells).tick() == []


def test_each_kind_of_due_work_rings_its_bell(story: Story, bells: Bells) -> None:
    ticker = Ticker(story.kit, bells)

    story.arrives()
    assert ticker.tick() == ["advance", "seal"]
    seal_facts(story.kit)
    advance(story.kit)
    assert ticker.tick() == ["deliver.first"]
    story.run()
    assert ticker.tick() == []
    receive(story.kit, [story.hear(EventKind.DELIVERED, message_id=story.message()["id"])])
    assert ticker.tick() == ["absorb"]


def test_lists_of_providers_ring_once_a_day_where_there_are_any(story: Story, bells: Bells) -> None:
    class Empty:
        name, kind = "empty", AddressKind.EMAIL

        def pages(self, _since: datetime | None, _until: datetime) -> Iterator[Sequence[Listed]]:
            return iter(())

    kit = replace(story.kit, lists=[Empty()])
    assert Ticker(story.kit, bells).tick() == []
    assert Ticker(kit, bells).tick() == ["sync_lists"]

    sync_lists(kit)
    assert Ticker(kit, bells).tick() == []
    story.pass_time(timedelta(days=1))
    assert Ticker(kit, bells).tick() == ["sync_lists"]


def test_bells_that_wait_are_bounded(story: Story, bells: Bells) -> None:
    """Nobody answers for a minute: the queue must not grow with it."""
    story.arrives()
    advance(story.kit)
    ticker = Ticker(story.kit, bells)

    for _ in range(60):
        ticker.tick()

    assert 1 <= waiting(bells, FIRST) <= WAITING_MAX * len(bells.actors)
    assert 1 <= waiting(bells, UPKEEP) <= WAITING_MAX * len(bells.actors)


@pytest.mark.parametrize("lane", LANES)
def test_what_a_paused_sender_has_due_rings_no_bell(story: Story, bells: Bells, lane: str) -> None:
    story.arrives()
    advance(story.kit)
    story.write(lambda connection: connection.execute(t.messages.update().values(lane=lane)))
    story.write(lambda connection: connection.execute(t.senders.update().values(is_paused=True)))

    assert f"deliver.{lane}" not in Ticker(story.kit, bells).tick()


def test_staff_are_told_beside_the_bells_however_long_that_takes(story: Story, bells: Bells) -> None:
    answered, gone = Event(), Event()

    class Slow(MemoryAlarm):
        def tell(self, said: Alert) -> Sequence[str]:
            answered.wait(10)
            told = super().tell(said)
            gone.set()
            return told

    alarm = Slow()
    kit = replace(story.kit, alarm=alarm)
    story.write(lambda c: raise_incident(kit, c, IncidentKind.LEDGER_BROKEN, "ledger", "the chain does not hold"))
    story.pass_time(GRACE)
    ticker = Ticker(kit, bells)

    ticker.tick()
    story.arrives()
    story.pass_time(timedelta(minutes=1))
    rung = ticker.tick()

    assert "advance" in rung
    assert alarm.heard == []
    answered.set()
    assert gone.wait(10)
    eventually(lambda: story.rows(t.incidents)[0]["told_at"] is not None)
    assert len(alarm.heard) == 1


def test_a_queue_that_cannot_be_reached_is_survived(story: Story) -> None:
    story.arrives()
    bells = declare(make_brokers(f"redis://127.0.0.1:{free_port()}/0"), story.kit)

    assert Ticker(story.kit, bells).tick() == []


def test_a_database_that_cannot_be_reached_is_survived(kit: Kit, bells: Bells) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    database = Database(url, SystemClock())

    assert Ticker(replace(kit, database=database), bells).tick() == []
    database.close()


def test_housekeeping_that_fails_does_not_silence_the_bells(story: Story, bells: Bells) -> None:
    story.arrives()

    class Untidy(Database):
        def __init__(self) -> None:
            self.clock = story.kit.database.clock
            self.engine = story.kit.database.engine
            self.subscriptions = story.kit.database.subscriptions
            self._writer = None

        def write(self) -> Never:
            raise OSError("the disk is full")

    kit = replace(story.kit, database=Untidy())

    assert "advance" in Ticker(kit, bells).tick()


@pytest.mark.redis
def test_a_queue_that_is_flushed_makes_work_late_and_loses_nothing(story: Story, redis_url: str) -> None:
    """The bells are gone with everything else in Redis; the rows are not."""
    kit = replace(story.kit, clock=SystemClock())
    bells = declare(make_brokers(redis_url), kit)
    leads = [story.arrives(email=f"lead{number}@example.com", phone=None) for number in range(20)]
    for _ in range(5):
        bells.ring("advance")
    with redis.Redis.from_url(redis_url) as connection:
        connection.flushall()
    assert waiting(bells, UPKEEP) == 0

    stop = Event()
    ticker = Thread(target=Ticker(kit, bells).run, args=(stop,))
    workers = [make_worker(bells.brokers, queue, threads=2) for queue in QUEUES]
    for worker in workers:
        worker.start()
    ticker.start()
    try:
        eventually(lambda: len(story.provider.taken) >= len(leads) // 2, within_seconds=20)
        with redis.Redis.from_url(redis_url) as connection:
            connection.flushall()
        eventually(lambda: len(story.provider.taken) >= len(leads), within_seconds=20)
    finally:
        stop.set()
        ticker.join()
        for worker in workers:
            worker.stop(timeout=5_000)
        close(bells)

    assert sorted(message.to for message in story.provider.taken) == sorted(f"lead{n}@example.com" for n in range(20))


def test_a_ticker_stops_when_it_is_told(kit: Kit, bells: Bells) -> None:
    stop = Event()
    ticker = Thread(target=Ticker(kit, bells).run, args=(stop,))

    ticker.start()
    stop.set()
    ticker.join(timeout=timedelta(seconds=5).total_seconds())

    assert not ticker.is_alive()


def test_an_attempt_that_was_left_behind_rings_for_the_reconciler(story: Story, bells: Bells) -> None:
    story.arrives()
    advance(story.kit)
    story.write(lambda connection: connection.execute(delete(t.decisions)))
    story.write(lambda connection: connection.execute(t.messages.update().values(state="sending", due_at=story.now())))

    assert "reconcile" in Ticker(story.kit, bells).tick()
