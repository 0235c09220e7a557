"""Declared emergencies, in which nobody may be solicited: on record, added, ended."""

from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from engine.flows import emergencies as flow
from engine.flows.emergencies import NoSuchPlace
from engine.store import emergencies
from engine.web.bodies import Form
from engine.web.console.consent.room import ROOM, show_tab
from engine.web.console.frame import READS, back_to
from engine.web.edge import ThisEdge
from engine.web.person import WORK, ThisPerson

TAB = f"{ROOM}/emergencies"

router = APIRouter(prefix=TAB)


@router.api_route("", methods=READS)
def show_emergencies(request: Request, edge: ThisEdge) -> Response:
    """Show every emergency on record, the latest first."""
    with edge.kit.database.read() as connection:
        return show_tab(
            request,
            connection,
            "consent_emergencies.html",
            tab=TAB,
            now=edge.kit.database.now(connection),
            rows=emergencies.everything(connection),
        )


@router.post("", dependencies=[WORK])
def declare(edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Put an emergency on record; its rules count from its first moment."""
    starts_at, ends_at = _instant(form.get("starts_at", "")), _instant(form.get("ends_at", ""))
    if starts_at is None:
        raise HTTPException(400, "Please say since when.")
    if ends_at is not None and ends_at <= starts_at:
        raise HTTPException(400, "It ends before it begins: please look at the dates.")
    if not form.get("note"):
        raise HTTPException(400, "Please say what was declared, and where one can read it.")
    try:
        place = flow.place_named(form.get("place", ""))
    except NoSuchPlace as error:
        raise HTTPException(400, f"{error}.") from None
    flow.declare(edge.kit, place, starts_at=starts_at, ends_at=ends_at, note=form["note"], by=person.id)
    return back_to(f"{TAB}?said=on_record")


@router.post("/{emergency_id}/end", dependencies=[WORK])
def end(edge: ThisEdge, person: ThisPerson, emergency_id: str) -> RedirectResponse:
    """End an emergency now."""
    if not flow.end(edge.kit, emergency_id, by=person.id):
        raise HTTPException(409, "It is over already.")
    edge.ring()
    return back_to(f"{TAB}?said=ended_now")


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise HTTPException(400, "Please write dates as 2026-03-31.") from None
