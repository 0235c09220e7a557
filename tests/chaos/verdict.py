"""What came of it, by the stand-in's account, by the wires and by the rows."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from consent.facts import Purpose
from engine.store import tables as t
from tests.chaos.watch import Watch
from tests.chaos.wire import Witness
from tests.running.house import House
from tests.running.stops import Stops

OPEN_STATES = ("scheduled", "held", "claimed", "sending")
LEFT = ("accepted", "unknown")


@dataclass(slots=True, kw_only=True)
class Verdict:
    """All figures; those that `is_clean` names must be empty or zero."""

    seed: int
    leads: int
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    per_second: float = 0.0
    lost: int = 0
    doubled: list[str] = field(default_factory=list)
    unaccounted: list[str] = field(default_factory=list)
    stops: Counter[str] = field(default_factory=Counter)
    stopped_while: Counter[str] = field(default_factory=Counter)
    unanswered_stops: int = 0
    after_stop: list[str] = field(default_factory=list)
    unknown: int = 0
    on_the_wire: int = 0
    unsettled: list[str] = field(default_factory=list)
    redriven: Counter[str] = field(default_factory=Counter)
    slowest_seconds: dict[str, float] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        """Whether every promise held."""
        broken = (self.lost, self.doubled, self.unaccounted, self.after_stop, self.unsettled, self.late)
        return not any(broken) and self.unknown <= self.on_the_wire

    def told(self) -> str:
        """Return every figure in words, a line each."""
        slowest = ", ".join(f"{state} after {seconds:.1f} s" for state, seconds in sorted(self.slowest_seconds.items()))
        lines = (
            f"seed {self.seed}: {self.leads} leads",
            f"kills {self.kills.total()}: {_counts(self.kills)}; faults: {_counts(self.faults)}",
            f"messages the providers took: {self.accepted}, {self.per_second:.1f} a second; rows: {_counts(self.states)}",
            f"lost {self.lost}, doubled {len(self.doubled)}, unaccounted {len(self.unaccounted)}",
            f"stops acknowledged {self.stops.total()}: {_counts(self.stops)}; never answered {self.unanswered_stops}",
            f"they were asked for while a message was: {_counts(self.stopped_while)}",
            f"calls started after an acknowledgement: {len(self.after_stop)}",
            f"unknown {self.unknown}, calls on the wire at kills and resets {self.on_the_wire}",
            f"unknown though the provider took it and reported: {len(self.unsettled)}",
            f"taken up again: {_counts(self.redriven)}; slowest: {slowest}; later than lease and 5 s: {len(self.late)}",
            *(self.doubled + self.unaccounted + self.after_stop + self.unsettled + self.late)[:20],
            "clean" if self.is_clean else "BROKEN",
        )
        return "\n".join(lines)


def judge(verdict: Verdict, house: House, witness: Witness, watch: Watch, stops: Stops, *, with_phone: int) -> None:
    """Fill in *verdict* when all is over; *with_phone* leads should have had a text beside their mail."""
    account = house.standin.account.accepted
    times = Counter(str(one.message_id) for one in account)
    query = select(t.messages.c.id, t.messages.c.lead_id, t.messages.c.state).where(
        t.messages.c.purpose != Purpose.CONFIRMATION
    )
    with house.kit.database.read() as connection:
        known = {str(row[0]) for row in connection.execute(select(t.messages.c.id))}
        rows = {str(row.id): row for row in connection.execute(query)}
    verdict.states, verdict.accepted = house.states(), len(account)
    verdict.doubled = [f"{one} was taken {count} times" for one, count in times.items() if count > 1]
    verdict.unaccounted = [f"{one} was taken, and no row knows" for one in times if one not in known]
    verdict.unaccounted += [
        f"{one} is {row.state} and taken {times[one]} times"
        for one, row in rows.items()
        if (row.state == "accepted" and not times[one]) or (row.state not in LEFT and times[one])
    ]
    verdict.unknown = sum(row.state == "unknown" for row in rows.values())
    verdict.unsettled = [f"{one} is unknown" for one, row in rows.items() if row.state == "unknown" and times[one]]
    stopped = {one.lead_id for one in stops.told}
    left = Counter(row.lead_id for row in rows.values() if row.state in LEFT)
    expected = (verdict.leads - len(stopped)) + with_phone - _phones_of(house, stopped)
    verdict.lost = max(0, expected - sum(count for lead, count in left.items() if lead not in stopped))
    verdict.lost += sum(row.state in OPEN_STATES for row in rows.values() if row.lead_id in stopped)
    verdict.stops = Counter(one.door for one in stops.told)
    verdict.stopped_while, verdict.unanswered_stops = stops.states, stops.unanswered
    verdict.after_stop = stops.broken_by(witness.calls())
    verdict.on_the_wire, verdict.redriven = watch.on_the_wire, watch.redriven
    verdict.slowest_seconds, verdict.late = watch.slowest_seconds, watch.late


def _phones_of(house: House, lead_ids: set[str]) -> int:
    query = select(t.leads.c.id).where(t.leads.c.phone.is_not(None))
    with house.kit.database.read() as connection:
        return len(lead_ids & set(connection.execute(query).scalars()))


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"
