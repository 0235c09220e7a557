"""Notes about a lead, and what happened to it."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from engine.store import events, listings
from engine.store.database import Connection
from engine.store.listings import Wanted
from engine.web.api.answers import EventOut, EventsOut, NoteOut, NotesOut
from engine.web.api.asks import NoteIn
from engine.web.api.carrying import ThisCarrier
from engine.web.api.lead_facts import must_exist
from engine.web.api.paging import ThisOnward, ThisPage
from engine.web.api.permits import LEADS_READ, LEADS_WRITE
from engine.web.edge import ThisEdge

router = APIRouter(tags=["Leads"])
CREATED = 201


@router.get("/v1/leads/{lead_id}/notes", summary="List a lead's notes", dependencies=[LEADS_READ])
def list_notes(lead_id: UUID, edge: ThisEdge, onward: ThisOnward, page: ThisPage) -> NotesOut:
    """Return what was written down about a lead, the latest first."""
    with edge.kit.database.read() as connection:
        must_exist(connection, lead_id)
        wanted = Wanted(equal={"lead_id": str(lead_id)})
        found = listings.list_notes(connection, wanted, start=page.start, rows=page.limit)
    notes = [NoteOut(**{name: row[name] for name in NoteOut.model_fields}) for row in found.rows]
    return NotesOut(notes=notes, next=onward(found.next))


@router.post(
    "/v1/leads/{lead_id}/notes",
    status_code=CREATED,
    response_model=NoteOut,
    summary="Note something about a lead",
    dependencies=[LEADS_WRITE],
)
def add_note(lead_id: UUID, body: NoteIn, carrier: ThisCarrier) -> Response:
    """Write something down about a lead, for people to read."""

    def work(connection: Connection, now: datetime) -> tuple[int, NoteOut]:
        must_exist(connection, lead_id)
        told = {"id": carrier.edge.kit.ids.new(), "at": now, "author": carrier.caller.by, "body": body.body}
        events.note(connection, [{**told, "lead_id": str(lead_id)}])
        return CREATED, NoteOut(**told)

    return carrier.carry(body, work)


@router.get("/v1/leads/{lead_id}/events", summary="List what happened to a lead", dependencies=[LEADS_READ])
def list_events(lead_id: UUID, edge: ThisEdge, onward: ThisOnward, page: ThisPage) -> EventsOut:
    """Return what happened to a lead by name, told from outside or noted by the engine, the latest first."""
    with edge.kit.database.read() as connection:
        must_exist(connection, lead_id)
        wanted = Wanted(equal={"lead_id": str(lead_id)})
        found = listings.list_happenings(connection, wanted, start=page.start, rows=page.limit)
    told = [EventOut(**{name: row[name] for name in EventOut.model_fields}) for row in found.rows]
    return EventsOut(events=told, next=onward(found.next))
