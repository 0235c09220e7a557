"""A person's answer about a message that could not leave in time, where its stage says to ask: send it late, or let it go."""

from collections.abc import Callable
from datetime import datetime

from channels.message import MessageId
from engine.domain.message import MessageState
from engine.flows.kit import Kit
from engine.flows.overdue import OVERDUE, ask_intent
from engine.store import audit, enrollments, messages, tasks
from engine.store.database import Connection

SENT_LATE = "sent_late"
"""Why a message is scheduled that was overdue."""


class NotOverdue(LookupError):
    """Nobody is asked about this message any more, or there is none; *state* is where it stands."""

    def __init__(self, message_id: str, state: MessageState | None) -> None:
        super().__init__(f"nobody is asked about {message_id}")
        self.state = state


def send_late(kit: Kit, message_id: str, *, by: str) -> None:
    """Let an overdue message leave after all, as if it were planned now; the gate is asked as always."""

    def answer(connection: Connection, now: datetime) -> None:
        messages.plan_anew(connection, message_id, now=now, reason=SENT_LATE)

    _answer(kit, message_id, answer, action="message.sent_late", by=by)


def let_go(kit: Kit, message_id: str, *, by: str) -> None:
    """Skip an overdue message: its walk goes on."""

    def answer(connection: Connection, now: datetime) -> None:
        messages.skip(connection, message_id, now=now, reason=OVERDUE)

    _answer(kit, message_id, answer, action="message.let_go", by=by)


def _answer(kit: Kit, message_id: str, answer: Callable[[Connection, datetime], None], *, action: str, by: str) -> None:
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        message = messages.load(connection, [message_id]).get(MessageId(message_id))
        if message is None:
            raise NotOverdue(message_id, None)
        # Enrollments, messages, tasks: the order in which everybody takes these locks.
        enrollments.wake(connection, [message.enrollment_id] if message.enrollment_id else [], now)
        state = messages.lock(connection, [message_id])[message.id].state
        if state is not MessageState.HELD or not tasks.is_asked(connection, ask_intent(message_id)):
            raise NotOverdue(message_id, state)
        answer(connection, now)
        answered_as = f"{ask_intent(message_id)}:{now.isoformat()}"
        tasks.finish_intent(
            connection, ask_intent(message_id), note=f"{action}, says {by}", now=now, answered_as=answered_as
        )
        audit.note(connection, row_id=kit.ids.new(), at=now, actor=by, action=action, subject=message_id)
