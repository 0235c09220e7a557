"""Run a simulated world: the real flows, store, gate and sandbox on a virtual clock that jumps to what is due next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from engine.bootstrap import World, sandbox_adapters
from engine.clock import VirtualClock
from engine.flows.absorb import absorb
from engine.flows.advance import advance
from engine.flows.claiming import FIRST, MAIN
from engine.flows.deliver import deliver
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.flows.reconcile import reconcile
from engine.flows.sandboxed import BATCH_MAX as EVENTS_MAX
from engine.flows.sandboxed import tell_events
from engine.flows.seal import seal_facts
from engine.ids import SeededIds
from engine.journal import MemoryJournal
from engine.simulation.crowd import Crowd
from engine.simulation.people import Person
from engine.simulation.salesperson import ROUND_EVERY, Salespeople
from engine.store import due
from engine.store.partitions import make_partitions

GRAIN = timedelta(hours=1)
"""Time moves from one multiple of this to the next that has work, so that work comes in batches; arrivals are exact."""

CALM_GRAIN = timedelta(hours=3)
CALM_AFTER = timedelta(weeks=6)
"""Once nobody has arrived for so long, all walk the long game, where an hour more or less is nothing."""

STEP = timedelta(seconds=1)
"""Between what leads do, what people do and what the engine does, so that before and after can be told apart."""

NEVER = datetime.max.replace(tzinfo=UTC)
HOUSEKEEPING_EVERY = timedelta(days=7)
ROUNDS_MAX = 200  # of one instant: more is a loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a simulation has come."""

    at: datetime
    share: float  # from 0 to 1


Watch = Callable[[Progress], None]


def virtual_world(seed: int, start: datetime) -> World:
    """Return a world whose clock stands at *start* and whose ids come from *seed*."""
    clock = VirtualClock(start)
    return World(clock=clock, ids=SeededIds(seed, clock.now), journal=MemoryJournal(), journals=None)


def run_world(
    kit: Kit,
    people: Sequence[Person],
    *,
    seed: int,
    end: datetime,
    take_in: Callable[[Kit, Sequence[Person]], object],
    watch: Watch,
) -> None:
    """Let *people* arrive by *take_in* and live with the engine until *end*; *kit* must stand in a virtual world."""
    assert isinstance(kit.clock, VirtualClock)
    crowd = Crowd(seed, people)
    adapters = sandbox_adapters(kit.database, answer=crowd.answer, refuse=crowd.refuse)
    _Run(replace(kit, adapters=adapters), kit.clock, people, seed, take_in).until(end, watch)


def receive(kit: Kit, people: Sequence[Person]) -> None:
    """Take *people* in as a form or an import does."""
    receive_leads(kit, [person.draft for person in people], recorded_by="simulation")


class _Run:
    """One world as its time passes."""

    def __init__(
        self,
        kit: Kit,
        clock: VirtualClock,
        people: Sequence[Person],
        seed: int,
        take_in: Callable[[Kit, Sequence[Person]], object],
    ) -> None:
        self._kit = kit
        self._clock = clock
        self._coming = sorted(people, key=lambda person: person.arrives_at, reverse=True)
        self._take_in = take_in
        self._staff = Salespeople(kit, seed)
        self._start = clock.now()
        self._round_at = self._start
        self._arrived_at = self._start
        self._cleaned_at = self._start

    def until(self, end: datetime, watch: Watch) -> None:
        """Live until *end*."""
        while (at := self._next_at()) < end:
            self._clock.move_to(at)
            self._live()
            self._keep_house()
            watch(Progress(at=at, share=(at - self._start) / (end - self._start)))
        self._clock.move_to(end)
        while seal_facts(self._kit):
            pass
        watch(Progress(at=end, share=1.0))

    def _next_at(self) -> datetime:
        """Return when something happens next: an arrival to the second, all else on the grid."""
        now = self._clock.now()
        with self._kit.database.read() as connection:
            due_at = due.next_due_at(connection)
        round_at = self._staff.next_round_at(now)
        grain = CALM_GRAIN if now - self._arrived_at > CALM_AFTER else GRAIN
        moments = [_on_grid(max(at, now), grain) for at in (due_at, round_at) if at is not None]
        if self._coming:
            moments.append(self._coming[-1].arrives_at)
        return max(min(moments, default=NEVER), now + STEP)

    def _live(self) -> None:
        """Let happen what happens at this instant: first the leads, then our people, then the engine."""
        arrived = []
        while self._coming and self._coming[-1].arrives_at <= self._clock.now():
            arrived.append(self._coming.pop())
        if arrived:
            self._arrived_at = self._clock.now()
            self._take_in(self._kit, arrived)
        while tell_events(self._kit) == EVENTS_MAX:
            pass
        self._pass(STEP)
        if self._clock.now() >= self._round_at:
            self._round_at = self._clock.now() + ROUND_EVERY - 2 * STEP
            self._staff.work()
            self._pass(STEP)
        self._work_off(self._engine_acts)

    def _engine_acts(self) -> int:
        """Do once what is due, as the ticker would ring for it; return how much was done."""
        kit, work = self._kit, self._look()
        done = advance(kit) if work.enrollments else 0
        for lane, is_due in ((FIRST, work.first), (MAIN, work.main)):
            done += deliver(kit, lane) if is_due else 0
        done += absorb(kit) if work.events else 0
        return done + (reconcile(kit) if work.attempts else 0)

    def _look(self) -> due.Work:
        with self._kit.database.read() as connection:
            return due.look(connection, self._clock.now())

    def _work_off(self, act: Callable[[], int]) -> None:
        for _ in range(ROUNDS_MAX):
            if not act():
                return

    def _pass(self, time: timedelta) -> None:
        self._clock.move_to(self._clock.now() + time)

    def _keep_house(self) -> None:
        now = self._clock.now()
        if now - self._cleaned_at < HOUSEKEEPING_EVERY:
            return
        self._cleaned_at = now
        while seal_facts(self._kit):
            pass
        with self._kit.database.write() as connection:
            make_partitions(connection, now)


def _on_grid(at: datetime, grain: timedelta) -> datetime:
    """Return the first multiple of *grain* since midnight at or after *at*."""
    since = at - datetime(at.year, at.month, at.day, tzinfo=UTC)
    return at + (-since) % grain
