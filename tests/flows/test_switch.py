"""The one switch, and a sender's pause, turned while workers send: nothing is put on record after, nothing starts later."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from random import Random
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import func, select

from engine.clock import SystemClock
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.flows.going_live import pause_sender, resume_sender, switch_sending
from engine.flows.kit import Kit
from engine.store import senders
from engine.store import tables as t
from tests.benchmarks.town import MACHINE_CHANNELS, Witness, broken_invariants, open_town, settle
from tests.servers import PostgresServer

LEADS = 500
TURNS = 6
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


def attempts_of(kit: Kit) -> tuple[int, datetime | None, datetime]:
    """Return how many attempts are on record, when the last began, and what time it is."""
    with kit.database.read() as connection:
        count, latest = connection.execute(select(func.count(), func.max(t.attempts.c.started_at))).one()
        return count, latest, kit.database.now(connection)


def calls_after(witnesses: list[Witness], instant: float, until: float) -> list[float]:
    return [at for one in witnesses for calls in one.calls.values() for at in calls if instant < at < until]


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.parametrize("way", ["the switch", "a pause"])
def test_nothing_is_put_on_record_after_a_stop_and_nothing_starts_after_it_is_reported(
    busy: tuple[Kit, list[Witness]], way: str
) -> None:
    kit, witnesses = busy
    over, random = Event(), Random(5)
    with kit.database.read() as connection:
        # All that is due within this test are first emails, so one sender's pause stops it as the switch does.
        (emailing,) = (one for one in senders.all_senders(connection) if one.channel == "email")
    seen: list[tuple[int, datetime | None, datetime]] = []
    watchful = replace(kit, clock=WatchfulClock(lambda: seen.append(attempts_of(kit))))

    def work() -> None:
        while not over.is_set():
            if not advance(kit, 20) + deliver(kit, FIRST, limit=20):
                over.wait(0.005)

    def stop() -> None:
        if way == "the switch":
            switch_sending(watchful, is_stopped=True, by="ann")
            return
        pause_sender(watchful, emailing, by="ann")

    def go_on() -> None:
        if way == "the switch":
            switch_sending(kit, is_stopped=False, by="ann")
            return
        resume_sender(kit, emailing, by="ann")

    late_attempts, late_calls, waited = [], [], 0
    with ThreadPoolExecutor(WORKERS) as threads:
        running = [threads.submit(work) for _ in range(WORKERS)]
        for _ in range(TURNS):
            over.wait(random.uniform(0.05, 0.25))
            seen.clear()
            stop()
            reported = monotonic()
            waited += len(seen)
            over.wait(0.3)
            count, latest, _ = attempts_of(kit)
            # What was seen when it began to wait, after its commit, is all there ever is.
            if seen and (seen[-1][0] != count or seen[-1][1] != latest):
                late_attempts.append((seen[-1], count, latest))
            late_calls += calls_after(witnesses, reported, monotonic())
            go_on()
        over.set()
        for one in running:
            one.result()

    assert waited > 0
    assert late_attempts == []
    assert late_calls == []
    assert sum(len(one.calls) for one in witnesses) > 20
    assert broken_invariants(kit) == []
