"""What goes wrong between the kills: servers restarted, the network slow, cut, half-closed or reset, a machine out of reach."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from engine.clock import SystemClock
from tests.chaos.hosts import FarHost
from tests.chaos.watch import Watch
from tests.chaos.wire import Wire, Wires
from tests.running.house import House

DELAY_SECONDS = 0.1
NARROW_KILOBITS = 256
LOST_PERCENT, ALL_PERCENT = 20, 100
SLOW_SECONDS = (5.0, 15.0)
CUT_SECONDS = (5.0, 20.0)
STOPPED_SECONDS = (0.5, 3.0)
NEEDED_BY_ALL = ("DATABASE_URL", "REDIS_URL")
CLOCK = SystemClock()


@dataclass(kw_only=True)
class Faults:
    """One fault at a time, in turn; each ends before the next begins."""

    house: House
    wires: Wires
    watch: Watch
    chance: Random
    far: FarHost | None
    far_journals: Callable[[], Iterable[str | None]]  # of the processes that run there
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._to = {
            name: self.wires.of(self.house.detours[name])
            for name in ("DATABASE_URL", "REDIS_URL", "FIFTHTOUCH_SENDGRID_URL", "FIFTHTOUCH_TWILIO_URL")
        }
        everywhere: dict[str, Callable[[], None]] = {
            "Redis restarted empty": lambda: self._restart("redis"),
            "slow network": self._slow,
            "PostgreSQL restarted": lambda: self._restart("postgres"),
            "cut to the database": lambda: self._cut("DATABASE_URL"),
            "cut to the provider": lambda: self._cut("FIFTHTOUCH_SENDGRID_URL"),
            "cut to Redis": lambda: self._cut("REDIS_URL"),
            "half-closed": self._half_close,
        }
        self._kinds = (self._to_the_far(self.far) if self.far else {}) | everywhere

    def _to_the_far(self, far: FarHost) -> dict[str, Callable[[], None]]:
        return {
            "cable pulled out": lambda: self._bad_cable(lambda: far.lose(ALL_PERCENT), far),
            "packets lost": lambda: self._bad_cable(lambda: far.lose(LOST_PERCENT), far),
            "narrow cable": lambda: self._bad_cable(lambda: far.narrow(NARROW_KILOBITS), far),
        }

    def next(self) -> str:
        """Let the next fault happen, from its beginning to its end; return which it was."""
        kinds = list(self._kinds)
        kind = kinds[self.done.total() % len(kinds)]
        self._kinds[kind]()
        self.done[kind] += 1
        return kind

    def _restart(self, name: str) -> None:
        server = getattr(self.house, name)
        server.stop()
        CLOCK.sleep(self.chance.uniform(*STOPPED_SECONDS))
        server.start()

    def _slow(self) -> None:
        self.wires.slow(DELAY_SECONDS, self._to.values())
        CLOCK.sleep(self.chance.uniform(*SLOW_SECONDS))
        self.wires.slow(0.0, self._to.values())

    def _cut(self, name: str) -> None:
        """Cut the way to a server; then let what waited come late, or reset it so that it never comes."""
        wire: list[Wire] = [self._to[name]]
        self.wires.tell("cut", wire)
        seconds = self.chance.uniform(*CUT_SECONDS)
        CLOCK.sleep(seconds)
        if name in NEEDED_BY_ALL:
            self.watch.nothing_could_move(seconds)
        if self.chance.random() < 0.5:
            self.watch.reset()
            self.wires.tell("break_all", wire)
        self.wires.tell("mend", wire)

    def _bad_cable(self, worsen: Callable[[], None], far: FarHost) -> None:
        """Let the cable to the second machine be bad for a while; a call on it may end without an answer at any moment."""
        worsen()
        self.watch.lost(self.far_journals())
        CLOCK.sleep(self.chance.uniform(*CUT_SECONDS))
        self.watch.lost(self.far_journals())
        far.mend()

    def _half_close(self) -> None:
        self.watch.reset()
        self.wires.tell("half_close", self._to.values())
