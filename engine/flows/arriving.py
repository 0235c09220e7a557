"""Gather receipts as they arrive: soon on record, and yet many in one transaction.

An adapter is asked for its next receipt and may take half a minute over it. What it gave before must not wait so long
in memory, where a crash would lose it: so a thread of its own asks, and whoever records takes what there is.
"""

from collections.abc import Iterator
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")

GATHER_SECONDS = 0.05  # how long a receipt may wait for company


def runs(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    """Yield *items* in lists of *size*, the last one shorter."""
    while run := list(islice(items, size)):
        yield run


def runs_as_they_arrive(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    """Yield *items* in lists of up to *size*, keeping none back for long.

    An error of *items* is raised after everything that came before it was yielded.
    """
    arrived: SimpleQueue[Item | None] = SimpleQueue()  # None is the end
    problems: list[BaseException] = []

    def ask() -> None:
        try:
            for item in items:
                arrived.put(item)
        except BaseException as error:  # noqa: BLE001 - raised again where the receipts are taken
            problems.append(error)
        arrived.put(None)

    Thread(target=ask, name="receipts", daemon=True).start()
    is_over = False
    while not is_over:
        run, is_over = _gather(arrived, size)
        if run:
            yield run
    if problems:
        raise problems[0]


def _gather(arrived: "SimpleQueue[Item | None]", size: int) -> tuple[list[Item], bool]:
    """Return what has arrived, at least one item unless it is over, and whether it is."""
    run: list[Item] = []
    while len(run) < size:
        try:
            item = arrived.get(timeout=GATHER_SECONDS if run else None)
        except Empty:
            break
        if item is None:
            return run, True
        run.append(item)
    return run, False
