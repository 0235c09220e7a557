"""What can be read of a lead besides itself: its messages and its story."""

from uuid import UUID

from fastapi import APIRouter

from engine.store import log as delivery_log
from engine.store import timeline
from engine.web.api.answers import MessageOut, MessagesOut, TimelineOut
from engine.web.api.lead_facts import entry_out, must_exist
from engine.web.api.paging import ThisOnward, ThisPage
from engine.web.api.permits import LEADS_READ, MESSAGES_READ
from engine.web.edge import ThisEdge

router = APIRouter()


@router.get(
    "/v1/leads/{lead_id}/messages", tags=["Leads"], summary="Read a lead's messages", dependencies=[MESSAGES_READ]
)
def list_lead_messages(lead_id: UUID, edge: ThisEdge, onward: ThisOnward, page: ThisPage) -> MessagesOut:
    """Return a lead's messages, newest first: sent, to be sent, or skipped with the reason."""
    with edge.kit.database.read() as connection:
        must_exist(connection, lead_id)
        wanted = delivery_log.LogFilter(lead_id=str(lead_id))
        found = delivery_log.read_log(connection, wanted, after=page.start, rows=page.limit)
    names = MessageOut.model_fields
    messages = [MessageOut(**{name: row[name] for name in names}) for row in found.rows]
    return MessagesOut(messages=messages, next=onward(found.next))


@router.get("/v1/leads/{lead_id}/timeline", tags=["Leads"], summary="Read a lead's story", dependencies=[LEADS_READ])
def read_timeline(lead_id: UUID, edge: ThisEdge, onward: ThisOnward, page: ThisPage) -> TimelineOut:
    """Return everything that happened between a lead and you, newest first."""
    with edge.kit.database.read() as connection:
        must_exist(connection, lead_id)
        story = timeline.read_timeline(connection, str(lead_id), after=page.start, rows=page.limit)
    return TimelineOut(entries=[entry_out(entry) for entry in story.entries], next=onward(story.next))
