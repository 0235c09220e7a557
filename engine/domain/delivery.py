"""How a message absorbs what the provider says, in any order and any number of times.

Each fact only ever grows (a status by rank, an instant to the earliest), so the order of events cannot matter.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from channels.events import CallOutcome, EventKind, ProviderEvent
from engine.domain.message import Delivery

RANK = {status: rank for rank, status in enumerate(Delivery)}
OUTCOME_RANK = {outcome: rank for rank, outcome in enumerate(CallOutcome)}

STATUS_OF = {
    EventKind.DEFERRED: Delivery.DEFERRED,
    EventKind.UNDELIVERED: Delivery.UNDELIVERED,
    EventKind.DELIVERED: Delivery.DELIVERED,
    EventKind.BOUNCED: Delivery.BOUNCED,
    # A person who opens, clicks, answers or complains has the message, whether or not anyone said so.
    EventKind.OPENED: Delivery.DELIVERED,
    EventKind.CLICKED: Delivery.DELIVERED,
    EventKind.REPLIED: Delivery.DELIVERED,
    EventKind.COMPLAINED: Delivery.DELIVERED,
}


EVIDENCE = frozenset({*STATUS_OF, EventKind.ACCEPTED, EventKind.UNSUBSCRIBED})
"""What shows that a message was taken; a stop does where it names the message it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFacts:
    """What is known of a message after it was accepted."""

    status: Delivery = Delivery.NONE
    delivered_at: datetime | None = None
    bounced_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    replied_at: datetime | None = None
    complained_at: datetime | None = None
    outcome: CallOutcome | None = None  # how the call ended, of a voicemail


INSTANT_OF = {
    EventKind.DELIVERED: "delivered_at",
    EventKind.BOUNCED: "bounced_at",
    EventKind.OPENED: "opened_at",
    EventKind.CLICKED: "clicked_at",
    EventKind.REPLIED: "replied_at",
    EventKind.COMPLAINED: "complained_at",
}


def absorb(facts: DeliveryFacts, event: ProviderEvent) -> DeliveryFacts:
    """Return *facts* with *event* in them: total, idempotent, and the same in any order."""
    if event.machine:
        return facts  # a scanner's opening or click tells nothing about the lead
    status = STATUS_OF.get(event.kind, Delivery.NONE)
    outcomes = [one for one in (facts.outcome, event.outcome) if one is not None]
    grown = replace(
        facts,
        status=max(facts.status, status, key=RANK.__getitem__),
        outcome=max(outcomes, key=OUTCOME_RANK.__getitem__, default=None),
    )
    field = INSTANT_OF.get(event.kind)
    if field is None:
        return grown
    known = getattr(grown, field)
    earliest: dict[str, Any] = {field: event.at if known is None else min(known, event.at)}
    return replace(grown, **earliest)


def proves_acceptance(event: ProviderEvent) -> bool:
    """Return whether *event* shows that the provider took the message, whatever became of the call."""
    if event.kind is EventKind.UNSUBSCRIBED:
        return event.message_id is not None or event.provider_message_id is not None
    return event.kind in EVIDENCE
