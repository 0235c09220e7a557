"""Not too many a day to one mailbox provider: what a sender has sent to each recipient domain, counted before it goes."""

from collections import Counter
from collections.abc import Iterable, Mapping

from channels.address import Channel
from channels.message import MessageId
from engine.domain import pacing
from engine.flows.claiming import Claim
from engine.flows.kit import Kit
from engine.store import sender_domains, senders

DOMAIN_LIMIT = "domain_limit"
"""Why a message waits for tomorrow: enough went to its recipient's domain today."""


def is_limited(taken: Claim) -> bool:
    """Return whether the sender of *taken* counts what it sends to each domain."""
    return taken.sender.channel is Channel.EMAIL and taken.sender.domain_daily_max is not None


def count(kit: Kit, taken: Claim, recipients: Mapping[MessageId, str]) -> set[MessageId]:
    """Count the messages of a claim for their recipients' domains; return those that today has no room for."""
    limit = taken.sender.domain_daily_max
    if limit is None or not recipients:
        return set()
    domains = [_domain(address) for address in recipients.values()]
    with kit.database.write() as connection:
        sender = senders.lock(connection, taken.sender.id, wait=True)
        assert sender is not None
        day = pacing.day_of(sender.pace, kit.database.now(connection))
        sent = sender_domains.read_counts(connection, sender.id, domains, day)
        goes = pacing.fit_into_domains(limit, sent, domains)
        more = Counter(domain for domain, fits in zip(domains, goes, strict=True) if fits)
        counts = {domain: sent.get(domain, 0) + number for domain, number in more.items()}
        sender_domains.save_counts(connection, sender.id, counts, day)
    return {message_id for message_id, fits in zip(recipients, goes, strict=True) if not fits}


def give_back(kit: Kit, taken: Claim, unsent: Iterable[str]) -> None:
    """Uncount messages to the addresses *unsent* that were counted and did not leave; yesterday's make no room today."""
    less = Counter(_domain(address) for address in unsent)
    if not less:
        return
    with kit.database.write() as connection:
        sender = senders.lock(connection, taken.sender.id, wait=True)
        assert sender is not None
        day = pacing.day_of(sender.pace, kit.database.now(connection))
        if pacing.day_of(sender.pace, taken.at) != day:
            return
        sent = sender_domains.read_counts(connection, sender.id, less, day)
        counts = {domain: max(0, number - less[domain]) for domain, number in sent.items()}
        sender_domains.save_counts(connection, sender.id, counts, day)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
