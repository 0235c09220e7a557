"""One seed's world: its time, its story, and the seams where processes pause, fail and die."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Any

from sqlalchemy.exc import OperationalError

from engine.store.errors import Unreachable
from tests.databases import START
from tests.dst.baton import Baton, Died, Job, Mortal
from tests.dst.weather import Weather

SECOND = timedelta(seconds=1)


class Violation(AssertionError):
    """A promise was broken; the argument says which and how."""


@dataclass(kw_only=True)
class World:
    """Everything that one seed decides, and the only source of chance."""

    seed: int
    random: Random
    weather: Weather
    baton: Baton
    now: datetime = START
    database_ahead: timedelta = timedelta()  # how far the database's clock is off
    down_until: datetime = START  # the database answers nobody before
    is_faulty: bool = True

    def __post_init__(self) -> None:
        self.story: list[str] = []
        self.die: Callable[[Mortal, str], None] = lambda _process, _where: None
        self.worst_moment: Callable[[str | None], None] = lambda _to: None
        self.committed: Callable[[], None] = lambda: None
        self.waits: Callable[[float], None] = lambda _seconds: None

    def say(self, text: str) -> None:
        """Tell one more step of the story."""
        job = self.baton.current
        who = f"{job.process.name} {job.name}: " if job else ""
        self.story.append(f"{(self.now - START).total_seconds():>13.3f}  {who}{text}")

    def trace(self) -> str:
        """Return a hash of the whole story: the same seed gives the same."""
        return blake2b("\n".join(self.story).encode(), digest_size=8).hexdigest()

    def chance(self, probability: float) -> bool:
        """Return whether a fault strikes here."""
        return self.is_faulty and probability > 0 and self.random.random() < probability

    def database_now(self) -> datetime:
        """Return what the database's clock shows."""
        return self.now + self.database_ahead

    # Seams: called on the thread of a job, outside any transaction unless said otherwise

    def point(self, where: str, *, to: str | None = None, needs_database: bool = False) -> None:
        """Let happen here what the seed wants: death, an unreachable database, a stop by whom *to* is, a pause."""
        job = self.baton.current
        if job is None or not self.is_faulty:
            return
        if self.chance(self.weather.crash):
            self._end(job, where)
        if needs_database:
            self._maybe_unreachable()
        if job.name.startswith("deliver") and self.chance(self.weather.worst_stop / (1 if to else 8)):
            self.worst_moment(to)
            self.rest(self.random.choice((0.3, 0.8, 1.5, 2.5)))
        elif self.chance(self.weather.pause):
            self.rest(self._seconds())

    def rest(self, seconds: float) -> None:
        """Let *seconds* pass for the job that runs; without one, for everybody."""
        if self.baton.current is None:
            self.now += timedelta(seconds=seconds)
            return
        if seconds >= 1:
            self.say(f"stands still for {seconds:.1f} s")
        self.baton.pause(self.now + timedelta(seconds=seconds))

    def begin_transaction(self) -> None:
        """Decide whether the transaction that begins now will be cut off, and after how many statements."""
        job = self.baton.current
        if job is not None:
            is_cut = self.chance(self.weather.statement)
            job.statements_left = self.random.randint(1, 12) if is_cut else None
            job.dies_there = is_cut and self.random.random() < 0.5

    def statement(self) -> None:
        """Cut the transaction off, if this is the statement; called inside it."""
        job = self.baton.current
        if job is None or job.statements_left is None:
            return
        job.statements_left -= 1
        if job.statements_left <= 0:
            self.cut_off("at a statement")

    def before_commit(self) -> None:
        """Cut off at the commit what was to be cut off later; called inside the transaction."""
        job = self.baton.current
        if job is not None and job.statements_left is not None:
            self.cut_off("before the commit")

    def cut_off(self, where: str) -> None:
        """End the transaction of the job that runs without a commit."""
        job = self.baton.current
        assert job is not None
        job.statements_left = None
        if job.dies_there:
            self._end(job, where)
        self.say(f"the database goes away {where}")
        raise OperationalError("simulated", {}, ConnectionError("server closed the connection"))

    def after_commit(self) -> None:
        """Lose the answer of a commit, or die after it, or pause."""
        if self.baton.current is not None and self.chance(self.weather.lost_commit):
            self.say("the commit is done, its answer lost")
            raise Unreachable("simulated: the answer of a commit was lost")
        self.point("after a commit")

    def _end(self, job: Job, where: str) -> None:
        self.die(job.process, where)
        raise Died

    def _maybe_unreachable(self) -> None:
        if self.now < self.down_until or self.chance(self.weather.unreachable):
            self.say("the database does not answer")
            raise Unreachable("simulated: the database does not answer")

    def _seconds(self) -> float:
        if self.chance(self.weather.long_pause):
            return self.random.uniform(30, 200)
        return self.random.choice((0.0, 0.0, self.random.uniform(0, 0.3), self.random.uniform(0.5, 3.5)))


def short(value: Any) -> str:
    """Return the end of an id, enough to tell it in a story."""
    return str(value)[-6:]
