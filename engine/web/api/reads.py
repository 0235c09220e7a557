"""What can be read besides a lead itself: its messages, its story, and the sequences there are."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from engine.store import contents, lead_list, timeline
from engine.store import log as delivery_log
from engine.store.database import Connection
from engine.store.pages import Key
from engine.web.api import problems
from engine.web.api.answers import MessageOut, MessagesOut, SequenceOut, SequencesOut, TimelineOut
from engine.web.api.lead_facts import entry_out
from engine.web.api.leads import NO_LEAD
from engine.web.api.problems import FieldError, Refused
from engine.web.edge import ThisEdge
from engine.web.listing import SEPARATOR, cursor

ROWS_MAX = 200

router = APIRouter()

Limit = Annotated[int, Query(ge=1, le=ROWS_MAX, description="How many at most.")]


def _start(
    after: Annotated[str | None, Query(max_length=100, description="The `next` of the page before.")] = None,
) -> Key | None:
    if not after:
        return None
    at, _, row_id = after.replace(" ", "+").partition(SEPARATOR)  # a + that was not escaped in the URL
    try:
        instant = datetime.fromisoformat(at)
        return Key(
            at=(instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC), id=str(UUID(row_id))
        )
    except (ValueError, OverflowError) as error:
        found = FieldError(field="after", message="This is no place in a list.", remedy="Send the `next` of an answer.")
        raise Refused(problems.INVALID, errors=[found]) from error


Start = Annotated[Key | None, Depends(_start)]


@router.get("/v1/leads/{lead_id}/messages", tags=["Leads"], summary="Read a lead's messages")
def read_messages(lead_id: UUID, edge: ThisEdge, after: Start, limit: Limit = 50) -> MessagesOut:
    """Return a lead's messages, newest first: sent, to be sent, or skipped with the reason."""
    with edge.kit.database.read() as connection:
        _must_exist(connection, lead_id)
        wanted = delivery_log.LogFilter(lead_id=str(lead_id))
        page = delivery_log.read_log(connection, wanted, after=after, rows=limit)
    names = MessageOut.model_fields
    messages = [MessageOut(**{name: row[name] for name in names}) for row in page.rows]
    return MessagesOut(messages=messages, next=cursor(page.next))


@router.get("/v1/leads/{lead_id}/timeline", tags=["Leads"], summary="Read a lead's story")
def read_story(lead_id: UUID, edge: ThisEdge, after: Start, limit: Limit = 50) -> TimelineOut:
    """Return everything that happened between a lead and you, newest first."""
    with edge.kit.database.read() as connection:
        _must_exist(connection, lead_id)
        story = timeline.read_timeline(connection, str(lead_id), after=after, rows=limit)
    return TimelineOut(entries=[entry_out(entry) for entry in story.entries], next=cursor(story.next))


@router.get("/v1/sequences", tags=["Sequences"], summary="List the published sequences")
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
