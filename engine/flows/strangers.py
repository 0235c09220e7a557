"""Addresses that are no lead's: whoever stops from one is not written to when they become a lead later.

An address is kept as its keyed hash alone. A lead's old address counts as no lead's.
"""

from collections.abc import Collection
from datetime import datetime

import structlog

from channels.address import AddressKind, Channel, kind_of, mask
from consent.facts import SuppressionReason
from engine.flows.kit import Kit
from engine.flows.suppressing import key_row
from engine.store import attempts, consents, matching
from engine.store.database import Connection

log = structlog.get_logger(__name__)


def suppress_stranger(  # noqa: PLR0913 - whose address, where, and why
    kit: Kit,
    connection: Connection,
    address: str,
    kind: AddressKind,
    *,
    channels: Collection[Channel] | None,
    reason: SuppressionReason,
    source: str,
    now: datetime,
) -> datetime | None:
    """Stop using *address* on *channels*, None for all; return until when a call to it may still start."""
    key = kit.address_key.key_of(kind, address)
    call_by = suppress_key(kit, connection, kind, key, channels=channels, reason=reason, source=source, now=now)
    log.info("stranger.suppressed", address=mask(address), reason=reason)
    return call_by


def suppress_key(  # noqa: PLR0913 - the same, of one whose address is gone
    kit: Kit,
    connection: Connection,
    kind: AddressKind,
    key: str,
    *,
    channels: Collection[Channel] | None,
    reason: SuppressionReason,
    source: str,
    now: datetime,
) -> datetime | None:
    """Stop using the address that hashes to *key*; return until when a call to it may still start."""
    wanted: list[Channel | None] = [None]
    if channels is not None:
        wanted = [channel for channel in sorted(channels) if kind_of(channel) is kind]
    rows = [key_row(kit, kind, key, channel=one, reason=reason, source=source, now=now) for one in wanted]
    consents.suppress(connection, rows)
    known = matching.address_rows(connection, {(str(kind), key)})
    return attempts.latest_call_by(connection, (), known.values()) if known else None


def lift_opt_out(kit: Kit, connection: Connection, address: str, channel: Channel) -> None:
    """Use *address* on *channel* again where nothing but its own stop stood against it: it asked us to."""
    kind = kind_of(channel)
    assert kind is not None
    if consents.lift_opt_out(connection, kind, kit.address_key.key_of(kind, address), channel):
        log.info("address.lifted", address=mask(address), channel=channel)
