"""Tasks: one at a time, the one most worth doing first, with its script and its history; ended in one key."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from engine.domain.lead import Lead
from engine.domain.lead_place import place_of
from engine.domain.task import TaskKind, TaskOutcome
from engine.domain.timing import TimingError, when
from engine.flows.assigning import NoSuchPerson, assign_task
from engine.flows.overdue import late_message
from engine.flows.settle_task import NoSuchTask, settle_task
from engine.flows.unsettled import message_in_doubt
from engine.store import leads, task_list, timeline, users
from engine.store.database import Connection
from engine.store.pages import Row
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.console.outcomes import OUTCOMES, offers
from engine.web.console.task_order import Order, what_waits
from engine.web.edge import ThisEdge
from engine.web.listing import cursor, json_rows, link, start_of, wanted, wants_json
from engine.web.person import WORK, ThisPerson

ROOM = "/console/tasks"
FOLLOWING = 15
HISTORY = 8
GONE = "Somebody, or something the lead did, has ended this task already."

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_tasks(request: Request, edge: ThisEdge) -> Response:
    """Show the task to do now and what follows it; a number to dial only where the gate, asked now, allows the call."""
    asked = {"kind": wanted(request, "kind", TaskKind), "owner": wanted(request, "owner")}
    with edge.kit.database.read() as connection:
        if wants_json(request):
            page = task_list.list_tasks(connection, kind=asked["kind"], owner=asked["owner"], start=start_of(request))
            return json_rows(page.rows, cursor(page.next))
        now = edge.kit.database.now(connection)
        named = _named(connection, request)
        order = what_waits(edge.kit, connection, now, kind=asked["kind"], owner=asked["owner"], also=named)
        focus = named or (order.rows[order.places[0].id] if order.places else None)
        people = users.all_users(connection)
        return show(
            request,
            connection,
            "tasks.html",
            room=ROOM,
            now=now,
            asked=asked,
            choices={"kind": list(TaskKind), "owner": [row["id"] for row in people]},
            names={row["id"]: row["name"] for row in people},
            due=task_list.count_due(connection, now, most=1_000),
            **_card(connection, focus, order, now),
            following=[(order.rows[one.id], one) for one in order.places if not focus or one.id != focus["id"]][
                :FOLLOWING
            ],
            considered=len(order.places),
            calls_open={task_id: answer.until for task_id, answer in order.calls.items()},
            query=urlencode({name: value for name, value in asked.items() if value}),
        )


@router.api_route("/later", methods=READS)
def show_later(request: Request, edge: ThisEdge) -> Response:
    """Show what is no work yet, the next first."""
    asked = {"kind": wanted(request, "kind", TaskKind), "owner": wanted(request, "owner")}
    with edge.kit.database.read() as connection:
        now = edge.kit.database.now(connection)
        page = task_list.list_tasks(
            connection, kind=asked["kind"], owner=asked["owner"], later_than=now, start=start_of(request)
        )
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        people = users.all_users(connection)
        return show(
            request,
            connection,
            "tasks_later.html",
            room=ROOM,
            rows=page.rows,
            asked=asked,
            choices={"kind": list(TaskKind), "owner": [row["id"] for row in people]},
            names={row["id"]: row["name"] for row in people},
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.post("/{task_id}/close", dependencies=[WORK])
def close(task_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Close a task with an outcome, let the engine act on it, and open the next."""
    with edge.kit.database.read() as connection:
        task = task_list.find_task(connection, str(task_id))
        lead = leads.load(connection, [task["lead_id"]])[task["lead_id"]].lead if task else None
    if task is None or lead is None:
        raise HTTPException(404, "There is no such task.")
    outcome = form.get("outcome", "")
    if outcome not in OUTCOMES[task["kind"]]:
        raise HTTPException(400, "Please choose one of the outcomes.")
    until = _until(form, lead)
    try:
        settle_task(edge.kit, str(task_id), TaskOutcome(outcome), by=person.id, note=form.get("note", ""), until=until)
    except NoSuchTask:
        raise HTTPException(409, GONE) from None
    edge.ring()
    return back_to(_list(form, outcome))


@router.post("/{task_id}/assign", dependencies=[WORK])
def assign(task_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Let somebody do a task: who asks, another, or again whoever owns the lead."""
    owner = person.id if form.get("take") else form.get("owner", "")
    try:
        assign_task(edge.kit, str(task_id), owner, by=person.id)
    except NoSuchTask:
        raise HTTPException(409, GONE) from None
    except NoSuchPerson:
        raise HTTPException(400, "Nobody of that name does tasks here.") from None
    return back_to(_list(form, "assigned" if owner else "given_back") + f"&task={task_id}")


def _list(form: Form, said: str) -> str:
    """Return the list as it was filtered, with what was done."""
    kept = {name: form[f"list_{name}"] for name in ("kind", "owner") if form.get(f"list_{name}")}
    return f"{ROOM}?{urlencode({**kept, 'said': said})}"


def _named(connection: Connection, request: Request) -> Row | None:
    """Return the task that the address names, None where it names none; refuses one that has ended."""
    text = wanted(request, "task")
    if text is None:
        return None
    try:
        found = task_list.find_open(connection, str(UUID(text)))
    except ValueError:
        found = None
    if found is None:
        raise HTTPException(404, f"There is no such open task. {GONE}")
    return found


def _card(connection: Connection, task: Row | None, order: Order, now: datetime) -> dict[str, Any]:
    """Return what the card of *task* shows; the history of one lead, whatever waits."""
    if task is None:
        return {"task": None}
    lead = order.stored[task["lead_id"]].lead
    zone = place_of(lead).zone
    story = timeline.read_timeline(connection, lead.id, rows=HISTORY)
    return {
        "task": task,
        "place": next((one for one in order.places if one.id == task["id"]), None),
        "call": order.calls.get(task["id"]),
        "offers": offers(task["kind"]),
        "history": story.entries,
        "local": now.astimezone(ZoneInfo(zone)),
        "zone": zone,
        "is_zone_known": lead.zone is not None,
        "in_doubt_id": message_in_doubt(task["intent_key"]),
        "too_late_id": late_message(task["intent_key"]),
    }


def _until(form: Form, lead: Lead) -> datetime | None:
    """Return the instant that the day a lead named means, where the lead is."""
    text = form.get("until", "")
    if not text:
        return None
    try:
        return when(lead.country or "", lead.region, date.fromisoformat(text), "0 days", zone=lead.zone).at
    except (ValueError, TimingError):
        raise HTTPException(400, "That date can't be read: write it as 2026-03-31.") from None
