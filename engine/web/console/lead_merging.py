"""Join two leads who are one person: both side by side first, with what will become of them, since nothing undoes it."""

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from engine.flows.merging import NotMergeable, merge
from engine.store import lead_list
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import ThisEdge
from engine.web.person import WORK, ThisPerson

ROOM = "/console/leads"

router = APIRouter(dependencies=[WORK])


@router.api_route("/{lead_id}/merge", methods=READS)
def show_merge(request: Request, lead_id: UUID, edge: ThisEdge) -> Response:
    """Show two leads side by side, and what joining them means."""
    other = _id_in(request.query_params.get("with", ""))
    with edge.kit.database.read() as connection:
        pair = [lead_list.find_lead(connection, one) for one in (str(lead_id), other)]
        if None in pair or str(lead_id) == other:
            raise HTTPException(404, "There is no such pair of leads.")
        steps = lead_list.next_steps(connection, [str(lead_id), other])
        return show(request, connection, "lead_merge.html", room=ROOM, pair=pair, upcoming=steps)


@router.post("/{lead_id}/merge")
def join(lead_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Make the other lead part of this one."""
    if form.get("sure") != "yes":
        raise HTTPException(400, "Tick that they are one person: nothing undoes this.")
    try:
        done = merge(edge.kit, str(lead_id), _id_in(form.get("with", "")), by=person.id)
    except NotMergeable as refused:
        raise HTTPException(409, str(refused)) from refused
    edge.ring()
    stopped = f"; stopped for both: {', '.join(done.stopped)}" if done.stopped else ""
    return back_to(f"{ROOM}/{done.survivor}?{urlencode({'said': f'joined{stopped}'})}")


def _id_in(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise HTTPException(404, "There is no such lead.") from None
