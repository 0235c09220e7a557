"""Leads: found by how any word of a name or an address begins, and each with everything that is on record, newest first."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response

from engine.domain.lead import LeadStatus
from engine.domain.task import TaskOutcome
from engine.flows.checking import in_words
from engine.flows.merging import find_doubles
from engine.flows.standing_now import standing_now
from engine.store import contents, inbox, lead_edits, lead_list, leads, timeline, users
from engine.store.database import Connection
from engine.store.forgotten import FollowUp
from engine.store.timeline import EntryKind
from engine.web.console import lead_actions, lead_merging
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import ThisEdge
from engine.web.listing import cursor, json_rows, link, plain, start_of, wanted, wants_json

ROOM = "/console/leads"
NOBODY = "nobody"
TALKED = [outcome for outcome in TaskOutcome if outcome is not TaskOutcome.DONE]

router = APIRouter(prefix=ROOM)
router.include_router(lead_merging.router)
router.include_router(lead_actions.router)


@router.api_route("", methods=READS)
def show_leads(request: Request, edge: ThisEdge) -> Response:
    """Show leads, newest first, with when something happens next for each."""
    asked = _asked(request)
    owner = "" if asked["owner"] == NOBODY else asked["owner"]
    follow_up = FollowUp(asked["follow_up"]) if asked["follow_up"] else None
    search = lead_list.LeadFilter(**{**asked, "owner": owner, "follow_up": follow_up})
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
            is_asked=any(asked.values()),
            choices=_choices(connection),
            names=_names(connection),
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


def _asked(request: Request) -> dict[str, Any]:
    asked: dict[str, Any] = {"beginning": wanted(request, "beginning") or ""}
    asked["status"] = wanted(request, "status", LeadStatus)
    asked["follow_up"] = wanted(request, "follow_up", FollowUp)
    return asked | {name: wanted(request, name) for name in ("owner", "source", "country", "sequence")}


def _choices(connection: Connection) -> dict[str, list[str]]:
    return {
        "status": list(LeadStatus),
        "follow_up": list(FollowUp),
        "owner": [NOBODY, *(row["id"] for row in users.all_users(connection))],
        "source": lead_edits.names_in_use(connection, "source"),
        "country": lead_edits.names_in_use(connection, "country"),
        "sequence": [row["name"] for row in contents.sequences(connection)],
    }


@router.api_route("/{lead_id}", methods=READS)
def show_lead(request: Request, lead_id: UUID, edge: ThisEdge) -> Response:
    """Show one lead: what comes next, permission, facts, and the timeline; a double leads to who it became part of."""
    kind = wanted(request, "kind", EntryKind)
    kinds = (EntryKind(kind),) if kind else tuple(EntryKind)
    with edge.kit.database.read() as connection:
        now = edge.kit.database.now(connection)
        lead = lead_list.find_lead(connection, str(lead_id))
        if lead is None:
            raise HTTPException(404, "There is no such lead.")
        if lead["merged_into"]:
            return back_to(f"{ROOM}/{lead['merged_into']}")
        story = timeline.read_timeline(connection, lead["id"], after=start_of(request), kinds=kinds)
        following = cursor(story.next)
        if wants_json(request):
            entries = [
                {"kind": entry.kind, "at": entry.at, **entry.row, "entry": entry.kind} for entry in story.entries
            ]
            return json_rows([plain(entry) for entry in entries], following)
        stored = leads.load(connection, [lead["id"]])[lead["id"]]
        return show(
            request,
            connection,
            "lead.html",
            room=ROOM,
            now=now,
            lead=lead,
            checked=in_words(lead["checks"]),
            walks=lead_list.walks_of(connection, lead["id"]),
            coming=lead_list.coming_of(connection, lead["id"]),
            tasks=lead_list.open_tasks_of(connection, lead["id"]),
            standings=standing_now(edge.kit, connection, stored, now),
            consents=lead_list.consents_of(connection, lead["id"]),
            suppressions=lead_list.suppressions_of(connection, lead["id"]),
            thread=inbox.find_thread(connection, lead["id"]),
            doubles=find_doubles(connection, lead),
            names=_names(connection),
            sequences=[row["name"] for row in contents.sequences(connection)],
            outcomes=TALKED,
            entries=story.entries,
            kinds=list(EntryKind),
            kind=kind,
            nonce=edge.kit.ids.new(),
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


def _names(connection: Connection) -> dict[str, str]:
    return {row["id"]: row["name"] for row in users.all_users(connection)}
