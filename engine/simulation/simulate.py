"""Let invented leads live for months beside the engine, and count what came of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from engine.bootstrap import World
from engine.clock import SystemClock
from engine.flows.kit import Kit
from engine.simulation.people import invent
from engine.simulation.run import Progress, Watch, receive, run_world
from engine.simulation.summary import Summary, summarise

FIRST_START = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)  # a Monday, eight in the morning in Oregon
STARTS = 18  # weeks to choose from


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is simulated; everything in it follows from *seed*, the start too."""

    leads: int
    days: int
    seed: int

    @property
    def start(self) -> datetime:
        """When it begins: a Monday morning that the seed chooses."""
        return FIRST_START + timedelta(weeks=Random(f"start:{self.seed}").randrange(STARTS))

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + timedelta(days=self.days)


def in_silence(_progress: Progress) -> None:
    """Watch nothing."""


def simulate(kit: Kit, world: World, plan: Plan, *, watch: Watch = in_silence) -> Summary:
    """Run *plan* on the prepared and empty *kit*, whose *world* must stand at the plan's start; return what came of it."""
    assert world.clock.now() == plan.start
    stopwatch = SystemClock()
    began = stopwatch.monotonic()
    with kit.database.read() as connection:
        interests = list(kit.shelf.current(connection).brand().interests)
    people = invent(plan.leads, seed=plan.seed, start=plan.start, days=plan.days, interests=interests)
    run_world(kit, people, seed=plan.seed, end=plan.end, take_in=receive, watch=watch)
    with kit.database.read() as connection:
        return summarise(
            connection,
            days=plan.days,
            seed=plan.seed,
            start=plan.start,
            end=plan.end,
            seconds=stopwatch.monotonic() - began,
        )
