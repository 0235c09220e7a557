"""Stop using an address for a reason of our own: the row that says so."""

from datetime import datetime
from typing import Any

from channels.address import AddressKind, Channel
from consent.facts import SuppressionReason
from engine.flows.kit import Kit
from engine.store.address_keys import NORMALISATION


def suppression_row(
    kit: Kit,
    kind: AddressKind,
    address: str,
    *,
    channel: Channel | None,
    reason: SuppressionReason,
    source: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the suppression of the canonical *address*, on one *channel* or on all."""
    key = kit.address_key.key_of(kind, address)
    return key_row(kit, kind, key, channel=channel, reason=reason, source=source, now=now)


def key_row(
    kit: Kit,
    kind: AddressKind,
    key: str,
    *,
    channel: Channel | None,
    reason: SuppressionReason,
    source: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the suppression of the address that hashes to *key*."""
    return {
        "id": kit.ids.new(),
        "kind": kind,
        "key": key,
        "key_id": kit.address_key.key_id,
        "normalisation": NORMALISATION,
        "channel": channel or "",
        "reason": reason,
        "source": source,
        "at": now,
    }
