"""Senders with their gauges: how fast and how much each may send, how its provider is, and changing that."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from consent.places import zone_named
from engine.domain.pacing import daily_limit, refill
from engine.flows.going_live import Limits, change_limits
from engine.store import sender_domains, senders
from engine.store.database import Connection
from engine.store.senders import Sender
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.console.steering.sending import ROOM
from engine.web.edge import ThisEdge
from engine.web.listing import plain, wants_json
from engine.web.person import MANAGE, ThisPerson

PAGE = f"{ROOM}/senders"
RATE_MAX = 10_000
DAILY_MAX_MAX = 100_000_000
RAMP_FACTOR_MAX = 10.0
BUSIEST_DOMAINS = 3

Number = TypeVar("Number", int, float)

router = APIRouter(prefix=PAGE)


@router.api_route("", methods=READS)
def show_senders(request: Request, edge: ThisEdge) -> Response:
    """Show every sender: what it may send now and today, whether its provider is well, and when it last called back."""
    with edge.kit.database.read() as connection:
        now = edge.kit.database.now(connection)
        told = gauges(connection, senders.all_senders(connection), now)
        if wants_json(request):
            return JSONResponse({"senders": [plain(one) for one in told]})
        return show(request, connection, "settings_senders.html", room=ROOM, senders=told, now=now)


@router.post("/{sender_id}", dependencies=[MANAGE])
def change(sender_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Change the limits of a sender; how they were stands in the audit log beside how they are."""
    with edge.kit.database.read() as connection:
        found = next((one for one in senders.all_senders(connection) if one.id == str(sender_id)), None)
    if found is None:
        raise HTTPException(404, "There is no such sender.")
    change_limits(edge.kit, found, _limits(form), by=person.id)
    edge.ring()
    return back_to(f"{PAGE}?said=limits_changed")


def gauges(connection: Connection, everyone: Sequence[Sender], now: datetime) -> list[dict[str, Any]]:
    """Return what the gauges of *everyone* show at *now*: one query for each sender with a limit by domain."""
    return [_gauge(connection, one, now) for one in everyone]


def _gauge(connection: Connection, one: Sender, now: datetime) -> dict[str, Any]:
    pace = refill(one.pace, now)
    domains = (
        sender_domains.busiest(connection, one.id, pace.day, limit=BUSIEST_DOMAINS) if one.domain_daily_max else []
    )
    return {
        "id": one.id,
        "channel": one.channel,
        "provider": one.provider,
        "address": one.address,
        "name": one.name,
        "rests_for": one.rests_for,
        "standing": one.breaker.standing(now),
        "fails_by": one.fails_by,
        "failures": one.breaker.failures,
        "probe_at": one.breaker.probe_at,
        "heard_at": one.heard_at,
        "is_live": one.is_live,
        "tokens": max(0, int(pace.tokens)),
        "tokens_max": max(1, int(pace.burst)),
        "rate_per_second": pace.rate_per_second,
        "sent_today": pace.sent_today,
        "limit_today": daily_limit(pace),
        "daily_max": pace.daily_max,
        "day_zone": pace.day_zone,
        "is_warming_up": daily_limit(pace) != pace.daily_max,
        "ramp_first": pace.ramp_first,
        "ramp_factor": pace.ramp_factor,
        "trial_left": pace.trial_left,
        "domain_daily_max": one.domain_daily_max,
        "domains": domains,
    }


def _limits(form: Form) -> Limits:
    rate = _number(form, "rate", float, least=0.001, most=RATE_MAX)
    first = _number(form, "ramp_first", int, least=1, most=DAILY_MAX_MAX)
    factor = _number(form, "ramp_factor", float, least=1.01, most=RAMP_FACTOR_MAX)
    zone = form.get("day_zone", "") or "UTC"
    if zone_named(zone) is None:
        raise HTTPException(400, "That time zone is not known: write an IANA name such as America/New_York.")
    if first is not None and factor is None:
        raise HTTPException(400, "A warm-up needs how much more each day takes: such as 1.5.")
    wants_ramp = form.get("warm_up", "keep")
    if wants_ramp == "begin" and first is None:
        raise HTTPException(400, "A warm-up needs how many it may send on its first day: such as 50.")
    return Limits(
        rate=rate,
        daily_max=_number(form, "daily_max", int, least=0, most=DAILY_MAX_MAX),
        day_zone=zone,
        domain_daily_max=_number(form, "domain_daily_max", int, least=1, most=DAILY_MAX_MAX),
        ramp=(first, factor) if wants_ramp == "begin" and first is not None and factor is not None else None,
        keeps_ramp=wants_ramp == "keep",
    )


def _number(form: Form, name: str, read: Callable[[str], Number], *, least: float, most: float) -> Number | None:
    """Return the number in a field, None where it is empty."""
    text = form.get(name, "")
    if not text:
        return None
    try:
        number = read(text)
    except ValueError:
        number = None
    if number is None or not least <= number <= most:  # a NaN is within nothing
        raise HTTPException(
            400, f"“{text[:20]}” can't be: write a number from {least:g} to {most:g}, or leave it empty."
        )
    return number
