"""Messages: the delivery log, which keeps itself current, with filters, a search, views that people keep, and exports."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from engine.domain.access import Right
from engine.flows.log_views import NotKept, NoView, change_view, drop_view, keep_view, note_export
from engine.store import contents, log, log_views, senders
from engine.web import words
from engine.web.bodies import Form
from engine.web.console import message
from engine.web.console.frame import READS, back_to, show
from engine.web.console.log_query import CHOICES, query_of, read_query
from engine.web.edge import ThisEdge
from engine.web.exporting import CSV, JSON_LINES, as_file, csv_lines, json_lines
from engine.web.listing import cursor, json_rows, link, start_of, wants_json
from engine.web.person import SEE, WORK, Person, ThisPerson

ROOM = message.ROOM

COLUMNS = (
    "id", "created_at", "channel", "template", "sequence", "stage", "variant", "purpose", "state", "reason", "rule",
    "due_at", "accepted_at", "ended_at", "delivery", "opened_at", "clicked_at", "replied_at", "complained_at", "lead_id",
    "first_name", "last_name", "company", "email", "phone",
)  # fmt: skip
"""The columns of an export as CSV."""

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_log(request: Request, edge: ThisEdge, person: ThisPerson) -> Response:
    """Show the delivery log, newest first."""
    query = read_query(request.query_params)
    with edge.kit.database.read() as connection:
        page = log.read_log(connection, query.filter, after=start_of(request))
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        return show(
            request,
            connection,
            "messages.html",
            room=ROOM,
            rows=page.rows,
            query=query,
            asked=query.asked,
            choices=CHOICES,
            sequences=[row["name"] for row in contents.sequences(connection)],
            senders=senders.all_senders(connection),
            reasons=words.REASON_CHOICES,
            views=log_views.seen_by(connection, person.id),
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.post("/export", dependencies=[WORK])
def export(edge: ThisEdge, person: ThisPerson, form: Form) -> Response:
    """Send what the log shows as a file: CSV or JSON lines, as long as it may be."""
    query = query_of(form.get("query", ""))
    kind = form.get("format", "")
    if kind not in {"csv", "jsonl"}:
        raise HTTPException(400, "Please choose one of the buttons.")
    note_export(edge.kit, query=query.text, file_format=kind, by=person.id)
    rows = log.read_whole(edge.kit.database, query.filter)
    if kind == "csv":
        return as_file(csv_lines(COLUMNS, rows), name="messages.csv", media_type=CSV)
    return as_file(json_lines(rows), name="messages.jsonl", media_type=JSON_LINES)


@router.post("/views", dependencies=[SEE])
def keep(edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Keep the filters of the log under a name."""
    query = query_of(form.get("query", ""))
    try:
        name, is_shared = form.get("name", ""), _is_shared(form, person)
        keep_view(edge.kit, name=name, query=query.text, is_shared=is_shared, by=person.id)
    except NotKept as error:
        raise HTTPException(400, str(error)) from None
    return back_to(f"{ROOM}?{query.text}&said=view_kept")


@router.post("/views/{view_id}", dependencies=[SEE])
def change(view_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Rename or share a view of one's own, or delete it."""
    try:
        if form.get("act") == "drop":
            drop_view(edge.kit, str(view_id), by=person.id)
            return back_to(f"{ROOM}?said=view_dropped")
        name, is_shared = form.get("name", ""), _is_shared(form, person)
        change_view(edge.kit, str(view_id), name=name, is_shared=is_shared, by=person.id)
    except NoView:
        raise HTTPException(404, "There is no such view of yours.") from None
    except NotKept as error:
        raise HTTPException(400, str(error)) from None
    return back_to(f"{ROOM}?said=view_changed")


def _is_shared(form: Form, person: Person) -> bool:
    """Return whether a view is to be everybody's, which takes the right to work here."""
    return "is_shared" in form and Right.WORK in person.rights


router.include_router(message.router)
