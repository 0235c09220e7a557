"""What came of it, by the stand-in's account, by the wires and by the rows."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import func, select

from channels.address import Channel
from channels.message import Fault
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
    machines: int
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    ended_alone: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    per_second: float = 0.0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unaccounted: list[str] = field(default_factory=list)
    stops: Counter[str] = field(default_factory=Counter)
    stopped_while: Counter[str] = field(default_factory=Counter)
    unanswered_stops: Counter[str] = field(default_factory=Counter)
    stop_seconds: list[float] = field(default_factory=list)
    after_stop: list[str] = field(default_factory=list)
    unknown: int = 0
    on_the_wire: int = 0
    unsettled: list[str] = field(default_factory=list)
    redriven: Counter[str] = field(default_factory=Counter)
    slowest_seconds: dict[str, float] = field(default_factory=dict)
    stolen_seconds: float = 0.0
    late: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        """Whether every promise held."""
        broken = (self.lost, self.doubled, self.unaccounted, self.after_stop, self.unsettled, self.late)
        return not any(broken) and self.unknown <= self.on_the_wire

    def told(self) -> str:
        """Return every figure in words, a line each."""
        slowest = ", ".join(f"{state} after {seconds:.1f} s" for state, seconds in sorted(self.slowest_seconds.items()))
        lines = (
            f"seed {self.seed}: {self.leads} leads, {self.machines} machines",
            f"kills {self.kills.total()}: {_counts(self.kills)}; faults: {_counts(self.faults)}",
            f"parts that ended by themselves and were started again: {_counts(self.ended_alone)}",
            f"messages the providers took: {self.accepted}, {self.per_second:.1f} a second; rows: {_counts(self.states)}",
            f"attempts: {_counts(self.attempts)}",
            f"lost {len(self.lost)}, doubled {len(self.doubled)}, unaccounted {len(self.unaccounted)}",
            f"stops acknowledged {self.stops.total()}: {_counts(self.stops)}; {_spread(self.stop_seconds)}",
            f"stops never answered: {_counts(self.unanswered_stops)}",
            f"they were asked for while a message was: {_counts(self.stopped_while)}",
            f"calls started after an acknowledgement: {len(self.after_stop)}",
            f"unknown {self.unknown}, calls on the wire at kills and resets {self.on_the_wire}",
            f"unknown though the provider took it and reported: {len(self.unsettled)}",
            f"taken up again: {_counts(self.redriven)}; slowest: {slowest}; later than lease and 5 s: {len(self.late)}",
            f"seconds in which this machine was given no processor: {self.stolen_seconds:.0f}",
            *(self.lost + self.doubled + self.unaccounted + self.after_stop + self.unsettled + self.late)[:20],
            "clean" if self.is_clean else "BROKEN",
        )
        return "\n".join(lines)


def judge(verdict: Verdict, house: House, witness: Witness, watch: Watch, stops: Stops) -> None:
    """Fill in *verdict* when all is over: every lead should have had a mail, and a text where there is a number."""
    account = house.standin.account.accepted
    times = Counter(str(one.message_id) for one in account)
    table = t.messages
    query = select(table.c.id, table.c.lead_id, table.c.channel, table.c.state, table.c.reason).where(
        table.c.purpose != Purpose.CONFIRMATION
    )
    with house.kit.database.read() as connection:
        known = {str(row[0]) for row in connection.execute(select(t.messages.c.id))}
        rows = {str(row.id): row for row in connection.execute(query)}
        tries = select(t.attempts.c.outcome, func.count()).group_by(t.attempts.c.outcome)
        verdict.attempts = Counter({row[0]: row[1] for row in connection.execute(tries)})
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
    verdict.lost = _lost(house, [*rows.values()], stops.asked)
    verdict.stops = Counter(one.door for one in stops.told)
    verdict.stopped_while, verdict.unanswered_stops = stops.states, stops.unanswered
    verdict.stop_seconds = stops.seconds
    verdict.after_stop = stops.broken_by(witness.calls())
    verdict.on_the_wire, verdict.redriven = watch.on_the_wire, watch.redriven
    verdict.slowest_seconds = watch.slowest_seconds
    verdict.late = [f"{line}: {_tries(house, line.split()[0])}" for line in watch.late]
    verdict.stolen_seconds = watch.stolen_seconds


def _lost(house: House, rows: Sequence[Any], asked: Collection[str]) -> list[str]:
    """Return what should have left and did not; of those who said stop, what is neither gone nor ended.

    What the provider refused because nobody lives there did leave.
    """
    leads = t.leads
    with house.kit.database.read() as connection:
        people = connection.execute(select(leads.c.id, leads.c.phone)).all()
    wanted = {(one.id, Channel.EMAIL) for one in people} | {(one.id, Channel.SMS) for one in people if one.phone}
    left = {(row.lead_id, row.channel) for row in rows if row.state in LEFT or row.reason == Fault.DEAD_ADDRESS}
    missing = sorted((lead, channel) for lead, channel in wanted - left if lead not in asked)
    told = {(row.lead_id, row.channel): f"{row.state} ({row.reason})" for row in rows}
    open_still = [row for row in rows if row.state in OPEN_STATES and row.lead_id in asked]
    return [f"{channel} to {lead}: {told.get((lead, channel), 'never planned')}" for lead, channel in missing] + [
        f"{row.channel} {row.id} is {row.state} after a stop" for row in open_still
    ]


def _tries(house: House, message_id: str) -> str:
    """Return what became of a message's attempts, for whoever looks for the reason."""
    tries, names = t.attempts, ("provider", "outcome", "started_at", "call_by", "ended_at", "detail", "journal")
    query = select(*(tries.c[name] for name in names)).where(tries.c.message_id == message_id).order_by(tries.c.id)
    with house.kit.database.read() as connection:
        return "; ".join(", ".join(map(str, row)) for row in connection.execute(query))


def _spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    return f"answered after {median(seconds):.1f} s in the middle, {max(seconds):.0f} s at most"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"
