"""What killed processes held, and how long until somebody took it up again."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Lock
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError

from engine.clock import SystemClock
from engine.flows.claiming import LEASE
from engine.flows.dispatch import SENDING_LEASE
from engine.store import attempts
from engine.store import tables as t
from engine.store.errors import StoreError
from tests.running.house import House

LOOK_EVERY_SECONDS = 0.5
GRACE_SECONDS = 5.0
CLOCK = SystemClock()
LEASE_SECONDS = {"claimed": LEASE.total_seconds(), "sending": SENDING_LEASE.total_seconds()}
AWAY = (StoreError, OperationalError, InterfaceError)

Standing = tuple[object, ...]
STAT = Path("/proc/stat")
STOLEN_COLUMN = 8  # of its first line: ticks in which another machine of the same host had the processors


def stolen_seconds() -> float:
    """Return how long this machine, whose processors are a host's, was given none of them since it started."""
    if not STAT.exists():
        return 0.0
    ticks = STAT.read_text().split(maxsplit=STOLEN_COLUMN + 1)[STOLEN_COLUMN]
    return int(ticks) / os.sysconf("SC_CLK_TCK") / (os.cpu_count() or 1)


def journal_of(pid: int) -> str | None:
    """Return the journal of a living process, which names it on every attempt of its own; None before it has one."""
    try:
        open_files = [one.readlink() for one in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return None
    return next((one.name for one in open_files if one.parent.name == "journals"), None)


@dataclass(slots=True, kw_only=True)
class _Held:
    state: str
    standing: Standing
    since: float
    away_before: float


@dataclass(kw_only=True)
class Watch:
    """Looks at held work twice a second; what it finds is read when all is over."""

    house: House
    redriven: Counter[str] = field(default_factory=Counter)
    slowest_seconds: dict[str, float] = field(default_factory=dict)  # from kill to the next change, by state
    late: list[str] = field(default_factory=list)  # what took longer than its lease and a little
    stolen_seconds: float = 0.0  # in which this machine had no processor
    on_the_wire: int = 0  # attempts open as their process was killed or its connections were reset

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._held: dict[str, _Held] = {}
        self._away_seconds = 0.0
        self.began = monotonic()

    def killed(self, journal: str | None) -> None:
        """Begin to watch what is under way now; *journal* is that of the process that was just killed."""
        calls = select(func.count()).where(t.attempts.c.outcome == attempts.OPEN)
        found = self._look(None)
        try:
            with self.house.kit.database.read() as connection:
                count = calls.where(t.attempts.c.journal == journal) if journal else calls
                self.on_the_wire += connection.execute(count).scalar_one()
        except AWAY:
            return
        with self._lock:
            for message_id, standing in found.items():
                state, due_at = str(standing[0]), standing[1]
                assert isinstance(due_at, datetime)
                if (due_at - CLOCK.now()).total_seconds() > LEASE_SECONDS[state]:
                    continue  # nobody holds it: it waits for evidence, and is looked at again then
                self._held.setdefault(
                    message_id,
                    _Held(state=state, standing=standing, since=monotonic(), away_before=self._away_seconds),
                )

    def reset(self) -> None:
        """Count the calls whose connections were just reset: nobody will hear their answers."""
        self.killed(None)

    def lost(self, journals: Iterable[str | None]) -> None:
        """Count the calls of processes that nobody hears just now, and watch what they hold."""
        for journal in journals:
            if journal is not None:
                self.killed(journal)

    def nothing_could_move(self, seconds: float) -> None:
        """Count *seconds* without database, bell or processor: nobody could have taken anything up."""
        self._away_seconds += seconds

    def run(self, over: Event) -> None:
        """Look until *over* is set."""
        before = stolen_seconds()
        while not over.wait(LOOK_EVERY_SECONDS):
            self.look()
            stolen, before = stolen_seconds() - before, stolen_seconds()
            self.stolen_seconds += stolen
            self.nothing_could_move(stolen)

    def look(self) -> None:
        """Note what was taken up since the last look."""
        with self._lock:
            watched = list(self._held)
        if not watched:
            return
        began = monotonic()
        try:
            now = self._look(watched)
        except AWAY:
            self._away_seconds += LOOK_EVERY_SECONDS + monotonic() - began
            return
        with self._lock:
            for message_id in watched:
                held = self._held[message_id]
                if now.get(message_id) != held.standing:
                    self._note(message_id, self._held.pop(message_id))

    def left(self) -> int:
        """Return how much nobody has taken up yet."""
        return len(self._held)

    def _note(self, message_id: str, held: _Held) -> None:
        seconds = monotonic() - held.since
        self.redriven[held.state] += 1
        self.slowest_seconds[held.state] = max(seconds, self.slowest_seconds.get(held.state, 0.0))
        may_take = LEASE_SECONDS[held.state] + GRACE_SECONDS + self._away_seconds - held.away_before
        if seconds > may_take:
            at = f"{held.since - self.began:.0f} s after the beginning"
            self.late.append(f"{message_id} was {held.state} for {seconds:.0f} s, not {may_take:.0f}, from {at}")

    def _look(self, message_ids: list[str] | None) -> dict[str, Standing]:
        messages = t.messages
        query = select(messages.c.id, messages.c.state, messages.c.due_at, messages.c.claimed_by, messages.c.tries)
        if message_ids is None:
            query = query.where(messages.c.state.in_(sorted(LEASE_SECONDS)))
        else:
            query = query.where(messages.c.id.in_(message_ids))
        with self.house.kit.database.read() as connection:
            return {str(row[0]): tuple(row[1:]) for row in connection.execute(query)}
