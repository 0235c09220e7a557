"""Stop using addresses that somebody names: for every lead that has them now or later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from channels.address import Address, AddressKind, Channel, kind_of
from consent.facts import SuppressionReason
from engine.flows.again import again_if_changed
from engine.flows.kit import Kit
from engine.flows.reaction import latest
from engine.flows.strangers import suppress_stranger
from engine.flows.withdraw import lock_leads, suppress_address
from engine.store import audit, dossiers, enrollments, leads, messages
from engine.store.database import Connection

ADDED = "suppression.added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An address that must not be used, on one *channel* or on all of its own."""

    address: Address
    reason: SuppressionReason
    channel: Channel | None = None


@again_if_changed
def suppress(kit: Kit, wanted: Sequence[Wanted], *, by: str) -> int:
    """Stop using the addresses in *wanted*; return how many were in use until now, when nothing more can leave.

    A death or a legal threat is about a person: who has the address is stopped on every address they have.
    """
    fresh = 0
    call_bys: list[datetime | None] = []
    with kit.database.write() as connection:
        for one in (each for whole in wanted for each in _apart(whole)):
            is_new, found = _suppress(kit, connection, one, by)
            fresh += is_new
            call_bys += found
    kit.wait_out(latest(call_bys))
    return fresh


def _apart(one: Wanted) -> list[Wanted]:
    """Return a person's own stop channel by channel, so that a newer word of theirs can lift it for each."""
    if one.reason is not SuppressionReason.OPTED_OUT or one.channel is not None:
        return [one]
    return [replace(one, channel=channel) for channel in Channel if kind_of(channel) is one.address.kind]


def _suppress(kit: Kit, connection: Connection, one: Wanted, by: str) -> tuple[bool, list[datetime | None]]:
    kind = one.address.kind
    assert one.channel is None or kind_of(one.channel) is kind
    found = leads.find_many(
        connection,
        {one.address.value} if kind is AddressKind.EMAIL else set(),
        {one.address.value} if kind is AddressKind.PHONE else set(),
    )
    is_of_person = one.reason in {SuppressionReason.DECEASED, SuppressionReason.LEGAL}
    if is_of_person:  # also at the addresses of the lead that this was a double of
        found = list({each.lead.id: each for each in (*found, *leads.survivors(connection, found))}.values())
    lock_leads(connection, found)
    now = kit.database.now(connection)
    key = kit.address_key.key_of(kind, one.address.value)
    before = dossiers.suppressions_of_key(connection, kind, key)
    channels = None if one.channel is None else [one.channel]
    call_bys = [
        suppress_stranger(
            kit, connection, one.address.value, kind, channels=channels, reason=one.reason, source=by, now=now
        )
    ]
    kinds = list(AddressKind) if is_of_person else [kind] if one.channel is None else []
    call_bys += [
        suppress_address(kit, connection, found, each, reason=one.reason, source=by, now=now) for each in kinds
    ]
    if one.channel is not None and found:
        lead_ids = [each.lead.id for each in found]
        enrollments.wake_open(connection, lead_ids, now)
        messages.cancel_open(connection, now=now, reason=one.reason, lead_ids=lead_ids, channels={one.channel})
    is_new = len(dossiers.suppressions_of_key(connection, kind, key)) > len(before)
    if is_new:
        # The hash, not the address: this entry outlives erasure.
        after = {"kind": kind, "reason": one.reason, "channel": one.channel}
        audit.note(
            connection, row_id=kit.ids.new(), at=now, actor=by, action=ADDED, subject=f"{kind}:{key}", after=after
        )
    return is_new, call_bys
