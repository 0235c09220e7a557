"""What a person is asked when no evidence tells whether a message arrived."""

from datetime import datetime
from typing import Any

from engine.domain.task import TaskKind
from engine.flows.kit import Kit
from engine.store import tasks
from engine.store.messages import StoredMessage


def review_task(kit: Kit, message: StoredMessage, now: datetime) -> dict[str, Any]:
    """Return the task that asks an operator whether *message* arrived."""
    return tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=f"{message.id}:unknown",
        lead_id=message.lead_id,
        kind=TaskKind.REVIEW,
        owner="",
        title=f"Did this {message.channel} arrive? Its outcome is unknown",
        now=now,
        due_at=now,
        sequence=message.sequence,
        stage=message.stage,
    )
