"""Jobs that take turns: each on a thread of its own, exactly one of which runs, until it pauses, ends or dies.

So the flows run as they are, in plain calls, and still stop wherever a seam lets them; what comes next is one seed's choice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, Thread
from typing import Protocol

from engine.store.errors import StoreError


class Died(BaseException):  # no `except Exception` may outlive its process
    """The process ended here."""


class Mortal(Protocol):
    """Whoever works on jobs; *life* counts its starts."""

    name: str
    life: int


@dataclass(eq=False, kw_only=True)
class Job:
    """One piece of work of one process, under way."""

    name: str
    process: Mortal
    life: int
    act: Callable[[], object]
    ready_at: datetime  # paused until then
    is_done: bool = False
    found: object = None  # what *act* returned
    error: BaseException | None = None  # what no process should meet
    statements_left: int | None = None  # before the database stops answering this transaction
    dies_there: bool = False  # or before the process dies in it
    thread: Thread | None = None
    go: Lock = field(default_factory=Lock)


def is_over(job: Job) -> bool:
    """Return whether *job* ended, by itself or with its process."""
    return job.is_done


class Baton:
    """Hands the turn to one job at a time, and takes it back."""

    def __init__(self) -> None:
        self.current: Job | None = None
        self._turn = Lock()
        self._turn.acquire()

    def resume(self, job: Job) -> None:
        """Let *job* run until it pauses or ends."""
        assert self.current is None
        assert not job.is_done
        self.current = job
        if job.thread is None:
            job.go.acquire()
            job.thread = Thread(target=self._run, args=(job,), daemon=True)
            job.thread.start()
        else:
            job.go.release()
        self._turn.acquire()
        self.current = None
        if is_over(job):
            job.thread.join()

    def pause(self, until: datetime) -> None:
        """Give the turn back, from within the job that has it; go on when it is resumed, or die with its process."""
        job = self.current
        assert job is not None
        job.ready_at = until
        self._turn.release()
        job.go.acquire()
        if job.life != job.process.life:
            raise Died

    def _run(self, job: Job) -> None:
        try:
            job.found = job.act()
        except (Died, StoreError):
            pass  # a dead process says nothing, and a job that met no database is rung for again
        except BaseException as error:  # noqa: BLE001 - whatever it is, the seed must tell it
            job.error = error
        job.is_done = True
        self._turn.release()
