"""Stop using an address because of what was heard: the one that was told, the one a message went to, or a stranger's."""

from collections.abc import Collection, Sequence
from datetime import datetime

from channels.address import AddressKind, Channel, kind_of
from channels.events import EventKind
from consent.facts import SuppressionReason
from engine.flows.reaction import React, latest
from engine.flows.strangers import lift_opt_out, suppress_key, suppress_stranger
from engine.flows.withdraw import Stop, suppress_address
from engine.store import matching
from engine.store.leads import StoredLead


def suppress(
    doing: React, covered: Sequence[StoredLead], speaker: StoredLead, reason: SuppressionReason
) -> datetime | None:
    """Stop using the address that is dead, complained or was wrong: the one that was told, or that the message went to.

    A lead may have another by now, which is none of these. Only in words does somebody speak of where our message
    went, from wherever they write.
    """
    kind = kind_of(doing.event.channel)
    assert kind is not None
    own = speaker.lead.email if kind is AddressKind.EMAIL else speaker.lead.phone
    own_id = speaker.email_id if kind is AddressKind.EMAIL else speaker.phone_id
    went_to = doing.heard.message.address_id if doing.heard.message else None
    meant = {doing.event.address} - {None}
    if went_to in {None, own_id} and (not meant or doing.event.kind is EventKind.REPLIED):
        meant.add(own)
    call_bys = [suppress_told(doing, None, reason)]
    for address in sorted(one for one in meant if one):
        same = [one for one in covered if address in (one.lead.email, one.lead.phone)]
        call_bys.append(
            suppress_address(
                doing.kit, doing.connection, same, kind, reason=reason, source=doing.event.provider, now=doing.now
            )
        )
    if not meant and went_to is not None:
        call_bys.append(_suppress_row(doing, went_to, reason))
    return latest(call_bys)


def suppress_told(doing: React, channels: frozenset[Channel] | None, reason: SuppressionReason) -> datetime | None:
    """Stop using the address that the event names, where it is no lead's."""
    kind = kind_of(doing.event.channel)
    if doing.event.address is None or doing.heard.holders or kind is None:
        return None
    return suppress_stranger(
        doing.kit,
        doing.connection,
        doing.event.address,
        kind,
        channels=channels,
        reason=reason,
        source=doing.event.provider,
        now=doing.now,
    )


def _suppress_row(doing: React, address_id: str, reason: SuppressionReason) -> datetime | None:
    """Stop using an address that the lead no longer has, by its row."""
    found = matching.key_of(doing.connection, address_id)
    if found is None:
        return None
    kind, key = found
    return suppress_key(
        doing.kit,
        doing.connection,
        AddressKind(kind),
        key,
        channels=None,
        reason=reason,
        source=doing.event.provider,
        now=doing.now,
    )


def covers(channels: Collection[Channel]) -> frozenset[Channel] | None:
    """Return every channel that ends with *channels*, None for all."""
    if not channels:
        return None
    return Stop(channels=frozenset(channels), source="", wording="", recorded_by="").covers()


def lift(doing: React) -> None:
    """Use the address that the event names again, where only its own stop stood against it."""
    if doing.event.address is not None:
        lift_opt_out(doing.kit, doing.connection, doing.event.address, doing.event.channel)
