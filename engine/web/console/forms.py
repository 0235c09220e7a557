"""Forms: what to paste into a page of one's own, and what was held back because a program seems to have sent it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from engine.store import suspects
from engine.store.pages import Row
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import ThisEdge
from engine.web.forms.posted import TRAP
from engine.web.forms.snippet import snippet_of
from engine.web.forms.suspecting import take_as_real, throw_away
from engine.web.listing import cursor, json_rows, link, start_of, wants_json
from engine.web.person import WORK, ThisPerson

LEADS = "/console/leads"
ROOM = f"{LEADS}/forms"
REASONS = {
    "trap": "it filled in a field that no person sees",
    "quick": "it was filled in faster than anybody reads",
}

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_forms(request: Request, edge: ThisEdge) -> Response:
    """Show each form with its HTML, and the forms that are held."""
    with edge.kit.database.read() as connection:
        page = suspects.held(connection, start=start_of(request))
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        current = edge.kit.shelf.current(connection)
        forms = [current.form(name) for name in current.form_names()]
        return show(
            request,
            connection,
            "forms.html",
            room=LEADS,
            forms=forms,
            snippets={form.name: snippet_of(form, edge.settings.base_url) for form in forms},
            base=edge.settings.base_url,
            rows=page.rows,
            said_in={row["id"]: _said(row) for row in page.rows},
            reasons=REASONS,
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.post("/held/{suspect_id}", dependencies=[WORK])
def decide(suspect_id: UUID, edge: ThisEdge, person: ThisPerson, request: Request) -> RedirectResponse:
    """Take a held form in as real, or throw it away."""
    answer = request.query_params.get("is", "")
    if answer == "real":
        lead_id = take_as_real(edge, str(suspect_id), by=person.id)
        if lead_id is None:
            raise HTTPException(409, "Somebody has decided this already, or its form is gone.")
        edge.ring()
        return back_to(f"{LEADS}/{lead_id}?said=taken in")
    if answer != "spam":
        raise HTTPException(400, "Please choose one of the buttons.")
    if not throw_away(edge, str(suspect_id), by=person.id):
        raise HTTPException(409, "Somebody has decided this already.")
    return back_to(f"{ROOM}?said=thrown away")


def _said(row: Row) -> Mapping[str, Any]:
    """Return what was written, without what the form itself adds; what stood in the trap comes last."""
    values = {name: value for name, value in row["values"].items() if value and not name.startswith("_")}
    trapped = values.pop(TRAP, None)
    return values | ({f"{TRAP} (the trap)": trapped} if trapped else {})
