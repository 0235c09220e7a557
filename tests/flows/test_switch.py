"""The one switch, and the pause of a sender, a channel or a sequence, turned while workers send: nothing is put on record after, nothing starts later."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from random import Random
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import func, select

from channels.address import Channel
from engine.clock import SystemClock
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.flows.going_live import pause_sender, resume_sender, switch_sending
from engine.flows.kit import Kit
from engine.flows.steering import pause_channel, pause_sequence, resume_channel, resume_sequence
from engine.store import senders
from engine.store import tables as t
from tests.benchmarks.town import MACHINE_CHANNELS, Witness, broken_invariants, open_town, settle
from tests.servers import PostgresServer

LEADS = 500
TURNS = 6
TURNS_MAX = 60  # on a busy machine few calls are open when it is turned
WORKERS = 4


class WatchfulClock(SystemClock):
    """The machine's clock; who is about to wait is seen before."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look

    def sleep(self, seconds: float) -> None:
        """Look, then sleep."""
        self._look()
        super().sleep(seconds)


@pytest.fixture
def busy(postgres_server: PostgresServer) -> Iterator[tuple[Kit, list[Witness]]]:
    """Return an installation with a backlog, and the providers' own account."""
    url = postgres_server.create_database()
    witnesses = [Witness(channel, seconds_per_call=0.002) for channel in MACHINE_CHANNELS]
    with open_town(url, witnesses) as kit:
        settle(kit, LEADS)
        yield kit, witnesses
    postgres_server.drop_database(url)


def attempts_of(kit: Kit) -> tuple[int, datetime | None]:
    """Return how many attempts are on record, and when the last began."""
    with kit.database.read() as connection:
        count, latest = connection.execute(select(func.count(), func.max(t.attempts.c.started_at))).one()
        return count, latest


def calls_after(witnesses: list[Witness], instant: float, until: float) -> list[float]:
    return [at for one in witnesses for calls in one.calls.values() for at in calls if instant < at < until]


class Workers:
    """Threads that send what is due until they are told to end."""

    def __init__(self, kit: Kit) -> None:
        self._kit, self._over = kit, Event()
        self._threads = ThreadPoolExecutor(WORKERS)
        self._running = [self._threads.submit(self._work) for _ in range(WORKERS)]

    def _work(self) -> None:
        while not self._over.is_set():
            if not advance(self._kit, 20) + deliver(self._kit, FIRST, limit=20):
                self._over.wait(0.005)

    def let_work(self, seconds: float) -> None:
        """Let them go on for so long."""
        self._over.wait(seconds)

    def end(self) -> None:
        """Wait for them; an error of theirs is raised here."""
        self._over.set()
        for one in self._running:
            one.result()
        self._threads.shutdown()


def turns(kit: Kit, way: str) -> tuple[Callable[[Kit], object], Callable[[], object]]:
    """Return how sending is stopped and goes on: by the switch, or by one of the pauses that cover all that is busy."""
    with kit.database.read() as connection:
        (emailing,) = (one for one in senders.all_senders(connection) if one.channel == "email")
    if way == "the switch":
        return (
            lambda watchful: switch_sending(watchful, is_stopped=True, by="ann"),
            lambda: switch_sending(kit, is_stopped=False, by="ann"),
        )
    if way == "a channel's pause":
        return (
            lambda watchful: pause_channel(watchful, Channel.EMAIL, by="ann"),
            lambda: resume_channel(kit, Channel.EMAIL, by="ann"),
        )
    if way == "a sequence's pause":
        with kit.database.read() as connection:
            (name,) = connection.execute(select(t.enrollments.c.sequence).distinct()).scalars()
        return lambda watchful: pause_sequence(watchful, name, by="ann"), lambda: resume_sequence(kit, name, by="ann")
    return lambda watchful: pause_sender(watchful, emailing, by="ann"), lambda: resume_sender(kit, emailing, by="ann")


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.parametrize("way", ["the switch", "a pause", "a channel's pause", "a sequence's pause"])
def test_nothing_is_put_on_record_after_a_stop_and_nothing_starts_after_it_is_reported(
    busy: tuple[Kit, list[Witness]], way: str
) -> None:
    kit, witnesses = busy
    random = Random(5)
    seen: list[tuple[int, datetime | None]] = []
    late_attempts: list[object] = []
    late_calls: list[float] = []
    waited = 0
    watchful = replace(kit, clock=WatchfulClock(lambda: seen.append(attempts_of(kit))))
    stop, go_on = turns(kit, way)
    workers = Workers(kit)

    for turn in range(TURNS_MAX):
        if turn >= TURNS and waited:
            break
        workers.let_work(random.uniform(0.05, 0.25))
        seen.clear()
        stop(watchful)
        reported = monotonic()
        waited += len(seen)
        workers.let_work(0.3)
        # What was on record when it began to wait, after its commit, is all there ever is.
        late_attempts += [(one, attempts_of(kit)) for one in seen if one != attempts_of(kit)]
        late_calls += calls_after(witnesses, reported, monotonic())
        go_on()
    workers.end()

    assert waited > 0
    assert late_attempts == []
    assert late_calls == []
    assert sum(len(one.calls) for one in witnesses) > 20
    assert broken_invariants(kit) == []
