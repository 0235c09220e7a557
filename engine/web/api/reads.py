"""What can be read besides a lead itself: its messages, its story, and the sequences there are."""

from uuid import UUID

from fastapi import APIRouter

from engine.store import contents, lead_list, timeline
from engine.store import log as delivery_log
from engine.store.database import Connection
from engine.web.api import problems
from engine.web.api.answers import MessageOut, MessagesOut, SequenceOut, SequencesOut, TimelineOut
from engine.web.api.lead_facts import entry_out
from engine.web.api.leads import NO_LEAD
from engine.web.api.paging import ThisOnward, ThisPage
from engine.web.api.permits import LEADS_READ, MESSAGES_READ, SEQUENCES_READ
from engine.web.api.problems import Refused
from engine.web.edge import ThisEdge

router = APIRouter()


@router.get(
    "/v1/leads/{lead_id}/messages", tags=["Leads"], summary="Read a lead's messages", dependencies=[MESSAGES_READ]
)
def list_lead_messages(lead_id: UUID, edge: ThisEdge, onward: ThisOnward, page: ThisPage) -> MessagesOut:
    """Return a lead's messages, newest first: sent, to be sent, or skipped with the reason."""
    with edge.kit.database.read() as connection:
        _must_exist(connection, lead_id)
        wanted = delivery_log.LogFilter(lead_id=str(lead_id))
        found = delivery_log.read_log(connection, wanted, after=page.start, rows=page.limit)
    names = MessageOut.model_fields
    messages = [MessageOut(**{name: row[name] for name in names}) for row in found.rows]
    return MessagesOut(messages=messages, next=onward(found.next))


@router.get("/v1/leads/{lead_id}/timeline", tags=["Leads"], summary="Read a lead's story", dependencies=[LEADS_READ])
def read_timeline(lead_id: UUID, edge: ThisEdge, onward: ThisOnward, page: ThisPage) -> TimelineOut:
    """Return everything that happened between a lead and you, newest first."""
    with edge.kit.database.read() as connection:
        _must_exist(connection, lead_id)
        story = timeline.read_timeline(connection, str(lead_id), after=page.start, rows=page.limit)
    return TimelineOut(entries=[entry_out(entry) for entry in story.entries], next=onward(story.next))


@router.get("/v1/sequences", tags=["Sequences"], summary="List the published sequences", dependencies=[SEQUENCES_READ])
def list_sequences(edge: ThisEdge) -> SequencesOut:
    """Return every published sequence, by name."""
    with edge.kit.database.read() as connection:
        found = []
        for row in contents.sequences(connection):
            sequence = edge.kit.shelf.sequence(connection, row["revision"])
            told = {name: row[name] for name in ("name", "purpose", "is_paused", "published_at", "revision")}
            starts = sequence.enter.event or sequence.enter.when
            found.append(SequenceOut(**told, stages=len(sequence.stages), starts=starts))
    return SequencesOut(sequences=found)


def _must_exist(connection: Connection, lead_id: UUID) -> None:
    if lead_list.find_lead(connection, str(lead_id)) is None:
        raise Refused(problems.NOT_FOUND, NO_LEAD)
