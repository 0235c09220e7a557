"""Every web server rings through Redis, and a queue that does not answer keeps nobody waiting."""

import time
from dataclasses import replace

import pytest

from engine.clock import SystemClock
from engine.flows.claiming import FIRST
from engine.flows.kit import Kit
from engine.jobs import SILENT_SECONDS, WAITING_MAX, Silence, _waiting, declare, make_brokers
from engine.settings import Settings
from engine.web.app import bell_of
from tests.flows.conftest import clock, kit, kit_url, provider, published_template, settings_for
from tests.servers import free_port

__all__ = ["clock", "kit", "kit_url", "provider", "published_template"]

BELLS_OF_FIRST = 2  # how many bells share the lane: `first` and `deliver.first`


@pytest.mark.redis
def test_the_web_servers_bell_reaches_the_workers_of_other_processes(kit: Kit, redis_url: str) -> None:
    settings = settings_for("sqlite:///unused.db").model_copy(update={"redis_url": redis_url})

    bell_of(kit, settings)()

    assert _waiting(make_brokers(redis_url)[FIRST], FIRST) == 1


@pytest.mark.redis
def test_a_thousand_callbacks_leave_no_more_bells_than_the_bound(kit: Kit, redis_url: str) -> None:
    settings = settings_for("sqlite:///unused.db").model_copy(update={"redis_url": redis_url})
    ring = bell_of(kit, settings)

    for _ in range(1000):
        ring()

    assert 1 <= _waiting(make_brokers(redis_url)[FIRST], FIRST) <= WAITING_MAX * BELLS_OF_FIRST


def test_without_a_queue_there_is_no_bell_and_the_clock_finds_the_work(kit: Kit) -> None:
    assert bell_of(kit, Settings(_env_file=None))() is None


def test_a_queue_that_does_not_answer_is_left_alone_for_a_while(kit: Kit) -> None:
    instant = [100.0]
    bells = replace(
        declare(make_brokers(f"redis://127.0.0.1:{free_port()}/0"), replace(kit, clock=SystemClock())),
        silence=Silence(lambda: instant[0]),
    )

    assert not bells.ring("first")
    began = time.monotonic()
    assert not any(bells.ring("first") or bells.has_room("first") for _ in range(1000))
    assert time.monotonic() - began < 1.0
    assert bells.silence.lasts()
    instant[0] += SILENT_SECONDS
    assert not bells.silence.lasts()


def test_ringing_a_queue_that_is_down_takes_no_time(kit: Kit) -> None:
    bells = declare(make_brokers(f"redis://127.0.0.1:{free_port()}/0"), kit)
    began = time.monotonic()

    bells.ring("first")

    assert time.monotonic() - began < 1.0
