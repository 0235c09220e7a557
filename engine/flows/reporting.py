"""One report, put together for whoever asks: the console, the command line, the API and exports all show this one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from engine.domain.goals import Goal, Progress, progress
from engine.domain.period import Period
from engine.domain.proportions import Gap, Proportion, compare
from engine.domain.timing import TimingError
from engine.domain.timing.places import zone_info
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import arrivals, goals
from engine.store.arrivals import Range, Source, Speed
from engine.store.database import Connection
from engine.store.yields import Touch, Yield, Yields, yields

PER_CENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The few numbers of a period that are compared with those of the one before."""

    speed: Speed
    brought: Yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of the period, by its first day as ISO 8601 writes it."""

    first: str
    speed: Speed
    leads: Mapping[str, int]  # by source


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One source of leads."""

    name: str
    speed: Speed
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What some touches brought, under the name that they share."""

    name: str
    brought: Yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The variants of one split, and the gaps between them in answers and in bookings."""

    sequence: str
    stage: str
    variants: tuple[Row, ...]
    answers: tuple[Gap, ...]
    bookings: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is told of a period; every list is in the order in which people read it."""

    period: Period
    made_at: datetime
    total: Headline
    before: Headline
    weeks: tuple[Week, ...]
    sources: tuple[Origin, ...]
    sequences: tuple[Row, ...]
    stages: tuple[Row, ...]
    channels: tuple[Row, ...]
    messages: tuple[Row, ...]
    trials: tuple[Trial, ...]
    goals: tuple[Progress, ...]


def zone_of(kit: Kit, connection: Connection) -> ZoneInfo:
    """Return the clock that months and weeks go by: the one that the brand answers the telephone by, else UTC."""
    try:
        zone = kit.shelf.current(connection).brand().answering_zone
        return zone_info(zone) if zone else ZoneInfo("UTC")
    except (Missing, TimingError):
        return ZoneInfo("UTC")


def make_report(connection: Connection, period: Period, now: datetime) -> Report:
    """Return everything there is to tell of *period*, counted by the database; about fifteen queries, whatever it holds."""
    wanted = _range(period)
    sources = arrivals.top_sources(connection, wanted)
    brought = yields(connection, wanted)
    earlier = _range(period.before())
    return Report(
        period=period,
        made_at=now.astimezone(UTC),
        total=Headline(speed=arrivals.speed(connection, wanted), brought=_sum(brought.values())),
        before=Headline(speed=arrivals.speed(connection, earlier), brought=_sum(yields(connection, earlier).values())),
        weeks=_weeks(connection, period, wanted, sources),
        sources=_sources(connection, wanted, sources),
        sequences=_rows(brought, lambda touch: touch.sequence),
        stages=_rows(brought, lambda touch: f"{touch.sequence}, {touch.stage}" if touch.stage else ""),
        channels=_rows(brought, lambda touch: touch.channel),
        messages=_rows(brought, lambda touch: f"{touch.channel} {touch.template}" if touch.template else ""),
        trials=_trials(brought),
        goals=month_so_far(connection, period, now),
    )


def month_so_far(connection: Connection, period: Period, now: datetime) -> tuple[Progress, ...]:
    """Return how far the goals have come of the month in which *period* ends, until *now* or that month's end."""
    month = period.month()
    wanted = goals.of_month(connection, month.first)
    if not wanted:
        return ()
    stretch = _range(month)
    speed = arrivals.speed(connection, stretch)
    sold = arrivals.sales(connection, stretch)
    reached = {
        Goal.LEADS: speed.arrived,
        Goal.FAST_ANSWERS: PER_CENT * speed.within_5_minutes / speed.arrived if speed.arrived else 0,
        Goal.BOOKED: sold.booked,
        Goal.CUSTOMERS: sold.customers,
    }
    over = min(max((now - month.start) / (month.end - month.start), 0), 1)
    return tuple(
        progress(goal, target=target, reached=reached[goal], part_of_month=over) for goal, target in wanted.items()
    )


def shares(brought: Yield) -> dict[str, Proportion]:
    """Return every rate of *brought* with what it is a share of, by name."""
    of = {
        "replied": (brought.replied, brought.sent),
        "opened": (brought.opened, brought.emails),
        "clicked": (brought.clicked, brought.emails),
        "stopped": (brought.stopped, brought.made),
        "bounced": (brought.bounced, brought.sent),
        "complained": (brought.complained, brought.sent),
        "booked": (brought.booked, brought.made),
        "customers": (brought.customers, brought.made),
    }
    return {name: Proportion(count=count, number=number) for name, (count, number) in of.items()}


def _range(period: Period) -> Range:
    return Range(start=period.start, end=period.end)


def _weeks(connection: Connection, period: Period, wanted: Range, sources: list[str]) -> tuple[Week, ...]:
    days = period.weeks()
    starts = [period.begin_of(day) for day in days]
    speeds = arrivals.speed_by_week(connection, wanted, starts)
    leads = arrivals.leads_by_week(connection, wanted, starts, sources)
    return tuple(
        Week(first=day.isoformat(), speed=speeds[at], leads={name: counts[at] for name, counts in leads.items()})
        for at, day in enumerate(days)
    )


def _sources(connection: Connection, wanted: Range, sources: list[str]) -> tuple[Origin, ...]:
    speeds = arrivals.speed_by_source(connection, wanted, sources)
    became = arrivals.outcomes_by_source(connection, wanted, sources)
    return tuple(Origin(name=name, speed=speed, source=became[name]) for name, speed in speeds.items())


def _rows(brought: Yields, name_of: Callable[[Touch], str]) -> tuple[Row, ...]:
    """Return *brought* by name, the most frequent first; what has no name belongs to no row."""
    found: dict[str, Yield] = {}
    for touch, one in brought.items():
        if name := name_of(touch):
            found[name] = found.get(name, Yield()) + one
    rows = [Row(name=name, brought=one) for name, one in found.items()]
    return tuple(sorted(rows, key=lambda row: (-row.brought.made, row.name)))


def _trials(brought: Yields) -> tuple[Trial, ...]:
    splits: dict[tuple[str, str], dict[str, Yield]] = {}
    for touch, one in brought.items():
        if touch.variant:
            variants = splits.setdefault((touch.sequence, touch.stage), {})
            variants[touch.variant] = variants.get(touch.variant, Yield()) + one
    return tuple(_trial(sequence, stage, splits[sequence, stage]) for sequence, stage in sorted(splits))


def _trial(sequence: str, stage: str, variants: Mapping[str, Yield]) -> Trial:
    rated = {name: shares(variants[name]) for name in sorted(variants)}
    return Trial(
        sequence=sequence,
        stage=stage,
        variants=tuple(Row(name=name, brought=variants[name]) for name in rated),
        answers=tuple(compare({name: one["replied"] for name, one in rated.items()})),
        bookings=tuple(compare({name: one["booked"] for name, one in rated.items()})),
    )


def _sum(parts: Iterable[Yield]) -> Yield:
    return sum(parts, start=Yield())
