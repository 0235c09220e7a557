"""`make chaos MINUTES=n [SEED=k] [LEADS=m]`: kill parts, break servers and the network at random, then judge.

Web, two clocks and three workers are processes of their own; PostgreSQL and Redis are real; the stand-in plays SendGrid
and Twilio and calls back. The parts reach all of them over wires of ours, which witness every call. Leads say stop all
the while. Only the stand-in's account and the wires say what was sent. A seed repeats the order of what happens, not its
instants.
"""

import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from types import FrameType
from typing import NoReturn

from sqlalchemy import func, select

from engine.clock import SystemClock
from engine.store import tables as t
from tests.acceptance.production.places import place_awake_at
from tests.chaos.faults import Faults
from tests.chaos.verdict import OPEN_STATES, Verdict, judge
from tests.chaos.watch import AWAY, Watch, journal_of
from tests.chaos.wire import Wires, laid_wires
from tests.running.house import House, open_house
from tests.running.stops import PLAN, Stops, lead_of
from tests.servers import memory

PARTS = {
    "web": ("web",),
    "worker": ("work",),
    "worker-2": ("work",),
    "worker-first": ("work", "--lane", "first"),
    "clock": ("tick",),
    "clock-2": ("tick",),
}
PHONE_EVERY = 10  # each so many leads can be texted and called: a number sends its texts one by one
STOPS_MAX, STOPS_SHARE = 1_000, 20  # one lead in so many says stop
KILL_EVERY_SECONDS = (4.0, 9.0)
STARTING_MAX = 1  # parts that may be on their way up as another is killed
FAULT_EVERY_KILLS = 4
BUSY_SHARE = 0.8  # of the time: in the rest what is due may have left already
SETTLE_SECONDS_MAX = 240
LEASES_OVER_SECONDS = 110  # what dead processes held was taken up by then; the rest waits for the reconcile window
CLOCK = SystemClock()


def main(minutes: float, seed: int, leads: int) -> int:
    """Run the chaos and print the verdict; return 0 where it is clean."""
    signal.signal(signal.SIGTERM, _end)
    chance = random.Random(seed)
    place = place_awake_at(CLOCK.now())
    if place is None:
        _tell("nowhere on earth may a text be sent at this hour of a Sunday: try again in an hour")
        return 2
    rate = max(5.0, leads / (minutes * 60 * BUSY_SHARE))
    with (
        tempfile.TemporaryDirectory(dir=memory()) as folder,
        laid_wires() as wires,
        open_house(
            Path(folder), with_callbacks=True, rate=rate, text_rate=max(2.0, rate / PHONE_EVERY * 1.5), plan=PLAN
        ) as house,
    ):
        _lay(wires, house)
        house.leads_arrive(leads, who=lambda number: lead_of(number, place, phone_every=PHONE_EVERY))
        watch, stops = Watch(house=house), Stops(house=house, chance=random.Random(seed + 1))
        faults = Faults(house=house, wires=wires, watch=watch, chance=chance)
        parts = {name: house.start(*words) for name, words in PARTS.items()}
        how_many = min(STOPS_MAX, leads // STOPS_SHARE)
        over = Event()
        with (
            _beside(over, lambda: watch.run(over)),
            _beside(over, lambda: stops.run(how_many, minutes * 60 * BUSY_SHARE, over)),
        ):
            verdict = Verdict(seed=seed, leads=leads)
            _break(house, parts, faults, watch, verdict, chance=chance, seconds=minutes * 60)
            _settle(house, watch)
        judge(verdict, house, wires.witness, watch, stops)
        verdict.faults = faults.done
    _tell(verdict.told())
    return 0 if verdict.is_clean else 1


def _lay(wires: Wires, house: House) -> None:
    """Let the parts reach every server over a wire; the judge goes straight."""
    house.detours |= {
        "DATABASE_URL": wires.around(house.settings.database_url),
        "REDIS_URL": wires.around(house.redis.url),
        "FIFTHTOUCH_SENDGRID_URL": wires.around(house.standin.sendgrid_url, is_provider=True),
        "FIFTHTOUCH_TWILIO_URL": wires.around(house.standin.twilio_url, is_provider=True),
    }


def _break(
    house: House,
    parts: dict[str, "subprocess.Popen[bytes]"],
    faults: Faults,
    watch: Watch,
    verdict: Verdict,
    *,
    chance: random.Random,
    seconds: float,
) -> None:
    """Kill a part every few seconds and start it again, with a fault of the servers or the network now and then."""
    began = monotonic()
    while monotonic() - began < seconds:
        CLOCK.sleep(chance.uniform(*KILL_EVERY_SECONDS))
        journals = {name: journal_of(part.pid) for name, part in sorted(parts.items())}
        at_work = [name for name, journal in journals.items() if journal is not None]
        if len(parts) - len(at_work) > STARTING_MAX:
            continue  # a slow machine is still starting them: killed as they begin, they would never do anything
        name = chance.choice(at_work)
        parts[name].kill()
        parts[name].wait()
        house.running.remove(parts[name])
        verdict.kills[name] += 1
        watch.killed(journals[name])
        if verdict.kills.total() % FAULT_EVERY_KILLS == 0:
            since, kind = monotonic() - began, faults.next()
            _tell(f"{since:.0f} to {monotonic() - began:.0f} s: {kind}")
        parts[name] = house.start(*PARTS[name])
        taken = len(house.standin.account.accepted)
        _tell(f"{monotonic() - began:.0f} s: {verdict.kills.total()} kills, {taken} taken")
    verdict.per_second = len(house.standin.account.accepted) / (monotonic() - began)


def _settle(house: House, watch: Watch) -> None:
    """Wait until nothing is on its way any more; let the reconcile window pass once every lease is over."""
    began, has_leapt = monotonic(), False
    while monotonic() - began < SETTLE_SECONDS_MAX:
        CLOCK.sleep(2)
        try:
            states, walking = house.states(), _walking(house)
        except AWAY:
            continue
        if not set(OPEN_STATES) & set(states) and not walking:
            return
        _tell(f"settling: {dict(states)}, {walking} walk, {watch.left()} still held")
        if not has_leapt and monotonic() - began > LEASES_OVER_SECONDS and not watch.left():
            house.leases_end()
            has_leapt = True


def _walking(house: House) -> int:
    with house.kit.database.read() as connection:
        query = select(func.count()).where(t.enrollments.c.status.in_(["active", "waiting"]))
        return int(connection.execute(query).scalar_one())


@contextmanager
def _beside(over: Event, work: object) -> Iterator[None]:
    """Do *work* on a thread while the block runs; *over* is set when it ends, however it ends."""
    thread = Thread(target=work, daemon=True)  # type: ignore[arg-type]
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt  # so that every server and part is ended on the way out


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    try:
        raise SystemExit(main(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    except KeyboardInterrupt:
        _tell("ended before its time; every server and part is gone")
        raise SystemExit(130) from None
