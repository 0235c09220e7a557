"""Today: who came and is answered, what waits and for whom, what is held and why, and that nobody is forgotten.

An operator keeps it open all day: its parts keep themselves current, and nothing on it counts more than the last days and
what is open.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from engine.domain.incident import TO_DO, Incident
from engine.domain.period import Period
from engine.domain.task import TaskKind
from engine.flows.kit import Kit
from engine.flows.reporting import month_so_far, zone_of
from engine.store import arrivals, incidents, installation, reports
from engine.store import senders as senders_of
from engine.store import today as days
from engine.store.database import Connection, Database
from engine.store.forgotten import count_forgotten
from engine.web.console.frame import READS, show
from engine.web.console.steering.senders import gauges
from engine.web.console.task_order import what_waits
from engine.web.edge import ThisEdge
from engine.web.listing import plain, wants_json

ROOM = "/console"
GOAL = timedelta(minutes=5)
"""In which a new lead should be answered."""

LEADS_SHOWN, UNANSWERED_SHOWN, CALLS_SHOWN, REPLIES_SHOWN = 8, 8, 5, 5
CALLS_CONSIDERED = 20  # of the latest and of the most overdue: the tasks' room looks at more
LOOKED_BACK = timedelta(days=7)
A_DAY = timedelta(days=1)
QUICK_SECONDS = 0.05
KEPT_TIMES = 20

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_today(request: Request, edge: ThisEdge) -> Response:
    """Show the numbers of this moment, each counted from rows."""
    with edge.kit.database.read() as connection:
        here = installation.read(connection)
        now = installation.end_of(here, edge.kit.database.now(connection))
        numbers = _numbers(edge.kit, connection, now) | {"is_sending_stopped": here.is_sending_stopped}
        if wants_json(request):
            return JSONResponse(plain(numbers))
        calls = what_waits(edge.kit, connection, now, kind=TaskKind.CALL, considered=CALLS_CONSIDERED)
        return show(
            request,
            connection,
            "today.html",
            room=ROOM,
            now=now,
            goal=GOAL,
            newest=days.newest_leads(connection, now - A_DAY, limit=LEADS_SHOWN),
            calls=[(calls.rows[one.id], one) for one in calls.places][:CALLS_SHOWN],
            replies=days.replies_waiting(connection, limit=REPLIES_SHOWN),
            demonstration=_flat(here.demonstration or {}) if here.is_demonstration else {},
            **numbers,
        )


def _numbers(kit: Kit, connection: Connection, now: datetime) -> dict[str, Any]:
    zone = zone_of(kit, connection)
    today = now.astimezone(zone).date()
    month = Period(first=today.replace(day=1), last=today, zone=zone)
    everyone = senders_of.all_senders(connection)
    return {
        "audit": _followed_up(kit, connection, now),
        "touches": days.sent_today(everyone, now),
        "today": asdict(arrivals.speed(connection, arrivals.Range(start=month.begin_of(today), end=month.end))),
        "speed": asdict(arrivals.speed(connection, arrivals.Range(start=now - LOOKED_BACK, end=now + A_DAY))),
        "unanswered": [
            dict(row) for row in days.unanswered(connection, now - LOOKED_BACK, limit=UNANSWERED_SHOWN)
        ],
        "waiting": reports.work_waiting(connection, now),
        "held": reports.held_by_reason(connection),
        "skipped": days.skipped_since(connection, now - A_DAY),
        "incidents": [_incident(one) for one in incidents.open_ones(connection)],
        "senders": gauges(connection, everyone, now),
        "goals": [
            {**asdict(one), "is_on_track": one.is_on_track} for one in month_so_far(connection, month, now)
        ],
    }  # fmt: skip


@dataclass(slots=True)
class _Counted:
    """What was counted last, when by the machine's clock, and how long that took."""

    told: dict[str, int]
    at: float
    took: float


_counted: WeakKeyDictionary[Database, _Counted] = WeakKeyDictionary()


def _followed_up(kit: Kit, connection: Connection, now: datetime) -> dict[str, int]:
    """Return how many open leads there are, and how many forgotten.

    It looks at every open lead. So where that takes long, it is told again for a while: counting takes no more than a
    twentieth of the time, however many pages stay open.
    """
    start, kept = kit.clock.monotonic(), _counted.get(kit.database)
    if kept is not None and start - kept.at < KEPT_TIMES * kept.took and kept.took > QUICK_SECONDS:
        return kept.told
    told = count_forgotten(connection, now)
    end = kit.clock.monotonic()
    _counted[kit.database] = _Counted(told=told, at=end, took=end - start)
    return told


def _incident(one: Incident) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "detail": one.detail,
        "to_do": TO_DO[one.kind],
        "opened_at": one.opened_at,
        "last_at": one.last_at,
        "count": one.count,
    }


def _flat(notes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a demonstration noted about itself with counts by channel and the like as one text each."""
    flat = {}
    for name, value in notes.items():
        if isinstance(value, dict):
            flat[name] = ", ".join(f"{inner} {count}" for inner, count in value.items())
        else:
            flat[name] = value
    return flat
