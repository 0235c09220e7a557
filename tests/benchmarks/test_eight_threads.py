"""Experiment 2: one set of SQL under eight threads for a minute on both databases.

The results stand in `docs/decisions/0005-one-set-of-sql-for-two-databases.md`.
"""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from random import Random
from threading import Event, Thread
from time import perf_counter

import pytest
from sqlalchemy.exc import DBAPIError

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.sandbox import NAME as SANDBOX
from engine.flows.absorb import absorb, receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST, MAIN
from engine.flows.deliver import deliver
from engine.flows.kit import Kit
from engine.flows.withdraw import Stop, withdraw
from tests.benchmarks.town import MACHINE_CHANNELS, Witness, broken_invariants, open_town, settle
from tests.servers import DatabaseServer

pytestmark = pytest.mark.benchmark

SECONDS = 60
LEADS_AT_FIRST = 500


def test_eight_threads_for_a_minute(database_server: DatabaseServer) -> None:
    """Print what eight threads did in a minute, how long each step took, and what went wrong: nothing may."""
    url = database_server.create_database()
    with open_town(url, [Witness(channel) for channel in MACHINE_CHANNELS]) as kit:
        lead_ids = settle(kit, LEADS_AT_FIRST)
        numbers = count(LEADS_AT_FIRST)
        steps: dict[str, Callable[[Random], object]] = {
            "advance": lambda _random: advance(kit, 50),
            "deliver": lambda _random: deliver(kit, FIRST, 50) + deliver(kit, MAIN, 50),
            "absorb": lambda _random: absorb(kit, 100),
            "receive": lambda random: receive(kit, [_event(kit, random, next(numbers))]),
            "intake": lambda _random: lead_ids.extend(settle(kit, 1, first=next(numbers))),
            "stop": lambda random: _stop(kit, random.choice(lead_ids)),
        }
        took, errors = _run(steps)

        for name, seconds in sorted(took.items()):
            seconds.sort()
            p50, p99 = seconds[len(seconds) // 2], seconds[len(seconds) * 99 // 100]
            _say(
                f"{database_server.kind:10} {name:8} {len(seconds):6} times, p50 {p50 * 1e3:5.0f} ms, p99 {p99 * 1e3:6.0f} ms"
            )
        _say(
            f"{database_server.kind}: lock and other errors {dict(errors)}, broken invariants {broken_invariants(kit)}"
        )
        assert errors == Counter()
        assert broken_invariants(kit) == []


WORK = (
    ("advance", "deliver"),
    ("advance", "deliver"),
    ("deliver", "absorb"),
    ("receive",),
    ("receive", "absorb"),
    ("intake",),
    ("stop",),
    ("intake", "stop", "receive"),
)


def _run(steps: dict[str, Callable[[Random], object]]) -> tuple[dict[str, list[float]], Counter[str]]:
    done, errors = Event(), Counter[str]()
    took: dict[str, list[float]] = {name: [] for name in steps}

    def work(seed: int, names: tuple[str, ...]) -> None:
        random = Random(seed)
        while not done.is_set():
            for name in names:
                began = perf_counter()
                try:
                    steps[name](random)
                except DBAPIError as error:
                    errors[f"{name}: {type(error.orig).__name__}"] += 1
                took[name].append(perf_counter() - began)

    threads = [Thread(target=work, args=(seed, names)) for seed, names in enumerate(WORK)]
    for thread in threads:
        thread.start()
    done.wait(SECONDS)
    done.set()
    for thread in threads:
        thread.join(timeout=120)
    return took, errors


def _event(kit: Kit, random: Random, number: int) -> ProviderEvent:
    kind = random.choice(
        [EventKind.DELIVERED, EventKind.OPENED, EventKind.CLICKED, EventKind.REPLIED, EventKind.BOUNCED]
    )
    return ProviderEvent(
        provider=SANDBOX,
        event_id=f"event-{number}",
        kind=kind,
        channel=Channel.EMAIL,
        at=kit.clock.now() - timedelta(seconds=1),
        address=f"lead{random.randrange(LEADS_AT_FIRST)}@example.com",
        text="yes, please call me tomorrow" if kind is EventKind.REPLIED else None,
    )


def _stop(kit: Kit, lead_id: str) -> None:
    stop = Stop(channels=frozenset(), source="experiment", wording="stop", recorded_by="experiment")
    withdraw(kit, lead_id, stop)


def _say(line: str) -> None:
    sys.stderr.write(f"\n{line}")
