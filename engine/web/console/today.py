"""Today: what came, what went out, what waits and for whom; and that nobody is forgotten."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from engine.domain.incident import TO_DO, Incident
from engine.domain.pacing import refill
from engine.store import incidents, installation, reports, senders
from engine.store.database import Connection
from engine.web.console.frame import READS, show
from engine.web.edge import ThisEdge
from engine.web.listing import plain, wants_json

ROOM = "/console"

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_today(request: Request, edge: ThisEdge) -> Response:
    """Show the numbers of this moment, each counted from rows."""
    with edge.kit.database.read() as connection:
        now = installation.lived_until(connection, edge.kit.database.now(connection))
        numbers = {
            "audit": reports.audit(connection, now),
            "touches": reports.touch_counts(connection),
            "speed": reports.speed_to_first_touch(connection),
            "waiting": reports.work_waiting(connection, now),
            "held": reports.held_by_reason(connection),
            "skipped": reports.skipped_by_reason(connection),
            "states": reports.states(connection),
            "incidents": [_incident(one) for one in incidents.open_ones(connection)],
            "replies": reports.reply_counts(connection),
            "opt_outs": reports.opt_out_count(connection),
            "senders": [_sender(one, now) for one in senders.all_senders(connection)],
            "is_sending_stopped": installation.read(connection).is_sending_stopped,
        }
        if wants_json(request):
            return JSONResponse(plain(numbers))
        return show(
            request,
            connection,
            "today.html",
            room=ROOM,
            now=now,
            demonstration=_flat(_demonstration(connection)),
            **numbers,
        )


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


def _sender(one: senders.Sender, now: datetime) -> dict[str, Any]:
    pace = refill(one.pace, now)
    return {
        "channel": one.channel,
        "provider": one.provider,
        "address": one.address,
        "rests_for": one.rests_for,
        "fails_by": one.fails_by,
        "probe_at": one.breaker.probe_at,
        "trial_left": pace.trial_left,
        "sent_today": pace.sent_today,
        "daily_max": pace.daily_max,
    }


def _demonstration(connection: Connection) -> dict[str, Any]:
    found = installation.read(connection)
    return dict(found.demonstration or {}) if found.is_demonstration else {}


def _flat(notes: dict[str, Any]) -> dict[str, Any]:
    """Return what a demonstration noted about itself with counts by channel and the like as one text each."""
    flat = {}
    for name, value in notes.items():
        if isinstance(value, dict):
            flat[name] = ", ".join(f"{inner} {count}" for inner, count in value.items())
        else:
            flat[name] = value
    return flat
