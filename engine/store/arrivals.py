"""Leads that arrived in a period: how many, from where, how fast they were answered, and what came of them.

Everything is counted by the database over one range of `leads.created_at`, which has an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, literal, select

from engine.domain.lead import LeadStatus
from engine.store import tables as t
from engine.store.reports import FIVE_MINUTES_SECONDS, seconds_between

HOUR_SECONDS = 3_600
SOURCES_MAX = 8  # of a chart and a table that people read; the others are counted together
OTHERS = "\N{HORIZONTAL ELLIPSIS}others"  # no source that anybody types by accident

BOOKED, CUSTOMER = "booked", "customer"  # the names under which they are on record
QUALIFIED = (LeadStatus.QUALIFIED, LeadStatus.CUSTOMER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """From *start*, counted, to *end*, not counted."""

    start: datetime
    end: datetime

    def holds(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that *column* lies in it."""
        return and_(column >= self.start, column < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast some leads were answered, in seconds; median and 90th percentile of those who were, None of nobody."""

    arrived: int
    answered: int
    median_seconds: float | None
    p90_seconds: float | None
    within_5_minutes: int
    within_an_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """How many leads booked, and how many became customers, each counted once."""

    booked: int
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What became of the leads of one source until now, and what they cost."""

    arrived: int
    qualified: int
    booked: int
    customers: int
    cost_cents: int


def top_sources(connection: Connection, wanted: Range) -> list[str]:
    """Return the sources of most leads, the largest first; *OTHERS* stands for the rest wherever one groups by them."""
    source, count = t.leads.c.source, func.count()
    query = select(source).where(wanted.holds(t.leads.c.created_at)).group_by(source)
    return list(connection.execute(query.order_by(count.desc(), source).limit(SOURCES_MAX)).scalars())


def speed(connection: Connection, wanted: Range) -> Speed:
    """Return how fast everybody who arrived was answered."""
    found = _speeds(connection, wanted, literal(0))
    return found.get(0) or NOBODY


def speed_by_week(connection: Connection, wanted: Range, weeks: Sequence[datetime]) -> list[Speed]:
    """Return the same for each week; *weeks* are the instants at which they begin, the first that of *wanted*."""
    found = _speeds(connection, wanted, _week(weeks))
    return [found.get(number) or NOBODY for number in range(len(weeks))]


def speed_by_source(connection: Connection, wanted: Range, sources: Sequence[str]) -> dict[str, Speed]:
    """Return the same for each of *sources*, and for all others together where there are any."""
    found = _speeds(connection, wanted, _source(sources))
    return {name: found[name] for name in (*sources, OTHERS) if name in found}


def leads_by_week(
    connection: Connection, wanted: Range, weeks: Sequence[datetime], sources: Sequence[str]
) -> dict[str, list[int]]:
    """Return how many leads came in each week, by source."""
    week, source = _week(weeks).label("week"), _source(sources).label("origin")
    inner = select(week, source).where(wanted.holds(t.leads.c.created_at)).subquery()
    query = select(inner.c.week, inner.c.origin, func.count()).group_by(inner.c.week, inner.c.origin)
    counts = {(number, name): count for number, name, count in connection.execute(query)}
    names = [name for name in (*sources, OTHERS) if any(name == other for _, other in counts)]
    return {name: [counts.get((number, name), 0) for number in range(len(weeks))] for name in names}


def outcomes_by_source(connection: Connection, wanted: Range, sources: Sequence[str]) -> dict[str, Source]:
    """Return what became of those who arrived, by source, whenever it happened."""
    table, happened = t.leads, t.happenings
    has_booked = exists().where(happened.c.lead_id == table.c.id, happened.c.name == BOOKED).correlate(table)
    inner = (
        select(
            _source(sources).label("origin"),
            table.c.status,
            table.c.cost_cents,
            # Whoever arrived and was never qualified has not booked: the rest need not be looked up.
            and_(table.c.status != LeadStatus.NEW, has_booked).label("has_booked"),
        )
        .where(wanted.holds(table.c.created_at))
        .subquery()
    )
    query = select(
        inner.c.origin,
        func.count(),
        func.count().filter(inner.c.status.in_(QUALIFIED)),
        func.count().filter(inner.c.has_booked),
        func.count().filter(inner.c.status == LeadStatus.CUSTOMER),
        func.sum(inner.c.cost_cents),
    ).group_by(inner.c.origin)
    found = {
        name: Source(arrived=arrived, qualified=qualified, booked=booked, customers=won, cost_cents=int(cost))
        for name, arrived, qualified, booked, won, cost in connection.execute(query)
    }
    return {name: found[name] for name in (*sources, OTHERS) if name in found}


def sales(connection: Connection, wanted: Range) -> Sales:
    """Return who booked or became a customer in the range, whenever they arrived."""
    table = t.happenings
    named = table.c.name.in_((BOOKED, CUSTOMER))
    query = select(table.c.name, func.count(table.c.lead_id.distinct())).where(named, wanted.holds(table.c.at))
    found = {row.name: row[1] for row in connection.execute(query.group_by(table.c.name))}
    return Sales(booked=found.get(BOOKED, 0), customers=found.get(CUSTOMER, 0))


NOBODY = Speed(
    arrived=0, answered=0, median_seconds=None, p90_seconds=None, within_5_minutes=0, within_an_hour=0
)  # fmt: skip


def _speeds(connection: Connection, wanted: Range, group: ColumnElement[Any]) -> dict[Any, Speed]:
    """Return the speed of each group; a percentile is the least time within which so large a share was answered."""
    table = t.leads
    took = seconds_between(connection, table.c.created_at, table.c.first_touch_at).label("took")
    leads = select(group.label("grouped"), took).where(wanted.holds(table.c.created_at)).subquery()
    # Nulls make a part of their own, so that they take no place among those who were answered.
    is_answered = leads.c.took.is_not(None)
    part = [leads.c.grouped, is_answered]
    ranked = select(
        leads.c.grouped,
        leads.c.took,
        func.row_number().over(partition_by=part, order_by=leads.c.took).label("place"),
        func.count().over(partition_by=part).label("all"),
    ).subquery()
    seconds, place, everybody = ranked.c.took, ranked.c.place, ranked.c.all
    query = select(
        ranked.c.grouped,
        func.count(),
        func.count(seconds),
        func.min(seconds).filter(place * 100 >= everybody * 50),
        func.min(seconds).filter(place * 100 >= everybody * 90),
        func.count().filter(seconds <= FIVE_MINUTES_SECONDS),
        func.count().filter(seconds <= HOUR_SECONDS),
    ).group_by(ranked.c.grouped)
    return {
        name: Speed(
            arrived=arrived,
            answered=answered,
            median_seconds=median,
            p90_seconds=slow,
            within_5_minutes=fast,
            within_an_hour=hour,
        )
        for name, arrived, answered, median, slow, fast, hour in connection.execute(query)
    }


def _week(weeks: Sequence[datetime]) -> ColumnElement[int]:
    """Return the number of the week in which a lead arrived: by instants, so that weeks of 167 and 169 hours are right."""
    if len(weeks) == 1:
        return literal(0)
    ends = [(t.leads.c.created_at < end, number) for number, end in enumerate(weeks[1:])]
    return case(*ends, else_=len(weeks) - 1)


def _source(sources: Sequence[str]) -> ColumnElement[str]:
    if not sources:
        return literal(OTHERS)
    return case((t.leads.c.source.in_(sources), t.leads.c.source), else_=OTHERS)
