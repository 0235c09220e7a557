"""Tasks: what people have to do, and how it went."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from engine.domain.task import TaskKind, TaskOutcome, TaskState
from engine.flows.assigning import NoSuchPerson, assign_task
from engine.flows.settle_task import NoSuchTask, settle_task
from engine.store import listings, task_list
from engine.store.database import Connection
from engine.store.pages import Row
from engine.web.api import problems
from engine.web.api.answers import Answer
from engine.web.api.carrying import ThisCarrier
from engine.web.api.paging import Moment, ThisOnward, TimedQuery
from engine.web.api.permits import TASKS_READ, TASKS_WRITE
from engine.web.api.problems import FieldError, Refused
from engine.web.api.texts import Note, Strict, Word
from engine.web.edge import ThisEdge

router = APIRouter(tags=["Tasks"])

NO_TASK = "There is no such task. Use the id that an answer of this API gave."
OK = 200


class TaskOut(Answer):
    """Something a person does."""

    id: str
    lead_id: str
    enrollment_id: str | None
    sequence: str
    stage: str
    kind: TaskKind
    state: TaskState
    owner: str = Field(description="User id of who does it; empty for anyone.")
    title: str
    body: str = Field(description="The script, or what was said.")
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
    outcome: TaskOutcome | None
    note: str = Field(description="What the person wrote, or why it was cancelled.")


class TasksOut(Answer):
    """Tasks, the one due first at the top."""

    tasks: list[TaskOut]
    next: str | None = Field(description="Send it as `after` for those due later; null at the end.")


class OutcomeIn(Strict):
    """How a task went."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"outcome": "reached", "note": "Wants a quote for two rooms."},
                {"outcome": "not_now", "until": "2026-06-01T09:00:00Z"},
            ]
        },
    )

    outcome: TaskOutcome = Field(description="It decides what the engine does next: `no` ends everything.")
    note: Note = Field(default="", description="What is worth remembering.")
    until: Moment | None = Field(default=None, description="For `not_now`: the date that they named.")


class OwnerIn(Strict):
    """Who does it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"owner": "sam"}]})

    owner: Word | None = Field(description="A user's id; null gives it back to whoever owns the lead.")


class TaskQuery(TimedQuery):
    """Which tasks."""

    state: TaskState | None = Field(default=None, description="That stand so.")
    kind: TaskKind | None = Field(default=None, description="Of this kind.")
    owner: str | None = Field(default=None, max_length=80, description="Whose; empty for nobody's.")
    lead_id: UUID | None = Field(default=None, description="About this lead.")


@router.get("/v1/tasks", summary="List tasks", dependencies=[TASKS_READ])
def list_tasks(edge: ThisEdge, onward: ThisOnward, query: Annotated[TaskQuery, Query()]) -> TasksOut:
    """Return tasks, the one due first at the top; `since` and `before` ask when they are due."""
    wanted = query.wanted(state=query.state, kind=query.kind, owner=query.owner, lead_id=query.lead_id)
    with edge.kit.database.read() as connection:
        page = listings.list_tasks(connection, wanted, start=query.start, rows=query.limit)
    return TasksOut(tasks=[task_out(row) for row in page.rows], next=onward(page.next))


@router.get("/v1/tasks/{task_id}", summary="Read a task", dependencies=[TASKS_READ])
def read_task(task_id: UUID, edge: ThisEdge) -> TaskOut:
    """Return one task with its script."""
    with edge.kit.database.read() as connection:
        return _task(connection, str(task_id))


@router.post(
    "/v1/tasks/{task_id}/close",
    response_model=TaskOut,
    summary="Close a task with its outcome",
    dependencies=[TASKS_WRITE],
    openapi_extra={"x-problems": ["not-now"]},
)
def close_task(task_id: UUID, body: OutcomeIn, carrier: ThisCarrier) -> Response:
    """Say how a task went; the engine acts on it, and a `no` is answered only when nothing can leave any more."""

    def work() -> tuple[int, TaskOut]:
        kit = carrier.edge.kit
        with kit.database.read() as connection:
            before = _task(connection, str(task_id))
        try:
            settle_task(kit, str(task_id), body.outcome, by=carrier.caller.by, note=body.note, until=body.until)
        except NoSuchTask as error:
            raise Refused(problems.NOT_NOW, f"The task is {before.state} already.", reason=before.state) from error
        with kit.database.read() as connection:
            return OK, _task(connection, str(task_id))

    return carrier.carry_apart(body, work)


@router.post(
    "/v1/tasks/{task_id}/assign",
    response_model=TaskOut,
    summary="Give a task to somebody",
    dependencies=[TASKS_WRITE],
    openapi_extra={"x-problems": ["not-now"]},
)
def assign_task_to_user(task_id: UUID, body: OwnerIn, carrier: ThisCarrier) -> Response:
    """Say who does an open task."""

    def work() -> tuple[int, TaskOut]:
        kit = carrier.edge.kit
        with kit.database.read() as connection:
            before = _task(connection, str(task_id))
        try:
            assign_task(kit, str(task_id), body.owner or "", by=carrier.caller.by)
        except NoSuchPerson as error:
            remedy = "Send the id of a user: `fifthtouch user list`."
            found = FieldError(field="owner", message="Nobody has this id.", remedy=remedy)
            raise Refused(problems.INVALID, errors=[found]) from error
        except NoSuchTask as error:
            raise Refused(problems.NOT_NOW, f"The task is {before.state} already.", reason=before.state) from error
        with kit.database.read() as connection:
            return OK, _task(connection, str(task_id))

    return carrier.carry_apart(body, work)


def task_out(row: Row) -> TaskOut:
    """Return one task as integrators get it."""
    return TaskOut(**{name: row[name] for name in TaskOut.model_fields})


def _task(connection: Connection, task_id: str) -> TaskOut:
    row = task_list.find_task(connection, task_id)
    if row is None:
        raise Refused(problems.NOT_FOUND, NO_TASK)
    return task_out(row)
