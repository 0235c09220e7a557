"""Experiment 1: what lock + gate + attempt cost per message, and whether a stop ever loses against a send.

The results stand in `docs/decisions/0004-lock-gate-attempt-in-one-transaction.md`.
"""

import sys
from random import Random
from threading import Event, Thread
from time import monotonic, perf_counter

import pytest

from engine.flows import deliver as delivery
from engine.flows.advance import advance
from engine.flows.claiming import FIRST, claim
from engine.flows.dispatch import commit_attempts
from engine.flows.kit import Kit
from engine.flows.withdraw import Stop, withdraw
from tests.benchmarks.town import MACHINE_CHANNELS, Witness, broken_invariants, open_town, settle
from tests.servers import DatabaseServer

pytestmark = pytest.mark.benchmark

LEADS = 2_000
STOPS = 1_000


def say(line: str) -> None:
    """Print a finding past pytest's capture."""
    sys.stderr.write(f"\n{line}")


@pytest.mark.parametrize("batch", [50, 200])
def test_cost_of_lock_gate_attempt(database_server: DatabaseServer, batch: int) -> None:
    """Print microseconds per message of the dispatch transaction beside a bare insert of the attempts."""
    url = database_server.create_database()
    with open_town(url, [Witness(channel) for channel in MACHINE_CHANNELS]) as kit:
        settle(kit, LEADS)
        while advance(kit):
            pass

        seconds, count = 0.0, 0
        for taken in claim(kit, FIRST, LEADS):
            prepared, _ = delivery._prepare(kit, taken)
            for start in range(0, len(prepared), batch):
                began = perf_counter()
                count += len(commit_attempts(kit, taken.token, prepared[start : start + batch]))
                seconds += perf_counter() - began
        floor = _floor_seconds(kit, count, batch)

        assert count >= LEADS
        say(
            f"{database_server.kind}, batches of {batch}: {seconds / count * 1e6:.0f} us a message, "
            f"{seconds / floor:.1f} x a bare commit of as many rows"
        )


def test_no_call_starts_after_a_stop_is_acknowledged(database_server: DatabaseServer) -> None:
    """Race 1,000 random stops against workers that are sending, by the adapter's own account."""
    url = database_server.create_database()
    witnesses = [Witness(channel, seconds_per_call=0.002) for channel in MACHINE_CHANNELS]
    with open_town(url, witnesses) as kit:
        lead_ids = settle(kit, STOPS)
        stopped_at, waits = _race(kit, lead_ids)

        late = [
            number
            for number, at in stopped_at.items()
            for witness in witnesses
            for address in (f"lead{number}@example.com", f"+1212555{number:04d}")
            for called in witness.calls.get(address, [])
            if called > at
        ]
        sent = sum(len(calls) for witness in witnesses for calls in witness.calls.values())
        say(f"{database_server.kind}: {len(stopped_at)} stops, {sent} calls, late {len(late)}; {waits}")
        assert late == []
        assert broken_invariants(kit) == []


def _floor_seconds(kit: Kit, count: int, batch: int) -> float:
    rows = [{"number": number} for number in range(batch)]
    with kit.database.write() as connection:
        connection.exec_driver_sql("create table floor (number integer)")
    began = perf_counter()
    for _ in range(0, count, batch):
        with kit.database.write() as connection:
            connection.exec_driver_sql(
                "insert into floor (number) values (:number)"
                if kit.database.is_sqlite
                else "insert into floor (number) values (%(number)s)",
                rows,
            )
    return perf_counter() - began


def _race(kit: Kit, lead_ids: list[str]) -> tuple[dict[int, float], str]:
    stop, stopped_at, took = Event(), {}, []

    def send(lane: str) -> None:
        while not stop.is_set():
            if not advance(kit) + delivery.deliver(kit, lane, limit=50):
                stop.wait(0.01)

    def withdraw_share(share: int) -> None:
        numbers = list(range(share, len(lead_ids), 4))
        Random(share).shuffle(numbers)
        for number in numbers:
            began = monotonic()
            withdraw(
                kit,
                lead_ids[number],
                Stop(channels=frozenset(), source="experiment", wording="stop", recorded_by="experiment"),
            )
            stopped_at[number] = monotonic()
            took.append(stopped_at[number] - began)

    senders = [Thread(target=send, args=(FIRST,)) for _ in range(3)]
    stoppers = [Thread(target=withdraw_share, args=(share,)) for share in range(4)]
    for thread in senders + stoppers:
        thread.start()
    for thread in stoppers:
        thread.join(timeout=300)
    stop.set()
    for thread in senders:
        thread.join(timeout=60)
    took.sort()
    return (
        stopped_at,
        f"a stop took p50 {took[len(took) // 2] * 1e3:.0f} ms, p99 {took[len(took) * 99 // 100] * 1e3:.0f} ms",
    )
