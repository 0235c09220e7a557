"""Leads: found by how a name or an address begins, and each with everything that is on record, newest first."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response

from engine.domain.lead import LeadStatus
from engine.flows.checking import in_words
from engine.store import lead_list, timeline
from engine.store.forgotten import FollowUp
from engine.web.console.frame import READS, show
from engine.web.edge import ThisEdge
from engine.web.listing import cursor, json_rows, link, plain, start_of, wanted, wants_json

ROOM = "/console/leads"

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_leads(request: Request, edge: ThisEdge) -> Response:
    """Show leads, newest first, with when something happens next for each."""
    follow_up = wanted(request, "follow_up", FollowUp)
    asked = {
        "beginning": wanted(request, "beginning") or "",
        "status": wanted(request, "status", LeadStatus),
        "follow_up": FollowUp(follow_up) if follow_up else None,
    }
    search = lead_list.LeadFilter(**asked)  # type: ignore[arg-type]
    with edge.kit.database.read() as connection:
        page = lead_list.list_leads(connection, search, after=start_of(request))
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        return show(
            request,
            connection,
            "leads.html",
            room=ROOM,
            now=edge.kit.database.now(connection),
            rows=page.rows,
            upcoming=lead_list.next_steps(connection, [row["id"] for row in page.rows]),
            asked=asked,
            choices={"status": list(LeadStatus), "follow_up": list(FollowUp)},
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.api_route("/{lead_id}", methods=READS)
def show_lead(request: Request, lead_id: UUID, edge: ThisEdge) -> Response:
    """Show one lead: facts, permission, where they stand, and the timeline."""
    with edge.kit.database.read() as connection:
        lead = lead_list.find_lead(connection, str(lead_id))
        if lead is None:
            raise HTTPException(404, "There is no such lead.")
        story = timeline.read_timeline(connection, lead["id"], after=start_of(request))
        following = cursor(story.next)
        if wants_json(request):
            entries = [{"kind": entry.kind, "at": entry.at, **entry.row} for entry in story.entries]
            return json_rows([plain(entry) for entry in entries], following)
        return show(
            request,
            connection,
            "lead.html",
            room=ROOM,
            lead=lead,
            checked=in_words(lead["checks"]),
            walks=lead_list.walks_of(connection, lead["id"]),
            consents=lead_list.consents_of(connection, lead["id"]),
            suppressions=lead_list.suppressions_of(connection, lead["id"]),
            entries=story.entries,
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )
