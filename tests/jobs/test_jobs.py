"""The bell: it carries no work, so it may be lost, doubled or late."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dramatiq.brokers.stub import StubBroker

from engine.flows.claiming import FIRST, MAIN
from engine.flows.kit import Kit
from engine.jobs import ROUNDS_MAX, WAITING_MAX, Bells, _waiting, _work_off, declare, make_brokers, make_worker
from tests.flows.story import ANN, Story
from tests.servers import eventually, free_port


@contextmanager
def working(bells: Bells, *lanes: str) -> Iterator[None]:
    """Answer the bells of *lanes* inside the block."""
    workers = [make_worker(bells.brokers, lane, threads=2) for lane in lanes]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop(timeout=5_000)
        for broker in bells.brokers.values():
            broker.close()


def waiting(bells: Bells, lane: str) -> int:
    return _waiting(bells.brokers[lane], lane)


@pytest.fixture
def bells(kit: Kit) -> Bells:
    """Return the bells of one process."""
    return declare(make_brokers(None), kit)


def test_a_bell_wakes_a_worker_and_one_thing_leads_to_the_next(story: Story, bells: Bells) -> None:
    story.arrives()

    with working(bells, FIRST, MAIN):
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

        assert waiting(bells, MAIN) >= 1


def test_bells_too_many_find_nothing_to_do(story: Story, bells: Bells) -> None:
    story.arrives()

    with working(bells, FIRST, MAIN):
        for _ in range(10):
            for name in bells.actors:
                bells.ring(name)
        eventually(lambda: story.states().get("hello") == "accepted")
        eventually(lambda: waiting(bells, FIRST) + waiting(bells, MAIN) == 0)

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
    rounds: list[int] = []

    def always() -> int:
        rounds.append(1)
        return 1

    assert _work_off("test", always, lambda: False) == len(rounds) == ROUNDS_MAX


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
