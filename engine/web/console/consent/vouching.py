"""Attestations: what the law asks of the business and no machine can see, and who vouches for it."""

from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from engine.flows import vouching as flow
from engine.web.bodies import Form
from engine.web.console.consent.room import ROOM, show_tab
from engine.web.console.frame import READS, back_to
from engine.web.edge import ThisEdge
from engine.web.person import MANAGE, ThisPerson

TAB = f"{ROOM}/attestations"

router = APIRouter(prefix=TAB)


@router.api_route("", methods=READS)
def show_standing(request: Request, edge: ThisEdge) -> Response:
    """Show everything that the rules want vouched for, and what is blocked meanwhile."""
    with edge.kit.database.read() as connection:
        return show_tab(
            request,
            connection,
            "consent_attestations.html",
            tab=TAB,
            now=edge.kit.database.now(connection),
            rows=flow.standing(connection, edge.kit.rulebook),
        )


# A word of the business loosens what is sent: only whoever answers for the installation may give it.
@router.post("/{name}", dependencies=[MANAGE])
def vouch(edge: ThisEdge, person: ThisPerson, name: str, form: Form) -> RedirectResponse:
    """Put on record that this person vouches for *name* from now on."""
    if name not in flow.asked_for(edge.kit.rulebook):
        raise HTTPException(404, "No rule asks for this.")
    if not form.get("note"):
        raise HTTPException(400, "Please say what it rests on: a number, a contract, where it is kept.")
    flow.vouch(edge.kit, name, by=person.id, expires_at=_until(edge, form.get("expires_at", "")), note=form["note"])
    edge.ring()
    return back_to(f"{TAB}?said=on_record")


@router.post("/{name}/revoke", dependencies=[MANAGE])
def revoke(edge: ThisEdge, person: ThisPerson, name: str) -> RedirectResponse:
    """Take a word back; what its rules ask for is blocked from now on."""
    if not flow.revoke(edge.kit, name, by=person.id):
        raise HTTPException(409, "Nobody vouches for it.")
    return back_to(f"{TAB}?said=taken_back")


def _until(edge: ThisEdge, text: str) -> datetime | None:
    if not text:
        return None
    try:
        until = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise HTTPException(400, "Please write the date as 2026-03-31.") from None
    if until <= edge.kit.clock.now():
        raise HTTPException(400, "Please choose a day to come, or leave it out.")
    return until
