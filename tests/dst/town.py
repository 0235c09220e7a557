"""An installation in a simulated world: one database, two web processes, workers and tickers, and one queue of bells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from channels.adapter import Adapter
from engine.bootstrap import MACHINE_CHANNELS
from engine.flows.absorb import absorb
from engine.flows.advance import advance
from engine.flows.deliver import deliver
from engine.flows.kit import Kit
from engine.flows.reconcile import reconcile
from engine.flows.seal import seal_facts
from engine.ids import SeededIds
from engine.jobs import Bells
from engine.ticker import TICK_SECONDS, Ticker
from tests.dst.baton import Job, Mortal
from tests.dst.crowd import Crowd
from tests.dst.ground import Ground
from tests.dst.judge import Judge
from tests.dst.process import Process
from tests.dst.provider import Provider
from tests.dst.world import World
from tests.flows.moody import NAME

JOBS_AT_ONCE = 2  # threads of a worker

Flow = Callable[[Kit], int]
FLOWS: Mapping[str, Flow] = {
    "deliver.first": lambda kit: deliver(kit, "first"),
    "deliver.main": lambda kit: deliver(kit, "main"),
    "advance": advance,
    "absorb": absorb,
    "reconcile": reconcile,
    "seal": seal_facts,
}
THEN = {
    "deliver.first": ("advance",),
    "deliver.main": ("advance",),
    "advance": ("deliver.first", "deliver.main"),
    "absorb": ("advance",),
    "reconcile": ("advance",),
}
"""What a bell that found work rings next, as the real ones do."""


def _as_it_is(kit: Kit, _process: str) -> Kit:
    return kit


@dataclass(frozen=True, kw_only=True)
class Variant:
    """How an installation differs from the product: what is broken on purpose, each piece by its place."""

    flows: Mapping[str, Flow] = field(default_factory=dict)
    adapt: Callable[[Adapter], Adapter] = lambda adapter: adapter
    refit: Callable[[Kit, str], Kit] = _as_it_is  # a process' kit, and its name
    crowd: Callable[[Crowd], None] = lambda _crowd: None


@dataclass(frozen=True, kw_only=True)
class Queue(Bells):
    """The bells that wait, in a queue that loses some."""

    world: World
    waiting: list[str] = field(default_factory=list)

    def ring(self, name: str) -> bool:
        """Let a bell wait, if there is room."""
        if not self.has_room(name):
            return False
        if name in FLOWS and not self.world.chance(self.world.weather.lost_bell):
            self.waiting.append(name)
        return True

    def has_room(self, name: str) -> bool:
        """Return whether one more bell of this *name* makes sense."""
        return self.waiting.count(name) < 2


class Town:
    """Everybody who takes part in one seed."""

    def __init__(self, ground: Ground, world: World, variant: Variant, journals: Path) -> None:
        ground.clear_for(world)
        self.world = world
        self.judge = Judge(world, ground.path)
        self.provider = self.judge.provider = Provider(world, self.judge)
        self.crowd = Crowd(world, self.provider, self.judge)
        variant.crowd(self.crowd)
        self.flows = {**FLOWS, **variant.flows}
        self.queue = Queue(brokers={}, actors={}, world=world)
        self.jobs: list[Job] = []
        self.patience = timedelta(seconds=1)
        adapters = {(NAME, channel): variant.adapt(self.provider.on(channel)) for channel in MACHINE_CHANNELS}
        base = replace(ground.base, adapters=adapters)
        ids = SeededIds(world.seed + 1_000, lambda: world.now)
        self.processes = {
            name: Process(name, world, base, ground.shared, ids, journals, variant.refit)
            for name in ("web-1", "web-2", "worker-1", "worker-2", "ticker-1", "ticker-2")
        }
        self.tickers = {name: Ticker(self.processes[name].kit, self.queue) for name in ("ticker-1", "ticker-2")}
        self.tick_at = dict.fromkeys(self.tickers, world.now)
        world.die = self._die
        world.worst_moment = self.crowd.stop_now
        world.committed = self.judge.look
        world.waits = self.judge.waits

    def close(self) -> None:
        """End every job and give back what is open."""
        self.world.is_faulty = False
        for process in self.processes.values():
            process.life += 1
        for job in self.jobs:
            if job.thread is not None:
                self.world.baton.resume(job)
        for process in self.processes.values():
            process.close()
        self.judge.close()

    # What can be done next

    def ready(self) -> list[Job]:
        """Return the jobs that may go on now."""
        return [job for job in self.jobs if job.ready_at <= self.world.now]

    def is_free(self, name: str) -> bool:
        """Return whether a process runs and has room for a job."""
        process = self.processes[name]
        busy = sum(job.process is process for job in self.jobs)
        return process.starts_at <= self.world.now and busy < JOBS_AT_ONCE

    def tick(self, name: str) -> Job:
        """Let a ticker tick."""
        late = self.world.random.choice((0, 0, 1, 4))
        self.tick_at[name] = self.world.now + timedelta(seconds=TICK_SECONDS + late)
        return self.start("tick", name, self.tickers[name].tick)

    def answer_bell(self, name: str) -> Job:
        """Let a worker answer the bell that waits longest."""
        bell = self.queue.waiting.pop(0)
        kit = self.processes[name].kit
        return self.start(bell, name, lambda: self._answer(bell, kit))

    def start(self, what: str, name: str, act: Callable[[], object]) -> Job:
        """Start a job of process *name*."""
        process = self.processes[name]
        job = Job(name=what, process=process, life=process.life, act=act, ready_at=self.world.now)
        self.jobs.append(job)
        return job

    def go_on(self, job: Job) -> None:
        """Let *job* run to its next pause."""
        self.world.baton.resume(job)
        if job.is_done:
            self.jobs.remove(job)
        self._bury()
        if job.error is not None:
            raise job.error

    def next_at(self) -> datetime | None:
        """Return when somebody goes on by themselves: a job that stands still, a lead who comes, a report."""
        moments = [self.crowd.next_at(), self.provider.posts_next_at(), *(job.ready_at for job in self.jobs)]
        return min((one for one in moments if one is not None), default=None)

    def due_at(self) -> datetime | None:
        """Return when the next row is due, in the world's own time; what cannot be done yet may have been for long."""
        query = """SELECT min(due_at) FROM (SELECT due_at FROM enrollments WHERE due_at IS NOT NULL
        UNION ALL SELECT due_at FROM messages WHERE due_at IS NOT NULL)"""
        due = self.judge.ask(query)[0][0]
        if due is None:
            return None
        return datetime.fromisoformat(str(due)).replace(tzinfo=self.world.now.tzinfo) - self.world.database_ahead

    def _answer(self, bell: str, kit: Kit) -> int:
        done = self.flows[bell](kit)
        for other in THEN.get(bell, ()) if done else ():
            self.queue.ring(other)
        return done

    def _die(self, mortal: Mortal, where: str) -> None:
        process = self.processes[mortal.name]
        process.die(where)
        process.starts_at = self.world.now + timedelta(seconds=self.world.random.uniform(0, 20))
        if process.name in self.tickers:
            self.tickers[process.name] = Ticker(process.kit, self.queue)

    def _bury(self) -> None:
        """Let jobs of dead processes end where they stand."""
        for job in [job for job in self.jobs if job.life != job.process.life]:
            if job.thread is not None:
                self.world.baton.resume(job)
                assert job.is_done
            self.jobs.remove(job)
