"""A person takes back a message that nothing has left of: it is not sent, and its walk goes on as if it were skipped."""

from channels.message import MessageId
from engine.domain.message import WITHDRAWABLE_STATES, MessageState
from engine.flows.kit import Kit
from engine.flows.overdue import ask_intent
from engine.store import audit, enrollments, messages, tasks

CANCELLED_BY_HAND = "cancelled_by_hand"
"""Why a message was cancelled that a person took back."""


class NotCancellable(LookupError):
    """Something of this message may have left, or it has ended, or there is none; *state* is where it stands."""

    def __init__(self, message_id: str, state: MessageState | None) -> None:
        super().__init__(f"{message_id} cannot be cancelled any more")
        self.state = state


def cancel(kit: Kit, message_id: str, *, by: str) -> None:
    """Cancel a scheduled or held message on behalf of *by*; raises `NotCancellable`.

    The planner then leads its walk where a skipped touch leads.
    """
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        message = messages.load(connection, [message_id]).get(MessageId(message_id))
        if message is None:
            raise NotCancellable(message_id, None)
        # Enrollments, messages, tasks: the order in which everybody takes these locks.
        enrollments.wake(connection, [message.enrollment_id] if message.enrollment_id else [], now)
        state = messages.lock(connection, [message_id])[message.id].state
        if state not in WITHDRAWABLE_STATES:
            raise NotCancellable(message_id, state)
        ended = {"state": MessageState.CANCELLED, "reason": CANCELLED_BY_HAND, "ended_at": now}
        messages.end(connection, [{"id": message_id, **ended}])
        tasks.cancel_intents(connection, [ask_intent(message_id)], now=now, reason=CANCELLED_BY_HAND)
        audit.note(
            connection,
            row_id=kit.ids.new(),
            at=now,
            actor=by,
            action="message.cancelled",
            subject=message_id,
            before={"state": state},
            after={"state": MessageState.CANCELLED},
        )
