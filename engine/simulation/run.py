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
from engine.simulation.behaviour import TYPICAL, Behaviour
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How finely time passes: to which multiples it moves, while leads arrive and long after, and the step within one."""

    grain: timedelta
    calm_grain: timedelta
    step: timedelta


BY_THE_HOUR = Tempo(grain=GRAIN, calm_grain=CALM_GRAIN, step=STEP)
"""For a story of months: what is due within the hour happens together."""

BY_THE_SECOND = Tempo(grain=STEP, calm_grain=STEP, step=timedelta())
"""For a rehearsal: everything happens in the second it is due, as the ticker sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What the engine does of an instant: *hear* what leads did, then, when our people are through, *work*."""

    hear: Callable[[Kit], object]
    work: Callable[[Kit], object]


def direct(_kit: Kit) -> Engine:
    """Return the engine whose flows are called one after the other, as the ticker would ring for them."""
    return Engine(hear=_hear, work=_work_off)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a world is lived in: how finely, with whom, and how the flows are called."""

    tempo: Tempo = BY_THE_HOUR
    behaviour: Behaviour = TYPICAL
    engine: Callable[[Kit], Engine] = direct


STORY = Manner()


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
    manner: Manner = STORY,
) -> None:
    """Let *people* arrive by *take_in* and live with the engine until *end*; *kit* must stand in a virtual world.

    Whatever adapters *kit* has, here each is the sandbox.
    """
    clock = kit.clock
    assert isinstance(clock, VirtualClock)
    behaviour, is_exact = manner.behaviour, manner.tempo is BY_THE_SECOND
    if is_exact:
        # A provider's hiccups are no part of a plan, and when they pass is drawn anew for each message.
        behaviour = replace(behaviour, rates=replace(behaviour.rates, hiccups=0.0))
    crowd = Crowd(seed, people, behaviour, in_moments=is_exact)
    sandbox = sandbox_adapters(kit.database, answer=crowd.answer, refuse=crowd.refuse)
    by_channel = {channel: adapter for (_, channel), adapter in sandbox.items()}
    adapters = sandbox | {key: by_channel[key[1]] for key in kit.adapters}
    kit = replace(kit, adapters=adapters)
    staff = Salespeople(kit, seed, calls=behaviour.calls, neglected=behaviour.neglected)
    _Run(kit, clock, people, take_in, manner.tempo, staff, manner.engine(kit)).until(end, watch)


def receive(kit: Kit, people: Sequence[Person]) -> None:
    """Take *people* in as a form or an import does."""
    receive_leads(kit, [person.draft for person in people], recorded_by="simulation")


def _hear(kit: Kit) -> None:
    while tell_events(kit) == EVENTS_MAX:
        pass


def _work_off(kit: Kit) -> None:
    for _ in range(ROUNDS_MAX):
        if not _act_once(kit):
            return


def _act_once(kit: Kit) -> int:
    """Do once what is due; return how much was done."""
    with kit.database.read() as connection:
        work = due.look(connection, kit.clock.now())
    done = advance(kit) if work.enrollments else 0
    for lane, is_due in ((FIRST, work.first), (MAIN, work.main)):
        done += deliver(kit, lane) if is_due else 0
    done += absorb(kit) if work.events else 0
    return done + (reconcile(kit) if work.attempts else 0)


class _Run:
    """One world as its time passes."""

    def __init__(
        self,
        kit: Kit,
        clock: VirtualClock,
        people: Sequence[Person],
        take_in: Callable[[Kit, Sequence[Person]], object],
        tempo: Tempo,
        staff: Salespeople,
        engine: Engine,
    ) -> None:
        self._kit = kit
        self._clock = clock
        self._coming = sorted(people, key=lambda person: person.arrives_at, reverse=True)
        self._take_in = take_in
        self._tempo = tempo
        self._staff = staff
        self._engine = engine
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
        if self._tempo is BY_THE_HOUR:
            round_at = self._staff.next_round_at(now)
        else:
            round_at = self._staff.next_half_hour(now)
            self._round_at = round_at or NEVER
        grain = self._tempo.calm_grain if now - self._arrived_at > CALM_AFTER else self._tempo.grain
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
        self._engine.hear(self._kit)
        self._pass(self._tempo.step)
        if self._clock.now() >= self._round_at:
            self._round_at = self._clock.now() + ROUND_EVERY - 2 * STEP
            self._staff.work()
            self._pass(self._tempo.step)
        self._engine.work(self._kit)

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
