"""What becomes of a message that could not leave in time: its stage may say to skip it, or to ask a person.

Whatever the stage says, a message that cannot be written is no business of the walk for ever: a person is told after a
day, and in the end it is skipped with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from channels.message import MessageId
from engine.domain.appointments import last_instant
from engine.domain.lead_place import place_of
from engine.domain.sequence import OverdueThen, StageId
from engine.domain.task import TaskKind
from engine.domain.timing import due_at
from engine.flows.kit import Kit
from engine.flows.rendering import Unrenderable
from engine.store import enrollments, leads, messages, tasks
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.messages import StoredMessage

log = structlog.get_logger(__name__)

OVERDUE = "overdue"
"""Why a message is skipped, or waits for a person, that could not leave in time."""

UNWRITTEN_WAIT = timedelta(hours=1)  # tried again: somebody may have published a better revision
TELL_AFTER = timedelta(hours=24)
GIVE_UP_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Until when a message may leave, and what becomes of it then."""

    at: datetime
    then: OverdueThen


def limit_of(kit: Kit, connection: Connection, message: StoredMessage, stored: StoredLead) -> Limit | None:
    """Return until when *message* may leave, None where it may leave however late.

    What reminds of a date may not leave once that date is there, whatever its stage says.
    """
    sequence = kit.shelf.sequence(connection, message.revision) if message.revision else None
    stage = sequence.stage(StageId(message.stage)) if sequence else None
    if sequence is None or stage is None:
        return None  # answers and confirmations have none
    limits = []
    if stage.overdue is not None and stage.overdue.then is not OverdueThen.SEND:
        at = due_at(message.planned_at, stage.overdue.after, place_of(stored.lead))
        limits.append(Limit(at=at, then=stage.overdue.then))
    if (date := last_instant(stage, sequence, stored.lead)) is not None:
        limits.append(Limit(at=date, then=OverdueThen.SKIP))
    return min(limits, key=lambda limit: limit.at, default=None)


def ask_task(kit: Kit, message: StoredMessage, owner: str, now: datetime) -> dict[str, Any]:
    """Return the task that asks whether an overdue message is still to be sent."""
    return tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=ask_intent(message.id),
        lead_id=message.lead_id,
        kind=TaskKind.REVIEW,
        owner=owner,
        title=f"This {message.channel} is late: send it, or let it go?",
        now=now,
        due_at=now,
        enrollment_id=message.enrollment_id,
        sequence=message.sequence,
        stage=message.stage,
    )


def ask_intent(message_id: str) -> str:
    """Return the intent of the question whether *message_id* is still to be sent."""
    return f"{message_id}:{OVERDUE}"


def late_message(intent_key: str) -> MessageId | None:
    """Return the message that the task made for *intent_key* asks about; None where it asks something else."""
    message_id, _, asked = intent_key.rpartition(":")
    return MessageId(message_id) if asked == OVERDUE else None


def hold_unwritten(kit: Kit, token: str, held: Sequence[tuple[MessageId, Unrenderable]]) -> None:
    """Hold claimed messages that cannot be written for an hour; tell a person after a day; in the end skip them."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        known = messages.load(connection, [message_id for message_id, _ in held])
        stored = leads.load(connection, {one.lead_id for one in known.values()})
        ends = {one.id: _end_of(kit, connection, one, stored[one.lead_id]) for one in known.values()}
        # Enrollments before messages: the order in which everybody takes these locks.
        over = {one.enrollment_id for one in known.values() if one.enrollment_id and ends[one.id] <= now}
        enrollments.wake(connection, sorted(over), now)
        ours = messages.lock_claimed(connection, list(known), token)
        for message_id, problem in held:
            if message_id in ours:
                message = ours[message_id]
                owner = stored[message.lead_id].lead.owner
                _hold(kit, connection, message, problem, owner=owner, end=ends[message_id], now=now)


def hold_unfit(
    kit: Kit,
    connection: Connection,
    message: StoredMessage,
    problem: Unrenderable,
    *,
    stored: StoredLead,
    now: datetime,
) -> bool:
    """Hold *message*, which says what a rule forbids or not what it asks, as one that can't be written.

    Return whether it was given up instead: then its walk is to be woken. Its locks are held by the caller.
    """
    end = _end_of(kit, connection, message, stored)
    _hold(kit, connection, message, problem, owner=stored.lead.owner, end=end, now=now)
    return now >= end


def _end_of(kit: Kit, connection: Connection, message: StoredMessage, stored: StoredLead) -> datetime:
    limit = limit_of(kit, connection, message, stored)
    return limit.at if limit else message.planned_at + GIVE_UP_AFTER


def _hold(
    kit: Kit,
    connection: Connection,
    message: StoredMessage,
    problem: Unrenderable,
    *,
    owner: str,
    end: datetime,
    now: datetime,
) -> None:
    log.warning("message.held", message_id=message.id, reason=problem.reason, detail=problem.detail)
    if now >= end:
        messages.skip(connection, message.id, now=now, reason=problem.reason, rule=problem.rule)
        tasks.cancel_intents(connection, [_tell_intent(message.id)], now=now, reason="it was skipped")
        return
    messages.hold(
        connection, message.id, until=min(now + UNWRITTEN_WAIT, end), reason=problem.reason, rule=problem.rule
    )
    if now >= message.planned_at + TELL_AFTER:
        tasks.insert(connection, [_tell_task(kit, message, problem, owner, now)])


def _tell_task(kit: Kit, message: StoredMessage, problem: Unrenderable, owner: str, now: datetime) -> dict[str, Any]:
    return tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=_tell_intent(message.id),
        lead_id=message.lead_id,
        kind=TaskKind.REVIEW,
        owner=owner,
        title=f"The {message.channel} {message.template} cannot be written: mend it, or it will be skipped",
        body=problem.detail,
        now=now,
        due_at=now,
        enrollment_id=message.enrollment_id,
        sequence=message.sequence,
        stage=message.stage,
    )


def _tell_intent(message_id: str) -> str:
    return f"{message_id}:unwritten"
