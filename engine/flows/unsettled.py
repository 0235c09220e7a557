"""What a person is asked when no evidence tells whether a message arrived."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from channels.message import MessageId
from engine.domain.incident import IncidentKind
from engine.domain.task import TaskKind
from engine.flows.incidents import raise_incident
from engine.flows.kit import Kit
from engine.store import causes, tasks
from engine.store.database import Connection
from engine.store.messages import StoredMessage


def review_task(kit: Kit, message: StoredMessage, now: datetime) -> dict[str, Any]:
    """Return the task that asks an operator whether *message* arrived."""
    return tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=_intent(message.id),
        lead_id=message.lead_id,
        kind=TaskKind.REVIEW,
        owner="",
        title=f"Did this {message.channel} arrive? Its outcome is unknown",
        now=now,
        due_at=now,
        sequence=message.sequence,
        stage=message.stage,
    )


def tell_of_doubt(kit: Kit, connection: Connection, doubted: Mapping[str, int]) -> None:
    """Open an incident for each sender with messages of which nobody knows; *doubted* counts the new ones by sender."""
    for sender_id, count in sorted(doubted.items()):
        who = causes.provider_of(connection, sender_id)
        detail = f"nobody knows whether messages by {who} arrived"
        raise_incident(kit, connection, IncidentKind.OUTCOME_UNKNOWN, sender_id, detail, count=count)


def close_review(connection: Connection, message_ids: Collection[str], now: datetime) -> None:
    """Ask no more whether *message_ids* arrived: evidence came."""
    if not message_ids:
        return
    keys = [_intent(message_id) for message_id in message_ids]
    tasks.cancel_intents(connection, keys, now=now, reason="evidence came")


def answer_review(connection: Connection, message_id: str, attempt_id: str, answer: str, now: datetime) -> None:
    """End the question whether *message_id* arrived by *attempt_id* with a person's *answer*."""
    intent = _intent(message_id)
    tasks.finish_intent(connection, intent, note=answer, now=now, answered_as=f"{intent}:{attempt_id}")


def message_in_doubt(intent_key: str) -> MessageId | None:
    """Return the message that the task made for *intent_key* asks about; None where it asks something else."""
    message_id, _, asked = intent_key.rpartition(":")
    return MessageId(message_id) if asked == _ASKED else None


_ASKED = "unknown"


def _intent(message_id: str) -> str:
    return f"{message_id}:{_ASKED}"
