"""Receipts are taken as they arrive, and none is kept back by one that does not."""

from collections.abc import Callable, Iterator
from threading import Event

import pytest

from engine.flows.arriving import runs, runs_as_they_arrive


def test_what_has_arrived_does_not_wait_for_what_has_not() -> None:
    release = Event()

    def slowly() -> Iterator[int]:
        yield from range(3)
        release.wait(timeout=30)
        yield 3

    gathered = runs_as_they_arrive(slowly(), 50)

    early: list[int] = []
    while len(early) < 3:
        early += next(gathered)
    release.set()
    assert early == [0, 1, 2]
    assert [one for run in gathered for one in run] == [3]


@pytest.mark.parametrize("gather", [runs, runs_as_they_arrive])
@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 120])
def test_nothing_is_lost_doubled_or_out_of_order(
    gather: Callable[[Iterator[int], int], Iterator[list[int]]], count: int
) -> None:
    taken = list(gather(iter(range(count)), 50))

    assert [one for run in taken for one in run] == list(range(count))
    assert all(0 < len(run) <= 50 for run in taken)


def test_an_error_comes_after_everything_before_it() -> None:
    def failing() -> Iterator[int]:
        yield from range(3)
        raise RuntimeError("the loop is gone")

    taken: list[int] = []
    gathered = runs_as_they_arrive(failing(), 3)

    taken += next(gathered)

    assert taken == [0, 1, 2]
    with pytest.raises(RuntimeError, match="the loop is gone"):
        next(gathered)
