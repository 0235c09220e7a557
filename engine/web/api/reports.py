"""Reports: how fast leads were answered, and what messages brought; the same figures as the console's."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from engine.domain.period import Period, PeriodError, PeriodName, named
from engine.domain.proportions import Proportion
from engine.flows.reporting import Row, make_report, shares, zone_of
from engine.store import arrivals
from engine.store.arrivals import Range, Speed
from engine.store.database import Connection
from engine.web.api import problems
from engine.web.api.answers import Answer
from engine.web.api.permits import REPORTS_READ
from engine.web.api.problems import FieldError, Refused
from engine.web.edge import Edge, ThisEdge

router = APIRouter(tags=["Reports"])


class PeriodOut(Answer):
    """Which days a report is about, both counted."""

    first: date
    last: date
    zone: str = Field(description="By whose clock days begin: an IANA name.")


class SpeedOut(Answer):
    """How fast leads were answered."""

    period: PeriodOut
    arrived: int = Field(description="Leads that came.")
    answered: int = Field(description="Those of them that were answered until now.")
    median_seconds: float | None
    p90_seconds: float | None = Field(description="Nine of ten were answered within it.")
    within_5_minutes: int
    within_an_hour: int


class RateOut(Answer):
    """A share, and of how many; small numbers say little."""

    count: int
    number: int
    share: float | None = Field(description="0 to 1; null of nothing.")
    low: float | None = Field(description="The true share lies above this, 19 times in 20 within both bounds.")
    high: float | None


class RatesRowOut(Answer):
    """What some messages and tasks brought."""

    name: str = Field(description="The sequence, the stage with its sequence, or the channel.")
    replied: RateOut = Field(description="Absences are no replies.")
    opened: RateOut = Field(description="By people: openings by machines are not counted.")
    clicked: RateOut
    stopped: RateOut
    bounced: RateOut
    complained: RateOut
    booked: RateOut
    customers: RateOut


class RatesOut(Answer):
    """Rates, the most frequent first."""

    period: PeriodOut
    rows: list[RatesRowOut]


class By(StrEnum):
    """What rates are told by."""

    SEQUENCE = "sequence"
    STAGE = "stage"
    CHANNEL = "channel"


class PeriodQuery(BaseModel):
    """Which days: by a name, or from one to another."""

    model_config = ConfigDict(extra="forbid")

    period: PeriodName = Field(default=PeriodName.NINETY_DAYS, description="Where no days are given.")
    first: date | None = Field(default=None, description="The first day, together with `last`.")
    last: date | None = Field(default=None, description="The last day, counted too.")


class RatesQuery(PeriodQuery):
    """Which days, and by what."""

    by: By = Field(default=By.SEQUENCE, description="What the rows are.")


@router.get("/v1/reports/speed", summary="Read how fast leads were answered", dependencies=[REPORTS_READ])
def read_speed(edge: ThisEdge, query: Annotated[PeriodQuery, Query()]) -> SpeedOut:
    """Return how long the leads of some days waited for their first touch."""
    with edge.kit.database.read() as connection:
        period = _period(edge, connection, query)
        speed = arrivals.speed(connection, Range(start=period.start, end=period.end))
    return SpeedOut(period=_told(period), **{name: getattr(speed, name) for name in Speed.__dataclass_fields__})


@router.get("/v1/reports/rates", summary="Read what messages brought", dependencies=[REPORTS_READ])
def read_rates(edge: ThisEdge, query: Annotated[RatesQuery, Query()]) -> RatesOut:
    """Return the rates of replies, stops, bounces and more for what was sent and done in some days."""
    with edge.kit.database.read() as connection:
        period = _period(edge, connection, query)
        report = make_report(connection, period, edge.kit.database.now(connection))
    rows = {By.SEQUENCE: report.sequences, By.STAGE: report.stages, By.CHANNEL: report.channels}[query.by]
    return RatesOut(period=_told(period), rows=[_row(row) for row in rows])


def _period(edge: Edge, connection: Connection, query: PeriodQuery) -> Period:
    zone = zone_of(edge.kit, connection)
    if query.first is None and query.last is None:
        return named(query.period, edge.kit.database.now(connection), zone)
    if query.first is None or query.last is None:
        raise _no_period("One of its two days is missing.")
    try:
        period = Period(first=query.first, last=query.last, zone=zone)
        _ = (period.start, period.end, period.before().start)  # at the ends of the calendar there is no day before
    except PeriodError as error:
        raise _no_period(str(error)) from error
    except (OverflowError, ValueError) as error:
        raise _no_period("No calendar holds these days.") from error
    return period


def _no_period(message: str) -> Refused:
    remedy = "Send both, as in first=2026-01-01 and last=2026-01-31."
    return Refused(problems.INVALID, errors=[FieldError(field="first", message=message, remedy=remedy)])


def _told(period: Period) -> PeriodOut:
    return PeriodOut(first=period.first, last=period.last, zone=period.zone.key)


def _row(row: Row) -> RatesRowOut:
    return RatesRowOut(name=row.name, **{name: _rate(one) for name, one in shares(row.brought).items()})


def _rate(one: Proportion) -> RateOut:
    bounds = one.interval
    return RateOut(
        count=one.count,
        number=one.number,
        share=one.share,
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
    )
