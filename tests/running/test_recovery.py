"""Redis gone, PostgreSQL restarted, a worker killed: all goes on by itself, and nothing is lost or doubled.

The stand-in's own account says what was sent.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from channels.standin.faults import Fault, FaultKind
from tests.running.house import House, open_house, until
from tests.servers import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow]

LEADS = 200


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Return a business whose servers run."""
    monkeypatch.chdir(tmp_path)
    with open_house(tmp_path) as house:
        yield house


def start_all(house: House) -> None:
    for words in (("work",), ("work", "--lane", "first"), ("tick",)):
        house.start(*words)


def each_once(house: House) -> None:
    """Everybody got one message, and the rows say so too."""
    assert set(house.sent().values()) == {1}
    assert len(house.sent()) == LEADS
    eventually(lambda: house.states() == {"accepted": LEADS}, within_seconds=20)


def test_redis_that_comes_up_last_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_house(tmp_path, with_redis=False) as house:
        start_all(house)
        house.leads_arrive(LEADS)
        eventually(lambda: "bell.unreachable" in house.told(), within_seconds=30)
        assert [part.poll() for part in house.running] == [None] * 3
        assert not house.sent()

        house.redis.start()

        until(house, LEADS)
        each_once(house)


def test_redis_flushed_and_restarted_makes_work_late_and_loses_nothing(house: House) -> None:
    start_all(house)
    house.leads_arrive(LEADS)
    until(house, 20)
    with redis.Redis.from_url(house.redis.url) as connection:
        connection.flushall()
    until(house, 100)
    house.redis.stop()
    house.redis.start()

    until(house, LEADS)
    each_once(house)


def test_a_restart_of_postgresql_is_survived_by_every_part(house: House) -> None:
    start_all(house)
    house.leads_arrive(LEADS)
    until(house, 50)
    house.postgres.stop()
    eventually(lambda: "database" in house.told(), within_seconds=10)
    house.postgres.start()

    eventually(lambda: house.states()["sending"] + house.states()["accepted"] > 0)
    house.leases_end()  # what was claimed or begun at that moment comes back when its lease ends
    until(house, LEADS)

    assert [part.poll() for part in house.running] == [None] * 3
    each_once(house)


def test_what_a_killed_worker_held_is_taken_up_by_others_and_nothing_is_sent_twice(house: House) -> None:
    house.standin.faults.add(Fault(kind=FaultKind.SLOW, seconds=0.3))
    worker, _first, _ticker = house.start("work"), house.start("work", "--lane", "first"), house.start("tick")
    house.leads_arrive(LEADS)
    until(house, 50)

    worker.send_signal(signal.SIGKILL)
    worker.wait()
    house.leases_end()
    house.start("work")
    eventually(lambda: house.states()["accepted"] + house.states()["unknown"] == LEADS, within_seconds=40)

    assert set(house.sent().values()) == {1}
    # Whose answer died with the worker is asked of a person and never sent again: it may have arrived, or not.
    unknown = house.states()["unknown"]
    assert LEADS - unknown <= len(house.sent()) <= LEADS
    assert house.reviews() == unknown


def test_a_worker_that_is_told_to_stop_finishes_or_gives_back_what_it_holds(house: House) -> None:
    house.standin.faults.add(Fault(kind=FaultKind.SLOW, seconds=1.0))
    worker, _ticker = house.start("work"), house.start("tick")
    house.leads_arrive(LEADS)
    until(house, 30)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=15) == 0
    states = house.states()
    assert (states["claimed"], states["sending"]) == (0, 0)
    assert states["accepted"] == sum(house.sent().values()) < LEADS
    house.standin.faults.clear()
    house.start("work")
    until(house, LEADS)
    each_once(house)
