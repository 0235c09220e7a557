"""The bell: it carries no work, so it may be lost, doubled or late."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import pytest
from dramatiq.brokers.stub import StubBroker

from channels.message import Outbound
from engine.flows.advance import advance
from engine.flows.claiming import FIRST, MAIN
from engine.flows.kit import Kit
from engine.jobs import (
    QUEUES,
    UPKEEP,
    WAITING_MAX,
    WORK_SECONDS,
    Bells,
    _waiting,
    _work_off,
    declare,
    make_brokers,
    make_worker,
)
from engine.store import tables as t
from tests.flows.story import ANN, Story
from tests.servers import eventually, free_port

THREADS = 2  # that answer each queue


@contextmanager
def working(bells: Bells, *queues: str) -> Iterator[None]:
    """Answer the bells of *queues* inside the block."""
    workers = [make_worker(bells.brokers, queue, threads=THREADS) for queue in queues]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop(timeout=5_000)
        for broker in bells.brokers.values():
            broker.close()


def waiting(bells: Bells, queue: str) -> int:
    return _waiting(bells.brokers[queue], queue)


@pytest.fixture
def bells(kit: Kit) -> Bells:
    """Return the bells of one process."""
    return declare(make_brokers(None), kit)


def test_a_bell_wakes_a_worker_and_one_thing_leads_to_the_next(story: Story, bells: Bells) -> None:
    story.arrives()

    with working(bells, *QUEUES):
        bells.ring("advance")
        eventually(lambda: story.states().get("hello") == "accepted")

    assert [message.to for message in story.provider.taken] == [ANN.email]


def test_the_first_bell_answers_a_lead_without_the_main_lane(story: Story, bells: Bells) -> None:
    story.arrives()

    with working(bells, FIRST):
        bells.ring("first")
        eventually(lambda: story.states().get("hello") == "accepted")


def test_a_worker_answers_its_own_lane_only(story: Story, bells: Bells) -> None:
    story.arrives()

    with working(bells, FIRST):
        bells.ring("advance")
        bells.ring("first")
        eventually(lambda: bool(story.messages()))
        eventually(lambda: waiting(bells, FIRST) == 0)

        assert waiting(bells, UPKEEP) >= 1


def test_a_provider_that_hangs_keeps_nobody_from_planning(story: Story, bells: Bells) -> None:
    calls: list[Outbound] = []
    may_answer = Event()
    story.provider.before_call = calls.append
    story.provider.after_call = lambda _message: may_answer.wait(30)

    with working(bells, MAIN, UPKEEP):
        try:
            for number in range(THREADS):
                story.arrives(email=f"lead{number}@example.com", phone=None)
                advance(story.kit)
                story.write(lambda connection: connection.execute(t.messages.update().values(lane=MAIN)))
                bells.ring(f"deliver.{MAIN}")
                eventually(lambda count=number + 1: len(calls) == count)  # type: ignore[misc]
            story.arrives(email="late@example.com", phone=None)
            bells.ring("advance")
            eventually(lambda: len(story.messages()) == THREADS + 1)
            assert story.provider.taken == calls
        finally:
            may_answer.set()


def test_bells_too_many_find_nothing_to_do(story: Story, bells: Bells) -> None:
    story.arrives()

    with working(bells, *QUEUES):
        for _ in range(10):
            for name in bells.actors:
                bells.ring(name)
        eventually(lambda: story.states().get("hello") == "accepted")
        eventually(lambda: sum(waiting(bells, queue) for queue in QUEUES) == 0)

    assert len(story.provider.taken) == 1


def test_a_thousand_rings_leave_no_more_bells_than_the_bound(bells: Bells) -> None:
    """All in one process as well: whoever posts callbacks must not fill its memory with bells."""
    sharing = sum(actor.queue_name == FIRST for actor in bells.actors.values())

    rung = sum(bells.ring("first") for _ in range(1000))

    assert rung == waiting(bells, FIRST) == WAITING_MAX * sharing


def test_a_job_that_fails_is_not_tried_again_by_the_queue() -> None:
    tried: list[int] = []

    def fail() -> int:
        tried.append(1)
        raise RuntimeError

    assert _work_off("test", fail, lambda: False) == 0
    assert len(tried) == 1


def test_a_job_ends_while_there_is_more_to_do() -> None:
    rounds: list[float] = []

    def takes_a_second() -> int:
        rounds.append(1.0)
        return 1

    assert _work_off("test", takes_a_second, lambda: False, lambda: sum(rounds)) == len(rounds) == WORK_SECONDS + 1


def test_a_job_begins_nothing_more_once_its_worker_is_told_to_stop() -> None:
    rounds: list[int] = []

    def always() -> int:
        rounds.append(1)
        return 1

    assert _work_off("test", always, lambda: len(rounds) == 3) == len(rounds) == 3


def test_retries_are_nobodys_but_the_rows(bells: Bells) -> None:
    assert all(isinstance(broker, StubBroker) for broker in bells.brokers.values())
    assert all(actor.options["max_retries"] == 0 for actor in bells.actors.values())


def test_a_queue_that_cannot_be_reached_costs_a_bell_and_no_work(kit: Kit) -> None:
    bells = declare(make_brokers(f"redis://127.0.0.1:{free_port()}/0"), kit)

    assert bells.ring("advance") is False
