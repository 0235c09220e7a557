"""Tasks: what people do next, the most overdue first, each with its script; closed with an outcome."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from channels.address import Channel
from consent.answer import Answer
from consent.facts import Purpose
from engine.domain.lead import Lead
from engine.domain.task import TaskKind, TaskOutcome
from engine.domain.timing import TimingError, when
from engine.flows.asking import ask
from engine.flows.kit import Kit
from engine.flows.overdue import late_message
from engine.flows.settle_task import NoSuchTask, settle_task
from engine.flows.unsettled import message_in_doubt
from engine.store import consents, leads, task_list, users
from engine.store.database import Connection
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import ThisEdge
from engine.web.listing import cursor, json_rows, link, start_of, wanted, wants_json
from engine.web.person import WORK, ThisPerson

ROOM = "/console/tasks"

OUTCOMES: dict[str, tuple[TaskOutcome, ...]] = {
    TaskKind.CALL: tuple(outcome for outcome in TaskOutcome if outcome is not TaskOutcome.DONE),
    TaskKind.ANSWER: (TaskOutcome.DONE, TaskOutcome.NOT_NOW, TaskOutcome.NO, TaskOutcome.BOOKED, TaskOutcome.WON),
    TaskKind.REVIEW: (TaskOutcome.DONE, TaskOutcome.NOT_NOW, TaskOutcome.NO, TaskOutcome.BOOKED, TaskOutcome.WON),
    TaskKind.LETTER: (TaskOutcome.DONE,),
    TaskKind.SOCIAL: (TaskOutcome.DONE,),
}
"""Which outcomes each kind of task can have, in the order of the buttons."""

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_tasks(request: Request, edge: ThisEdge) -> Response:
    """Show open tasks; a number to dial is shown only where the gate, asked now, allows the call."""
    asked = {"kind": wanted(request, "kind", TaskKind), "owner": wanted(request, "owner")}
    with edge.kit.database.read() as connection:
        now = edge.kit.database.now(connection)
        page = task_list.list_tasks(connection, kind=asked["kind"], owner=asked["owner"], start=start_of(request))
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        people = users.all_users(connection)
        return show(
            request,
            connection,
            "tasks.html",
            room=ROOM,
            now=now,
            rows=page.rows,
            calls=_ask_gate(edge.kit, connection, page.rows, now),
            in_doubts={row["id"]: message_in_doubt(row["intent_key"]) for row in page.rows},
            too_lates={row["id"]: late_message(row["intent_key"]) for row in page.rows},
            asked=asked,
            choices={"kind": list(TaskKind), "owner": [row["id"] for row in people]},
            names={row["id"]: row["name"] for row in people},
            outcomes=OUTCOMES,
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.post("/{task_id}/close", dependencies=[WORK])
def close(task_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Close a task with an outcome, and let the engine act on it."""
    with edge.kit.database.read() as connection:
        task = task_list.find_task(connection, str(task_id))
        lead = leads.load(connection, [task["lead_id"]])[task["lead_id"]].lead if task else None
    if task is None or lead is None:
        raise HTTPException(404, "There is no such task.")
    outcome = form.get("outcome", "")
    if outcome not in OUTCOMES[task["kind"]]:
        raise HTTPException(400, "Please choose one of the outcomes.")
    try:
        settle_task(
            edge.kit,
            str(task_id),
            TaskOutcome(outcome),
            by=person.id,
            note=form.get("note", ""),
            until=_until(form, lead),
        )
    except NoSuchTask:
        raise HTTPException(409, "Somebody, or something the lead did, has ended this task already.") from None
    edge.ring()
    return back_to(f"{ROOM}?said=closed")


def _until(form: Form, lead: Lead) -> datetime | None:
    """Return the instant that the day a lead named means, where the lead is."""
    text = form.get("until", "")
    if not text:
        return None
    try:
        return when(lead.country or "", lead.region, date.fromisoformat(text), "0 days", zone=lead.zone).at
    except (ValueError, TimingError):
        raise HTTPException(400, "That date can't be read: write it as 2026-03-31.") from None


def _ask_gate(kit: Kit, connection: Connection, rows: Sequence[Any], now: datetime) -> dict[str, Answer]:
    """Return the gate's answer for each call among *rows*, by task id: four queries for the whole page."""
    calls = [row for row in rows if row["kind"] == TaskKind.CALL]
    stored = leads.load(connection, [row["lead_id"] for row in calls])
    facts = consents.load_gate_facts(connection, stored.values(), now)
    return {
        row["id"]: ask(
            stored[row["lead_id"]],
            facts[row["lead_id"]],
            kit.rulebook,
            now,
            channel=Channel.CALL,
            purpose=Purpose(row["purpose"] or Purpose.MARKETING),
            planned_at=now,
            sequence=row["sequence"],
        )
        for row in calls
    }
