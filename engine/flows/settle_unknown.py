"""The operator's two answers where no evidence tells whether a message arrived: "it arrived", or "send it again".

Evidence that comes later still counts: it settles what nobody answered, and takes back "send again" as long as nothing
has left anew. Whoever answers second, a person or the provider, finds it settled and changes nothing.
"""

from datetime import datetime, timedelta

import structlog

from channels.message import MessageId
from engine.domain import delivery
from engine.domain.message import MessageState
from engine.domain.task import TaskKind
from engine.flows.kit import Kit
from engine.flows.unsettled import answer_review
from engine.store import attempts, audit, enrollments, events, leads, messages, tasks
from engine.store.attempts import LeftAttempt
from engine.store.database import Connection
from engine.store.messages import StoredMessage

log = structlog.get_logger(__name__)

SENT_AGAIN = "sent_again"
"""Why a message is scheduled that had left before."""

WHAT_NEXT_AFTER = timedelta(days=1)


class NotUnknown(LookupError):
    """The outcome of this message is known, or there is no such message; *state* is where it stands."""

    def __init__(self, message_id: str, state: MessageState | None) -> None:
        super().__init__(f"the outcome of {message_id} is not unknown")
        self.state = state


def settle_as_arrived(kit: Kit, message_id: str, *, by: str) -> None:
    """Settle a message whose outcome is unknown as accepted, by the word of *by*; raises `NotUnknown`."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        before = _unknown(connection, message_id)
        # Leads, enrollments, attempts, messages, tasks: the order in which everybody takes these locks.
        leads.note_first_touch(connection, [before.lead_id], now)
        enrollments.wake(connection, [before.enrollment_id] if before.enrollment_id else [], now)
        attempt = _lock(connection, message_id)
        attempts.answer(connection, attempt.id, outcome="accepted", detail=f"it arrived, says {by}", now=now)
        messages.settle_unknown(connection, message_id, provider=attempt.provider, now=now)
        _close(kit, connection, before, attempt, f"it arrived, says {by}", now)
        _note(kit, connection, message_id, "message.settled_as_arrived", attempt, by, now)


def send_again(kit: Kit, message_id: str, *, by: str) -> None:
    """Let a message whose outcome is unknown be sent once more, at the risk that it arrives twice; raises `NotUnknown`.

    It is planned anew: windows, pauses and the gate are asked as for any message that is due now.
    """
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        before = _unknown(connection, message_id)
        attempt = _lock(connection, message_id)
        if events.providers_of(connection, [message_id], delivery.EVIDENCE):
            # Stored and not absorbed yet: in a moment it settles the message by itself.
            raise NotUnknown(message_id, MessageState.ACCEPTED)
        attempts.answer(connection, attempt.id, outcome=attempts.OVERRULED, detail=f"send again, says {by}", now=now)
        messages.plan_anew(connection, message_id, now=now, reason=SENT_AGAIN)
        _close(kit, connection, before, attempt, f"sent again, says {by}", now)
        _note(kit, connection, message_id, "message.sent_again", attempt, by, now)


def _unknown(connection: Connection, message_id: str) -> StoredMessage:
    """Return the message as it stands, before anything is locked."""
    message = messages.load(connection, [message_id]).get(MessageId(message_id))
    if message is None or message.state is not MessageState.UNKNOWN:
        raise NotUnknown(message_id, message.state if message else None)
    return message


def _lock(connection: Connection, message_id: str) -> LeftAttempt:
    """Lock the attempt that nobody knows about, and its message; raises `NotUnknown` where somebody was faster."""
    attempt = attempts.lock_left(connection, message_id)
    state = messages.lock(connection, [message_id])[MessageId(message_id)].state
    if attempt is None or state is not MessageState.UNKNOWN:
        raise NotUnknown(message_id, state)
    return attempt


def _close(
    kit: Kit, connection: Connection, message: StoredMessage, attempt: LeftAttempt, answer: str, now: datetime
) -> None:
    """End the question; whoever had nothing else to count on is given back to a person."""
    answer_review(connection, message.id, attempt.id, answer, now)
    lead = leads.load(connection, [message.lead_id])[message.lead_id].lead
    is_looked_after = enrollments.who_walks(connection, [lead.id]) or tasks.who_has_open(connection, [lead.id])
    if is_looked_after or not lead.is_open:
        return
    row = tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=f"{kit.ids.new()}:what-next",
        lead_id=lead.id,
        kind=TaskKind.REVIEW,
        owner=lead.owner,
        title="Nothing follows a message that was in doubt: decide what is next",
        now=now,
        due_at=now + WHAT_NEXT_AFTER,
    )
    tasks.insert(connection, [row])


def _note(
    kit: Kit, connection: Connection, message_id: str, action: str, attempt: LeftAttempt, by: str, now: datetime
) -> None:
    audit.note(
        connection,
        row_id=kit.ids.new(),
        at=now,
        actor=by,
        action=action,
        subject=message_id,
        before={"state": MessageState.UNKNOWN, "attempt": attempt.id, "provider": attempt.provider},
    )
    log.warning(action, message_id=message_id, attempt_id=attempt.id, by=by)
