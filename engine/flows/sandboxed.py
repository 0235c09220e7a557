"""Let the sandbox's invented leads do what they meant to do by now, through the same door as any provider's callback."""

from engine.flows.absorb import event_from_json, receive
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
