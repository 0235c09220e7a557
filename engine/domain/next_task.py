"""Which task is worth doing first, and why: what the lead is worth, what they did lately, how late it is.

Points only order what waits at one instant; they are never kept. Each comes with its reason in words, so that whoever
works through the list can disagree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from math import log10

from engine.domain.lead import LeadStatus

FRESH = timedelta(hours=1)
"""How long a lead is new: odds of reaching them fall tenfold within the first (Oldroyd, Lead Response Management, 2007)."""

FRESH_POINTS = 60
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
REPLIED_POINTS = ((A_DAY, 40), (A_WEEK, 25))
CLICKED_POINTS = ((A_DAY, 20), (A_WEEK, 10))
QUALIFIED_POINTS = 15
INTEREST_POINTS = 3
WORTH_POINTS_PER_DIGIT, WORTH_POINTS_MAX = 5, 25  # ten times the money is worth as much as five hours
LATE_POINTS_MAX = 24  # a point an hour: what waits for days is no more urgent than what waits for one


class Doable(IntEnum):
    """Whether a task may be done at this moment; the lower comes first."""

    NOW = 0
    LATER = 1  # the gate holds the call
    NOT = 2  # the gate blocks it: somebody decides what becomes of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What counts of one open task and its lead; *worth* is money, in whole units of the seller's currency."""

    id: str
    due_at: datetime
    lead_since: datetime
    status: LeadStatus
    interest: str = ""
    worth: float = 0.0
    replied_at: datetime | None = None
    clicked_at: datetime | None = None
    doable: Doable = Doable.NOW
    opens_at: datetime | None = None  # when the gate allows the call again


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a task stands among those that wait: its points, and the reasons for them, the weightiest first."""

    id: str
    doable: Doable
    points: int
    reasons: tuple[str, ...]


def in_order(tasks: Iterable[Waiting], now: datetime) -> list[Place]:
    """Return *tasks* in the order in which they are worth doing at *now*.

    What may be done now goes ahead of what opens later, the earliest first, and that of what is blocked. Ties go to what
    was due first, so that the same tasks always stand in the same order.
    """
    placed = [(one, _place(one, now)) for one in tasks]
    return [place for _, place in sorted(placed, key=lambda pair: _key(*pair))]


def _key(one: Waiting, place: Place) -> tuple[int, datetime, int, datetime, str]:
    opens_at = one.opens_at if one.doable is Doable.LATER and one.opens_at is not None else one.due_at.min
    return (place.doable, opens_at.replace(tzinfo=one.due_at.tzinfo), -place.points, one.due_at, one.id)


def _place(one: Waiting, now: datetime) -> Place:
    found = [pair for pair in _weighed(one, now) if pair[0] > 0]
    found.sort(key=lambda pair: -pair[0])
    points = sum(count for count, _ in found)
    return Place(id=one.id, doable=one.doable, points=points, reasons=tuple(words for _, words in found))


def _weighed(one: Waiting, now: datetime) -> Iterable[tuple[int, str]]:
    age, late = now - one.lead_since, now - one.due_at
    if timedelta() <= age < FRESH:
        yield round(FRESH_POINTS * (1 - age / FRESH)), f"arrived {_long(age)} ago"
    yield _lately(REPLIED_POINTS, one.replied_at, "answered", now)
    yield _lately(CLICKED_POINTS, one.clicked_at, "clicked", now)
    if one.status is LeadStatus.QUALIFIED:
        yield QUALIFIED_POINTS, "qualified"
    if one.worth > 0:
        points = min(WORTH_POINTS_MAX, round(WORTH_POINTS_PER_DIGIT * log10(1 + one.worth)))
        yield points, f"worth {one.worth:,.0f}"
    if one.interest:
        yield INTEREST_POINTS, f"asked about {one.interest}"
    if late >= timedelta(hours=1):
        yield min(LATE_POINTS_MAX, int(late / timedelta(hours=1))), f"{_long(late)} late"


def _lately(
    points: tuple[tuple[timedelta, int], ...], at: datetime | None, what: str, now: datetime
) -> tuple[int, str]:
    if at is None or at > now:
        return 0, ""
    return next(((count, f"{what} {_long(now - at)} ago") for within, count in points if now - at < within), (0, ""))


def _long(duration: timedelta) -> str:
    minutes = int(duration / timedelta(minutes=1))
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"  # noqa: PLR2004 - two days are still told in hours
