"""The sandbox's inbox: what leads would have received, newest first; each opens where one can answer as the lead."""

from fastapi import APIRouter, HTTPException, Request, Response

from engine.store import sandbox_inbox
from engine.store.history import MACHINE_CHANNELS
from engine.web.console.frame import READS, show
from engine.web.edge import ThisEdge
from engine.web.listing import json_rows, link, wanted, wants_json

ROOM = "/console/sandbox"
NUMBER_DIGITS_MAX = 18  # what a database can count to

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_inbox(request: Request, edge: ThisEdge) -> Response:
    """Show what the sandbox took."""
    channel = wanted(request, "channel", MACHINE_CHANNELS)
    with edge.kit.database.read() as connection:
        page = sandbox_inbox.read_inbox(connection, channel=channel, before=_number(request))
        following = str(page.next) if page.next is not None else None
        if wants_json(request):
            return json_rows(page.rows, following)
        return show(
            request,
            connection,
            "sandbox.html",
            room=ROOM,
            rows=page.rows,
            asked={"channel": channel},
            choices={"channel": sorted(MACHINE_CHANNELS)},
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


def _number(request: Request) -> int | None:
    text = request.query_params.get("after", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX):
        raise HTTPException(400, "This link to a further page is damaged: begin again from the first page.")
    return int(text)
