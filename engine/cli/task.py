"""`task`: what people have to do, and how it went."""

from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.domain.task import TaskKind, TaskOutcome
from engine.flows.settle_task import NoSuchTask, settle_task
from engine.store.task_list import list_tasks

app = noun()
APPS = {"task": app}


@app.callback()
def task() -> None:
    """See what people have to do, and say how it went."""


@app.command("list")
def list_(
    *,
    kind: Annotated[TaskKind | None, typer.Option(help="Only these.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only theirs.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the most overdue first.")] = 50,
    json: Json = False,
) -> None:
    """List open tasks, the most overdue first."""
    with opened_kit() as kit, kit.database.read() as connection:
        page = list_tasks(connection, kind=kind, owner=owner, rows=limit)
    if json:
        for row in page.rows:
            emit(dict(row))
        return
    rows = [(row["id"], row["due_at"], row["kind"], row["owner"], row["title"], row["note"]) for row in page.rows]
    table(["id", "due", "kind", "owner", "what", "note"], rows, empty="Nothing is to be done.")
    if page.next:
        say("... and more: raise --limit")


@app.command()
def done(
    task_id: Annotated[str, typer.Argument(metavar="TASK", help="Its id.")],
    outcome: Annotated[TaskOutcome, typer.Argument(help="How it went.")],
    *,
    note: Annotated[str, typer.Option(help="What to remember.")] = "",
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="For not_now: when to come back.")] = None,
    by: Annotated[str, typer.Option(help="Who did it.")] = "command-line",
    json: Json = False,
) -> None:
    """Close a task and act on how it went."""
    back_at = instant_at(until) if until else None
    with opened_kit() as kit:
        try:
            settle_task(kit, task_id.strip().lower(), outcome, by=by, note=note, until=back_at)
        except NoSuchTask as missing:
            raise Complaint(f"there is no open task {task_id!r}: see `fifthtouch task list`") from missing
    if json:
        emit({"id": task_id, "outcome": outcome, "until": back_at})
    else:
        say(f"Done: {outcome.replace('_', ' ')}.")
