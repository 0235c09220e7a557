"""A report as flat rows: what JSON, CSV and the command line tell, each number under the same name everywhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from engine.domain.proportions import Gap, Proportion
from engine.flows.reporting import Origin, Report, Row, Trial, Week, shares
from engine.store.arrivals import Speed

Rows = list[dict[str, Any]]
PER_CENT = 100


def tables(report: Report) -> dict[str, Rows]:
    """Return the tables of *report* by name, each a list of rows with the same columns."""
    return {
        "weeks": [_week(one) for one in report.weeks],
        "leads": [
            {"week": one.first, "source": name, "leads": count}
            for one in report.weeks
            for name, count in one.leads.items()
        ],
        "sources": [_source(one) for one in report.sources],
        "sequences": _rated(report.sequences),
        "stages": _rated(report.stages),
        "channels": _rated(report.channels),
        "messages": _rated(report.messages),
        "variants": [row for one in report.trials for row in _variants(one)],
    }


def to_json(report: Report) -> dict[str, Any]:
    """Return all of *report* in plain values; shares are 0 to 1, with the ends of their intervals."""
    period, before = report.period, report.period.before()
    return {
        "period": {"first": period.first.isoformat(), "last": period.last.isoformat(), "zone": period.zone.key},
        "compared_with": {"first": before.first.isoformat(), "last": before.last.isoformat()},
        "made_at": report.made_at,
        "total": {"speed": _speed(report.total.speed), **_rates(Row(name="", brought=report.total.brought))},
        "before": {"speed": _speed(report.before.speed), **_rates(Row(name="", brought=report.before.brought))},
        "goals": [{**asdict(one), "is_on_track": one.is_on_track} for one in report.goals],
        **tables(report),
        "verdicts": [
            {"sequence": one.sequence, "stage": one.stage, "of": of, "verdict": verdict(one, gaps, of)}
            for one in report.trials
            for of, gaps in (("replied", one.answers), ("booked", one.bookings))
        ],
    }


def verdict(trial: Trial, gaps: Sequence[Gap], of: str) -> str:
    """Return in words what the variants of *trial* show of the rate called *of*, and no more than that."""
    rated = {row.name: shares(row.brought)[of] for row in trial.variants}
    numbers = ", ".join(f"{name}: n={part.number}" for name, part in rated.items())
    if len([part for part in rated.values() if part.number]) < 2:  # noqa: PLR2004 - a pair
        return f"Only one variant has gone out so far ({numbers})."
    shown = [gap for gap in gaps if gap.is_shown]
    if not shown:
        return f"Too few to tell ({numbers}): what differs so far may be chance."
    return " ".join(_said(gap, of) for gap in shown) + f" ({numbers})"


SAID = {"replied": "is answered", "booked": "brings bookings"}


def _said(gap: Gap, of: str) -> str:
    low, high = gap.gap.low * PER_CENT, gap.gap.high * PER_CENT
    return f"{gap.better} {SAID[of]} more often than {gap.worse}, by {low:.1f} to {high:.1f} points."


def _rated(rows: Iterable[Row]) -> Rows:
    return [{"name": row.name, **_rates(row)} for row in rows]


def _variants(trial: Trial) -> Rows:
    place = {"sequence": trial.sequence, "stage": trial.stage}
    return [{**place, "variant": row.name, **_rates(row)} for row in trial.variants]


def _rates(row: Row) -> dict[str, Any]:
    counts = {"made": row.brought.made, "sent": row.brought.sent, "emails": row.brought.emails}
    return counts | {
        key: value for name, part in shares(row.brought).items() for key, value in _part(name, part).items()
    }


def _part(name: str, part: Proportion) -> Mapping[str, Any]:
    low, high = (part.interval.low, part.interval.high) if part.interval else (None, None)
    return {name: part.count, f"{name}_share": part.share, f"{name}_low": low, f"{name}_high": high}


def _week(week: Week) -> dict[str, Any]:
    return {"week": week.first, **_speed(week.speed)}


def _source(origin: Origin) -> dict[str, Any]:
    became = origin.source
    return {
        "source": origin.name,
        **_speed(origin.speed),
        "qualified": became.qualified,
        "booked": became.booked,
        "customers": became.customers,
        "cost_cents": became.cost_cents,
        "cost_cents_per_lead": per(became.cost_cents, became.arrived),
        "cost_cents_per_customer": per(became.cost_cents, became.customers),
    }


def per(cents: int, count: int) -> float | None:
    """Return what each of *count* cost, in cents; None where there is none."""
    return cents / count if count else None


def _speed(speed: Speed) -> dict[str, Any]:
    told = {"leads" if name == "arrived" else name: value for name, value in asdict(speed).items()}
    for name in ("within_5_minutes", "within_an_hour"):
        told |= _part(name, Proportion(count=told[name], number=speed.arrived))
    return told
