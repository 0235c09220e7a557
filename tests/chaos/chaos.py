"""`make chaos MINUTES=n [SEED=k] [LEADS=m]`: kill parts, break servers and the network at random, then judge.

Web, two clocks and three workers are processes of their own, one of each on a second machine where this one permits that;
PostgreSQL and Redis are real; the stand-in plays SendGrid and Twilio and calls back. The parts reach all of them over
wires of ours, which witness every call. Leads say stop all the while. Only the stand-in's account and the wires say what
was sent. A seed repeats the order of what happens, not its instants.
"""

import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
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
from tests.chaos.hosts import FarHost, far_host
from tests.chaos.verdict import OPEN_STATES, Verdict, judge
from tests.chaos.watch import AWAY, Watch, journal_of
from tests.chaos.wire import HOST, Wires, laid_wires
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
FAR = {"worker-2", "clock-2"}  # on the second machine
PHONE_EVERY = 10  # each so many leads can be texted and called: a number sends its texts one by one
STOPS_MAX, STOPS_SHARE = 1_000, 20  # one lead in so many says stop
KILL_EVERY_SECONDS = (4.0, 9.0)
KILLS_A_MINUTE_MIN = 5
LONGER_MAX = 2  # times as long as was asked for, until there were as many kills
STARTING_MAX = 1  # parts that may be on their way up as another is killed
FAULT_EVERY_KILLS = 5
BUSY_SHARE = 0.8  # of the time: in the rest what is due may have left already
SETTLE_SECONDS_MAX = 600
LEASES_OVER_SECONDS = 110  # what dead processes held was taken up by then
WORKED_AT = {"scheduled", "claimed"}
"""While there is such, workers are busy; when there is none, the rest waits for the reconcile window."""
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
        far_host() as far,
        laid_wires(far.address if far else HOST) as wires,
        open_house(
            Path(folder), with_callbacks=True, rate=rate, text_rate=max(2.0, rate / PHONE_EVERY * 1.5), plan=PLAN
        ) as house,
        ExitStack() as stack,
    ):
        _lay(wires, house)
        far_detours = stack.enter_context(_laid_there(far, wires, house)) if far else {}
        house.leads_arrive(leads, who=lambda number: lead_of(number, place, phone_every=PHONE_EVERY))
        watch, stops = Watch(house=house), Stops(house=house, chance=random.Random(seed + 1))
        parts = Parts(house=house, far=far, far_detours=far_detours)
        faults = Faults(
            house=house, wires=wires, watch=watch, chance=chance, far=far,
            far_journals=lambda: [journal for name, journal in parts.journals().items() if name in FAR],
        )  # fmt: skip
        how_many = min(STOPS_MAX, leads // STOPS_SHARE)
        over = Event()
        with (
            _beside(over, lambda: watch.run(over)),
            _beside(over, lambda: stops.run(how_many, minutes * 60 * BUSY_SHARE, over)),
        ):
            verdict = Verdict(seed=seed, leads=leads, machines=2 if far else 1)
            _break(house, parts, faults, watch, verdict, chance=chance, seconds=minutes * 60)
            verdict.ended_alone.update(parts.revive())
            _settle(house, watch)
        judge(verdict, house, wires.witness, watch, stops)
        verdict.faults = faults.done
        if not verdict.is_clean:
            logs = tempfile.mkdtemp(prefix="fifthtouch-chaos-")
            _tell(f"what the parts logged: {logs}")
            for log in house.folder.glob("*.log"):
                shutil.copy(log, logs)
    _tell(verdict.told())
    return 0 if verdict.is_clean else 1


@dataclass(kw_only=True)
class Parts:
    """The processes that are killed, by name; some on the second machine."""

    house: House
    far: FarHost | None
    far_detours: Mapping[str, str]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in PARTS:
            self.start(name)

    def start(self, name: str) -> None:
        """Start a part where it belongs."""
        if self.far and name in FAR:
            self.running[name] = self.house.start(*PARTS[name], prefix=self.far.prefix, detours=self.far_detours)
        else:
            self.running[name] = self.house.start(*PARTS[name])

    def kill(self, name: str) -> None:
        """End a part without a word."""
        part = self.running.pop(name)
        part.kill()
        part.wait()
        self.house.running.remove(part)

    def revive(self) -> list[str]:
        """Start again what ended by itself, as a service manager does; return the names."""
        gone = [name for name, part in self.running.items() if part.poll() is not None]
        for name in gone:
            self.house.running.remove(self.running[name])
            self.start(name)
        return gone

    def journals(self) -> dict[str, str | None]:
        """Return the journal of each part, None for those that have not begun."""
        return {name: journal_of(part.pid) for name, part in sorted(self.running.items())}


def _lay(wires: Wires, house: House) -> None:
    """Let the parts reach every server over a wire; the judge goes straight."""
    house.detours |= {
        "DATABASE_URL": wires.around(house.settings.database_url),
        "REDIS_URL": wires.around(house.redis.url),
        "FIFTHTOUCH_SENDGRID_URL": wires.around(house.standin.sendgrid_url, is_provider=True),
        "FIFTHTOUCH_TWILIO_URL": wires.around(house.standin.twilio_url, is_provider=True),
    }


@contextmanager
def _laid_there(far: FarHost, wires: Wires, house: House) -> Iterator[Mapping[str, str]]:
    """Yield the ways from the second machine to the providers; calls are witnessed there, before the cable."""
    urls = {"FIFTHTOUCH_SENDGRID_URL": house.standin.sendgrid_url, "FIFTHTOUCH_TWILIO_URL": house.standin.twilio_url}
    with laid_wires(witness=wires.witness, enter=far.enter) as there:
        yield {name: there.around(wires.around(url), is_provider=True) for name, url in urls.items()}


def _break(
    house: House,
    parts: Parts,
    faults: Faults,
    watch: Watch,
    verdict: Verdict,
    *,
    chance: random.Random,
    seconds: float,
) -> None:
    """Kill a part every few seconds and start it again, with a fault of the servers or the network now and then."""
    began = monotonic()
    while monotonic() - began < seconds or (
        verdict.kills.total() < seconds / 60 * KILLS_A_MINUTE_MIN and monotonic() - began < seconds * LONGER_MAX
    ):
        CLOCK.sleep(chance.uniform(*KILL_EVERY_SECONDS))
        verdict.ended_alone.update(parts.revive())
        journals = parts.journals()
        at_work = [name for name, journal in journals.items() if journal is not None]
        if len(PARTS) - len(at_work) > STARTING_MAX:
            continue  # a slow machine is still starting them: killed as they begin, they would never do anything
        name = chance.choice(at_work)
        parts.kill(name)
        verdict.kills[name] += 1
        watch.killed(journals[name])
        if verdict.kills.total() % FAULT_EVERY_KILLS == 0:
            since, kind = monotonic() - began, faults.next()
            _tell(f"{since:.0f} to {monotonic() - began:.0f} s: {kind}")
        parts.start(name)
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
        is_still = not watch.left() and not WORKED_AT & set(states)
        if not has_leapt and monotonic() - began > LEASES_OVER_SECONDS and is_still:
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
