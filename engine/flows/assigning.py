"""Who does a task: somebody takes it, gives it to another, or gives it back to whoever owns the lead."""

from engine.domain.task import TaskState
from engine.flows.kit import Kit
from engine.flows.settle_task import NoSuchTask
from engine.store import audit, tasks, users


class NoSuchPerson(LookupError):
    """There is nobody with this id to do a task."""


def assign_task(kit: Kit, task_id: str, owner: str, *, by: str) -> None:
    """Let *owner* do an open task; empty gives it back to whoever owns the lead.

    Raises `NoSuchTask` where it has ended, `NoSuchPerson` where nobody has that id.
    """
    with kit.database.write() as connection:
        if owner and users.find(connection, owner) is None:
            raise NoSuchPerson(owner)
        task = tasks.find(connection, task_id)
        if task is None or task["state"] != TaskState.OPEN:
            raise NoSuchTask(task_id)
        if task["owner"] == owner:
            return
        tasks.assign(connection, task_id, owner)
        audit.note(
            connection,
            row_id=kit.ids.new(),
            at=kit.database.now(connection),
            actor=by,
            action="task.assigned",
            subject=task_id,
            before={"owner": task["owner"]},
            after={"owner": owner},
        )
