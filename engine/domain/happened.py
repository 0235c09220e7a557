"""Whether something named has happened to an enrollment's lead, and when: what `leave`, `wait for` and conditions ask.

One vocabulary for all three: custom facts by their own name, what became of messages, outcomes of tasks, the lead's
status, and `opted_out`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from channels.events import CallOutcome
from engine.domain.history import Facts, MessageFact
from engine.domain.message import Delivery, MessageState

OPTED_OUT = "opted_out"

NOT_ARRIVED = frozenset({Delivery.BOUNCED, Delivery.UNDELIVERED})

MESSAGE_SIGNS: Mapping[str, Callable[[MessageFact], bool]] = {
    "received": lambda message: message.state is MessageState.ACCEPTED and message.delivery not in NOT_ARRIVED,
    "delivered": lambda message: message.delivery is Delivery.DELIVERED,
    "bounced": lambda message: message.delivery is Delivery.BOUNCED,
    "undelivered": lambda message: message.delivery is Delivery.UNDELIVERED,
    "opened": lambda message: message.opened_at is not None,
    "clicked": lambda message: message.clicked_at is not None,
    "replied": lambda message: message.replied_at is not None,
    "human": lambda message: message.outcome is CallOutcome.HUMAN,
    "machine": lambda message: message.outcome is CallOutcome.MACHINE,
    "no_answer": lambda message: message.outcome is CallOutcome.NO_ANSWER,
    "busy": lambda message: message.outcome is CallOutcome.BUSY,
    "failed": lambda message: message.outcome is CallOutcome.FAILED,
}


SHOWN_AT: Mapping[str, Callable[[MessageFact], datetime | None]] = {
    "opened": lambda message: message.opened_at,
    "clicked": lambda message: message.clicked_at,
    "replied": lambda message: message.replied_at,
}
"""Signs that come with their instant: a link may be followed long after the next touch was made."""


def when_happened(name: str, facts: Facts, *, since: datetime, now: datetime) -> datetime | None:
    """Return when *name* first happened after *since*; None where it has not.

    What holds now without an instant of its own (a status, a message's sign) counts as having happened at *now*.
    Exactly at *since* is not after: the fact that started an enrollment must not end it.
    """
    if name == facts.lead.status or (name == OPTED_OUT and facts.opted_out):
        return now
    instants = [instant for instant in _instants(name, facts) if instant > since]
    if instants:
        return min(instants)
    sign = MESSAGE_SIGNS.get(name)
    if sign is None or now <= since:
        return None
    # A message that ended exactly at *since* is the touch before: what becomes of it happens afterwards.
    is_shown = any(sign(message) and message.ended_at and message.ended_at >= since for message in facts.messages)
    return now if is_shown else None


def last_happened(name: str, facts: Facts) -> datetime | None:
    """Return the last instant on record for *name*; None where there is none."""
    return max(_instants(name, facts), default=None)


def has_ever_happened(name: str, facts: Facts) -> bool:
    """Return whether *name* holds or has happened at any time, in this enrollment or an earlier one."""
    if name == facts.lead.status or (name == OPTED_OUT and facts.opted_out):
        return True
    if _instants(name, facts):
        return True
    sign = MESSAGE_SIGNS.get(name)
    return sign is not None and any(sign(message) for message in (*facts.messages, *facts.earlier))


def _instants(name: str, facts: Facts) -> list[datetime]:
    happenings = [happening.at for happening in facts.happenings if happening.name == name]
    outcomes = [task.ended_at for task in facts.tasks if task.outcome == name]
    shown_at = SHOWN_AT.get(name)
    signs = [shown_at(message) for message in facts.messages] if shown_at else []
    return [at for at in (*happenings, *outcomes, *signs) if at is not None]
