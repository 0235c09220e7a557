"""Let the sandbox's invented leads do what they meant to do by now, through the same door as any provider's callback."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from channels.sandbox_behaviour import Told
from engine.flows.absorb import event_from_json, event_to_json, receive
from engine.flows.kit import Kit
from engine.store import sandbox

BATCH_MAX = 200


def tell_events(kit: Kit, limit: int = BATCH_MAX) -> int:
    """Receive up to *limit* sandbox events whose time has come; return how many were told."""
    with kit.database.write() as connection:
        told = sandbox.tell_due(connection, kit.database.now(connection), limit)
    if told:
        receive(kit, [event_from_json(event) for event in told])
    return len(told)


def as_planned(told: Iterable[Told]) -> list[tuple[datetime, dict[str, Any]]]:
    """Return what the sandbox will report as its account keeps it."""
    return [(one.at, event_to_json(one.event)) for one in told]
