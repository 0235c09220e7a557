"""`make chaos MINUTES=n [SEED=k]`: kill parts and restart servers at random while leads are written to, then judge.

Web, two clocks and three workers are processes of their own; PostgreSQL and Redis are real; the stand-in plays SendGrid,
calls back, and some of its leads say stop. Its account alone says what was sent. A seed repeats the order of the kills, not
their instants.
"""

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from sqlalchemy import func, select

from channels.standin.account import Accepted
from channels.standin.leads import Deed, Does, does
from engine.clock import SystemClock
from engine.flows.kit import CALL_BY
from engine.store import tables as t
from tests.running.house import House, open_house

PLAN = """\
name: bulk
purpose: service
enter: {when: manual}
exclusive: no
window: any
stages:
  - {id: one, email: hello}
  - {id: two, email: news}
"""
TOUCHES = 2
PARTS: dict[str, Sequence[str]] = {
    "web": ("web",),
    "worker": ("work",),
    "worker-2": ("work",),
    "worker-first": ("work", "--lane", "first"),
    "clock": ("tick",),
    "clock-2": ("tick",),
}
KILL_EVERY_SECONDS = (4.0, 10.0)
SERVER_EVERY_KILLS = 6  # each so many kills a server goes too: Redis, emptied, and PostgreSQL in turn
STOPS_EVERY = 20  # each so many leads says stop to the first mail
SETTLE_SECONDS_MAX = 240
ON_ITS_WAY = timedelta(seconds=0.25)  # from the permission to call until the provider has read it
CLOCK = SystemClock()


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What the account and the database say when all is over; the first four must be empty or zero."""

    lost: int = 0
    doubled: list[str] = field(default_factory=list)
    after_stop: list[str] = field(default_factory=list)
    unaccounted: list[str] = field(default_factory=list)
    unknown: int = 0
    accepted: int = 0
    kills: int = 0
    restarts: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        """Whether every promise held."""
        return not (self.lost or self.doubled or self.after_stop or self.unaccounted)


def main(minutes: float, seed: int, leads: int) -> int:
    """Run the chaos and print the verdict; return 0 where it is clean."""
    chance = random.Random(seed)
    rate = max(5.0, leads * TOUCHES / (minutes * 60 * 0.8))
    with (
        tempfile.TemporaryDirectory() as folder,
        open_house(Path(folder), with_callbacks=True, rate=rate, plan=PLAN) as house,
    ):
        house.standin.leads.behave(_behave)
        house.leads_arrive(leads)
        parts = {name: house.start(*words) for name, words in PARTS.items()}
        verdict = Verdict()
        end = monotonic() + minutes * 60
        while monotonic() < end:
            CLOCK.sleep(chance.uniform(*KILL_EVERY_SECONDS))
            name = chance.choice(sorted(parts))
            parts[name].kill()
            parts[name].wait()
            house.running.remove(parts[name])
            verdict.kills += 1
            if verdict.kills % SERVER_EVERY_KILLS == 0:
                server = ("redis", "postgres")[verdict.kills // SERVER_EVERY_KILLS % 2]
                getattr(house, server).stop()
                CLOCK.sleep(chance.uniform(0.5, 3.0))
                getattr(house, server).start()
                verdict.restarts[server] += 1
            parts[name] = house.start(*PARTS[name])
            _tell(f"{verdict.kills} kills, {len(house.standin.account.accepted)} taken")
        _settle(house)
        _judge(house, verdict, leads)
    _tell(f"seed {seed}: {verdict}")
    _tell("clean" if verdict.is_clean else "BROKEN")
    return 0 if verdict.is_clean else 1


def _behave(message: Accepted) -> Sequence[Does]:
    number = int("".join(filter(str.isdigit, message.to.partition("@")[0])) or 0)
    arrived = (does(Deed.PROCESSED), does(Deed.DELIVERED))
    if number % STOPS_EVERY == 0:
        return (*arrived, does(Deed.REPLIED, "Stop. Do not contact me again, in any way."))
    return arrived


def _settle(house: House) -> None:
    """Wait until nothing is on its way any more."""
    end = monotonic() + SETTLE_SECONDS_MAX
    open_states = {"scheduled", "held", "claimed", "sending"}
    while monotonic() < end:
        states = house.states()
        if not open_states & set(states) and not _walking(house):
            return
        _tell(f"settling: {dict(states)}, {_walking(house)} walk")
        CLOCK.sleep(5)


def _walking(house: House) -> int:
    with house.kit.database.read() as connection:
        query = select(func.count()).where(t.enrollments.c.status.in_(["active", "waiting"]))
        return int(connection.execute(query).scalar_one())


def _judge(house: House, verdict: Verdict, leads: int) -> None:
    account = house.standin.account.accepted
    times = Counter(str(one.message_id) for one in account)
    stopped_at = _stops(house)
    with house.kit.database.read() as connection:
        rows = {row.id: row for row in connection.execute(select(t.messages.c.id, t.messages.c.state))}
    verdict.states = house.states()
    verdict.accepted = len(account)
    verdict.unknown = verdict.states["unknown"]
    verdict.doubled = [one for one, count in times.items() if count > 1]
    verdict.unaccounted = [one for one in times if one not in rows or rows[one].state not in {"accepted", "unknown"}]
    verdict.unaccounted += [one for one, row in rows.items() if row.state == "accepted" and one not in times]
    verdict.after_stop = [one.to for one in account if one.to in stopped_at and one.received_at > stopped_at[one.to]]
    # Whoever did not stop gets every touch, or somebody is asked about it.
    expected = (leads - len(stopped_at)) * TOUCHES
    verdict.lost = max(0, expected - sum(row.state in {"accepted", "unknown"} for row in rows.values()))


def _stops(house: House) -> dict[str, datetime]:
    """Return from when on no call may start, by address: every stop is answered only after that."""
    stopped = (
        select(t.leads.c.email, func.min(t.consent_facts.c.recorded_at))
        .join(t.leads, t.leads.c.id == t.consent_facts.c.lead_id)
        .where(t.consent_facts.c.kind == "withdrawn")
        .group_by(t.leads.c.email)
    )
    with house.kit.database.read() as connection:
        return {email: at + CALL_BY + ON_ITS_WAY for email, at in connection.execute(stopped)}


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    minutes, seed, leads = (float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    raise SystemExit(main(minutes, seed, leads))
