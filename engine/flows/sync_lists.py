"""Once a day, take over what providers hold against addresses: nobody is written to whom they would refuse anyway.

A provider's list knows people who never were leads here, and stops that came while our web server was down.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from channels.address import AddressKind, Channel
from channels.errors import ChannelError
from channels.events import EventKind
from channels.provider_lists import Listed, ProviderList
from consent.facts import SuppressionReason
from engine.flows.again import again_if_changed
from engine.flows.kit import Kit
from engine.flows.suppressing import suppression_row
from engine.flows.withdraw import Stop, carry_out, lock_leads, suppress_address
from engine.store import consents, errands, leads, suppressions
from engine.store.database import Connection
from engine.store.leads import StoredLead

log = structlog.get_logger(__name__)

OVERLAP = timedelta(hours=1)
"""Read again each time: the provider's clock is not ours, and a list may be behind what happened."""

REASONS: dict[EventKind, SuppressionReason] = {
    EventKind.UNSUBSCRIBED: SuppressionReason.OPTED_OUT,
    EventKind.COMPLAINED: SuppressionReason.COMPLAINT,
    EventKind.BOUNCED: SuppressionReason.HARD_BOUNCE,
}

STOPPED: dict[AddressKind, frozenset[Channel]] = {
    AddressKind.EMAIL: frozenset({Channel.EMAIL}),
    AddressKind.PHONE: frozenset({Channel.SMS, Channel.VOICEMAIL}),
}
"""What somebody on a provider's list of stops has stopped."""


def sync_lists(kit: Kit) -> int:
    """Read what is new on every list of *kit*, if that is due; return how many addresses were new to us.

    A list that cannot be read is tried again in an hour, from where it was last read to the end.
    """
    if not kit.lists:
        return 0
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        read_until = errands.take(connection, errands.PROVIDER_LISTS, now)
    if read_until is None:
        return 0
    total, is_whole = 0, True
    for one in kit.lists:
        try:
            found = _sync(kit, one, _since(read_until.get(one.name)), now)
        except ChannelError as error:
            log.warning("list.unread", list=one.name, error=str(error))
            found = None
        if found is None:
            is_whole = False
            continue
        read_until[one.name] = now.isoformat()
        total += found
    with kit.database.write() as connection:
        errands.end(connection, errands.PROVIDER_LISTS, read_until, done_at=now if is_whole else None)
    return total


def _since(noted: Any) -> datetime | None:
    return datetime.fromisoformat(noted) - OVERLAP if isinstance(noted, str) else None


def _sync(kit: Kit, one: ProviderList, since: datetime | None, now: datetime) -> int | None:
    """Return how many addresses of *one* were new, None where this process was told to end before all were read."""
    total = 0
    for page in one.pages(since, now):
        total += _keep(kit, one, page)
        if kit.is_stopping():
            return None
    log.info("list.read", list=one.name, new=total)
    return total


def _keep(kit: Kit, one: ProviderList, page: Sequence[Listed]) -> int:
    """Write what is new of *page*; return how much that is."""
    by_meaning: dict[EventKind, set[str]] = defaultdict(set)
    for listed in page:
        by_meaning[listed.meaning].add(listed.address)
    total = 0
    for meaning, addresses in sorted(by_meaning.items()):
        with kit.database.read() as connection:
            new = _unknown(kit, connection, one.kind, addresses, REASONS[meaning])
            of_leads = {_address(one.kind, stored) for stored in _having(connection, one.kind, new)}
        for address in new:
            if address in of_leads:
                _end_for(kit, one, meaning, address)
        with kit.database.write() as connection:
            others = [address for address in new if address not in of_leads]
            _suppress(kit, connection, one, meaning, others, kit.database.now(connection))
        total += len(new)
    return total


def _unknown(
    kit: Kit, connection: Connection, kind: AddressKind, addresses: Collection[str], reason: SuppressionReason
) -> list[str]:
    keys = {address: kit.address_key.key_of(kind, address) for address in addresses}
    known = suppressions.known(connection, kind, keys.values(), reason)
    return sorted(address for address, key in keys.items() if key not in known)


def _having(connection: Connection, kind: AddressKind, addresses: Collection[str]) -> list[StoredLead]:
    is_email = kind is AddressKind.EMAIL
    return leads.find_many(connection, addresses if is_email else (), () if is_email else addresses)


def _address(kind: AddressKind, stored: StoredLead) -> str | None:
    return stored.lead.email if kind is AddressKind.EMAIL else stored.lead.phone


def _suppress(
    kit: Kit,
    connection: Connection,
    one: ProviderList,
    meaning: EventKind,
    addresses: Collection[str],
    now: datetime,
) -> None:
    # A stop ends the channels it was made for, so that a later word of the lead can lift it there.
    channels = sorted(STOPPED[one.kind]) if meaning is EventKind.UNSUBSCRIBED else [None]
    reason = REASONS[meaning]
    rows = [
        suppression_row(kit, one.kind, address, channel=channel, reason=reason, source=one.name, now=now)
        for address in addresses
        for channel in channels
    ]
    consents.suppress(connection, rows)


@again_if_changed
def _end_for(kit: Kit, one: ProviderList, meaning: EventKind, address: str) -> None:
    """Suppress *address*, and end for the leads who have it what the same would end as an event.

    In a transaction of its own, in which locks are taken in the order in which everybody takes them.
    """
    with kit.database.write() as connection:
        covered = _having(connection, one.kind, [address])
        lock_leads(connection, covered)
        now = kit.database.now(connection)  # after the locks: whatever was under way is before it
        _suppress(kit, connection, one, meaning, [address], now)
        reason = REASONS[meaning]
        if meaning is not EventKind.UNSUBSCRIBED:
            suppress_address(kit, connection, covered, one.kind, reason=reason, source=one.name, now=now)
        if meaning is not EventKind.BOUNCED:
            for stored in covered:
                carry_out(kit, connection, covered, _stop(one, meaning), now, speaker_id=stored.lead.id)


def _stop(one: ProviderList, meaning: EventKind) -> Stop:
    is_stop = meaning is EventKind.UNSUBSCRIBED
    return Stop(
        channels=STOPPED[one.kind] if is_stop else frozenset(),
        source="unsubscribe" if is_stop else "complaint",
        wording="",
        recorded_by=one.name,
        only_marketing=not is_stop,  # a complaint ends all marketing, and the address for everything
    )
