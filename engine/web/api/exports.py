"""Exports: all leads, or all messages, as a file; read a page at a time, so that its size costs no memory."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from channels.address import Channel
from engine.domain.lead import LeadStatus
from engine.domain.message import MessageState
from engine.store import listings
from engine.store.database import Connection
from engine.store.listings import Wanted
from engine.store.pages import Key, Page
from engine.web.api.answers import LeadFactsOut, MessageOut
from engine.web.api.lead_facts import FACTS
from engine.web.api.paging import Moment
from engine.web.api.permits import LEADS_READ, MESSAGES_READ
from engine.web.edge import Edge, ThisEdge
from engine.web.exporting import CSV, JSON_LINES, as_file, csv_lines, json_lines

router = APIRouter(tags=["Exports"])

ROWS_AT_ONCE = 1_000
CSV_TYPE, LINES_TYPE = "text/csv", "application/jsonl"
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, as it is made.",
        "content": {LINES_TYPE: {"schema": {"type": "string"}}, CSV_TYPE: {"schema": {"type": "string"}}},
    }
}

Listing = Callable[..., Page]


class Format(StrEnum):
    """How rows are written."""

    JSONL = "jsonl"  # a JSON object a line
    CSV = "csv"  # with a head line; cells that a spreadsheet would calculate begin with an apostrophe


class ExportQuery(BaseModel):
    """Which rows, and how."""

    model_config = ConfigDict(extra="forbid")

    format: Format | None = Field(default=None, description="Else as `Accept` says, and JSON lines without it.")
    since: Moment | None = Field(default=None, description="Made from this instant on.")
    before: Moment | None = Field(default=None, description="Made before this instant.")


class LeadsExportQuery(ExportQuery):
    """Which leads, and how."""

    status: LeadStatus | None = Field(default=None, description="Who has come so far.")


class MessagesExportQuery(ExportQuery):
    """Which messages, and how."""

    state: MessageState | None = Field(default=None, description="How far we got.")
    channel: Channel | None = Field(default=None, description="By this channel.")


@router.get(
    "/v1/exports/leads",
    summary="Export leads",
    dependencies=[LEADS_READ],
    response_class=Response,
    responses=FILE,
)
def export_leads(request: Request, edge: ThisEdge, query: Annotated[LeadsExportQuery, Query()]) -> Response:
    """Return every lead, the newest first, as JSON lines or CSV."""
    wanted = Wanted(equal={"status": query.status}, since=query.since, until=query.before)
    columns = [name for name in LeadFactsOut.model_fields if name in FACTS]
    return _file(request, edge, query, listings.list_leads, wanted, columns, "leads")


@router.get(
    "/v1/exports/messages",
    summary="Export messages",
    dependencies=[MESSAGES_READ],
    response_class=Response,
    responses=FILE,
)
def export_messages(request: Request, edge: ThisEdge, query: Annotated[MessagesExportQuery, Query()]) -> Response:
    """Return every message, the newest first, as JSON lines or CSV; without its words."""
    equal = {"state": query.state, "channel": query.channel}
    wanted = Wanted(equal=equal, since=query.since, until=query.before)
    return _file(request, edge, query, listings.list_messages, wanted, list(MessageOut.model_fields), "messages")


def _file(
    request: Request, edge: Edge, query: ExportQuery, listing: Listing, wanted: Wanted, columns: list[str], name: str
) -> Response:
    rows = _rows(edge, listing, wanted, columns)
    accepted = request.headers.get("accept", "")
    wants_csv = CSV_TYPE in accepted and LINES_TYPE not in accepted
    if query.format is Format.CSV or (query.format is None and wants_csv):
        return as_file(csv_lines(columns, rows), name=f"{name}.csv", media_type=CSV)
    return as_file(json_lines(rows), name=f"{name}.jsonl", media_type=JSON_LINES)


def _rows(edge: Edge, listing: Listing, wanted: Wanted, columns: list[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows a page at a time, each page in a transaction of its own: a slow reader holds nothing open."""
    start: Key | None = None
    while True:
        with edge.kit.database.read() as connection:
            page = _page(connection, listing, wanted, start)
        for row in page.rows:
            yield {name: row[name] for name in columns}
        if page.next is None:
            return
        start = page.next


def _page(connection: Connection, listing: Listing, wanted: Wanted, start: Key | None) -> Page:
    return listing(connection, wanted, start=start, rows=ROWS_AT_ONCE)
