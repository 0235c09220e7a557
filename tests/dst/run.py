"""Live one seed: chance decides each step; then the faults end, time passes, and everything must come to its end."""

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import update

from engine.flows.kit import Kit
from engine.store import due, forgotten, senders
from engine.store import tables as t
from tests.dst.baton import Baton
from tests.dst.ground import Ground
from tests.dst.judge import Judge
from tests.dst.town import Town, Variant
from tests.dst.weather import weather_of
from tests.dst.world import Violation, World

STEPS = 220
DAYS_OF_FAULTS = 6
CALM_DAYS = 12
PATIENCE_MIN, PATIENCE_MAX = timedelta(seconds=1), timedelta(hours=6)
IDLE_JUMP_MAX = timedelta(hours=12)
THE_PRODUCT = Variant()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a seed: the promise that was broken, if any, and the story."""

    seed: int
    broken: str | None
    trace: str
    story: list[str]


def live(ground: Ground, seed: int, variant: Variant = THE_PRODUCT) -> Outcome:
    """Return what came of *seed*; the same seed gives the same story, step by step."""
    random = Random(seed)
    world = World(seed=seed, random=random, weather=weather_of(random), baton=Baton())
    with tempfile.TemporaryDirectory(dir=ground.path.parent) as folder:
        town = Town(ground, world, variant, Path(folder))
        broken = None
        try:
            _live_with_faults(town)
            _come_to_rest(town)
        except Exception as error:  # noqa: BLE001 - whatever it is breaks the promise to go on
            broken = str(error) if isinstance(error, Violation) else f"{type(error).__name__}: {error}"
        finally:
            town.close()
    return Outcome(seed=seed, broken=broken, trace=world.trace(), story=world.story)


def _live_with_faults(town: Town) -> None:
    world = town.world
    end = world.now + timedelta(days=DAYS_OF_FAULTS)
    for _ in range(STEPS):
        if world.now > end:
            break
        _interfere(town)
        if not _step(town):
            _leap(town)
        world.now += timedelta(microseconds=world.random.randrange(1_000, 40_000))
    town.judge.check_caps()
    town.judge.check_words()


def _step(town: Town) -> bool:
    """Do one thing that can be done now, chosen by chance; return whether there was one worth doing."""
    world = town.world
    web = [name for name in ("web-1", "web-2") if town.is_free(name)]
    if web and (errand := town.crowd.errand()):
        process = town.processes[web[0]]
        what, act = errand
        town.start(what, process.name, lambda: act(process.kit))
    elif web and world.random.random() < 0.03 and (impulse := town.crowd.impulse()):
        process = town.processes[web[0]]
        what, act = impulse
        town.start(what, process.name, lambda: act(process.kit))
    workers = [name for name in ("worker-1", "worker-2") if town.is_free(name)]
    if workers and town.queue.waiting:
        town.answer_bell(world.random.choice(workers))
    ready = town.ready()
    if ready:
        town.go_on(world.random.choice(ready))
        return True
    tickers = [name for name, at in town.tick_at.items() if at <= world.now and town.is_free(name)]
    if tickers:
        town.go_on(town.tick(world.random.choice(tickers)))
    return bool(tickers)


def _leap(town: Town) -> None:
    """Nothing is left to do: let time pass to what is due next."""
    world = town.world
    latest = world.now + IDLE_JUMP_MAX
    # What is due and cannot be done waits for a token, a day, or the database.
    town.patience = PATIENCE_MIN if town.judge.has_news() else min(town.patience * 2, PATIENCE_MAX)
    due_at = max(town.due_at() or latest, world.now + town.patience)
    world.now = max(world.now, min(latest, due_at, town.next_at() or latest))


def _interfere(town: Town) -> None:
    """Let the world do what no seam does: restart the database, flush the queue, move its clock."""
    world, random = town.world, town.world.random
    if world.chance(world.weather.outage):
        seconds = random.uniform(1, 20)
        world.down_until = world.now + timedelta(seconds=seconds)
        world.say(f"the database is down for {seconds:.1f} s")
    if town.queue.waiting and world.chance(world.weather.lost_bell / 20):
        world.say(f"the queue is flushed: {len(town.queue.waiting)} bells are gone")
        town.queue.waiting.clear()
    if world.chance(world.weather.clock_jump):
        jump = random.choice((-3_600, -30, 5, 100, 7_200))
        world.database_ahead += timedelta(seconds=jump)
        world.say(f"the database's clock jumps by {jump} s")


def _come_to_rest(town: Town) -> None:
    """End all faults and let time pass; then nothing may be left under way, and every end must be the right one."""
    world = town.world
    world.say("from here on all is well")
    world.is_faulty = False
    world.down_until = world.now
    for process in town.processes.values():
        process.starts_at = world.now
    while town.jobs:
        world.now = max(world.now, min(job.ready_at for job in town.jobs))
        town.go_on(town.ready()[0])
    kit = town.processes["worker-1"].kit
    _let_everybody_send(kit)
    end = world.now + timedelta(days=CALM_DAYS)
    patience = PATIENCE_MIN
    while True:
        patience = PATIENCE_MIN if _work_off(town) else min(patience * 4, PATIENCE_MAX)
        moments = [town.next_at(), town.due_at()]
        at = max(min((one for one in moments if one is not None), default=end), world.now + patience)
        if at >= end:
            break
        world.now = at
    town.judge.look_at_events()
    with kit.database.read() as connection:
        town.judge.look_at_leads(forgotten.audit(connection, world.database_now())["forgotten"])
    town.judge.check_caps()
    town.judge.check_words()
    _check_ends(town)


def _let_everybody_send(kit: Kit) -> None:
    """Lift what kept senders back: a daily limit, or an alarm because reports were lost."""
    with kit.database.write() as connection:
        ids = [one.id for one in senders.all_senders(connection)]
        senders.resume(connection, ids)
        connection.execute(update(t.senders).values(daily_max=None))


def _work_off(town: Town) -> int:
    """Do everything that is due at this instant; return how much that was."""
    kit = town.processes["worker-1"].kit
    total = 0
    while True:
        done = 0
        while errand := town.crowd.errand():
            errand[1](town.processes["web-1"].kit)
            done += 1
        with kit.database.read() as connection:
            work = due.look(connection, kit.database.now(connection))
        done += sum(town.flows[bell](kit) for bell, is_due in _bells(work).items() if is_due)
        total += done
        if not done:
            return total


def _bells(work: due.Work) -> dict[str, bool]:
    return {
        "advance": work.enrollments,
        "deliver.first": work.first,
        "deliver.main": work.main,
        "absorb": work.events,
        "reconcile": work.attempts,
        "seal": work.facts,
    }


def _check_ends(town: Town) -> None:
    """Check that all that was due has ended, and that unknown is said only where nobody can know."""
    judge = town.judge
    left = judge.ask("SELECT id, state, due_at FROM messages WHERE state IN ('scheduled', 'claimed', 'sending')")
    if left:
        raise Violation(f"{len(left)} messages never ended: {left[0]}")
    if waiting := judge.ask("SELECT count(*) FROM provider_events WHERE applied_at IS NULL AND problem IS NULL")[0][0]:
        raise Violation(f"{waiting} events were never absorbed")
    _check_unknown(town, judge)


def _check_unknown(town: Town, judge: Judge) -> None:
    started = {call.message.attempt_id for call in town.provider.calls}
    journals = {journal.name: journal for one in town.processes.values() for journal in one.journals}
    unknown = """SELECT m.id, a.id, a.journal FROM messages m JOIN attempts a ON a.message_id = m.id
    WHERE m.state = 'unknown' AND a.outcome = 'unknown'"""
    proven = judge.proven()
    for message_id, attempt_id, journal in judge.ask(unknown):
        written = journals[str(journal)]
        if message_id in proven:
            raise Violation(f"message {message_id} is unknown although the provider told us of it")
        if attempt_id not in started and attempt_id not in written.noted and not written.is_damaged:
            raise Violation(f"message {message_id} is unknown although no call was on the wire")
