"""Ask providers about attempts that nobody told the end of, before a person is asked.

Always outside a transaction, a few at a time. What a lookup finds is believed only where it can mean nothing else; that
it finds nothing, or fails, proves nothing and changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from channels.address import Channel
from channels.errors import ChannelError
from channels.lookup import Sought
from engine.domain.lead import LeadId
from engine.flows.asking import address_of
from engine.flows.kit import Kit
from engine.store import attempts, leads, matching
from engine.store.attempts import DoubtfulAttempt, OpenAttempt
from engine.store.database import Connection
from engine.store.log import unpack

log = structlog.get_logger(__name__)

AT_ONCE_MAX = 10  # each may take as long as a call does, and the thread that asks has other work
APART = timedelta(minutes=10)
"""Attempts at one address this near to each other may be mistaken for one another; more than clocks ever differ."""


def shows(kit: Kit, provider: str, channel: Channel) -> bool:
    """Return whether *provider* can be asked what it took on *channel*."""
    return (provider, channel) in kit.lookups


def askable(kit: Kit, left: Sequence[OpenAttempt]) -> list[DoubtfulAttempt]:
    """Return those of *left* whose providers show what they took."""
    with kit.database.read() as connection:
        doubtful = attempts.in_doubt(connection, [one.id for one in left])
    return [one for one in doubtful if shows(kit, one.provider, one.channel)]


def look_up(kit: Kit, asked: Sequence[DoubtfulAttempt]) -> dict[str, str]:
    """Ask about *asked*; return the provider's own id of each that it shows, by attempt."""
    with kit.database.read() as connection:
        clear = [one for one in asked if not attempts.may_be_mistaken(connection, one, APART)]
        wanted = [(one, sought) for one in clear if (sought := _sought(connection, one)) is not None]
    return _nobody_elses(kit, _ask(kit, wanted))


def _ask(kit: Kit, wanted: Sequence[tuple[DoubtfulAttempt, Sought]]) -> dict[str, dict[str, str]]:
    """Return what was found: by provider, its own id of the message of each attempt."""
    found: dict[str, dict[str, str]] = {}
    silent: set[tuple[str, Channel]] = set()
    for attempt, sought in wanted:
        whom = (attempt.provider, attempt.channel)
        if whom in silent or kit.is_stopping():
            continue  # whoever did not answer is not waited for again in this round
        try:
            own = kit.lookups[whom].find(sought)
        except ChannelError as error:
            log.warning("lookup.failed", provider=attempt.provider, channel=attempt.channel, error=str(error))
            silent.add(whom)
            continue
        if own is not None:
            found.setdefault(attempt.provider, {})[attempt.id] = own
    return found


def _sought(connection: Connection, attempt: DoubtfulAttempt) -> Sought | None:
    """Return what to ask, None where the lead has another address by now."""
    stored = leads.load(connection, [attempt.lead_id])[LeadId(attempt.lead_id)]
    address, address_id = address_of(stored, attempt.channel)
    if address is None or address_id != attempt.address_id:
        return None
    content = unpack(attempt.body)
    return Sought(
        message_id=attempt.message_id,
        channel=attempt.channel,
        to=address,
        sender=attempt.sender,
        text=content["body"] if attempt.channel is Channel.SMS else "",
        since=attempt.started_at,
        until=attempt.call_by,
    )


def _nobody_elses(kit: Kit, found: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Leave out what the provider gave its id for to another message of ours."""
    own: dict[str, str] = {}
    with kit.database.read() as connection:
        for provider, ids in sorted(found.items()):
            known = matching.by_provider_ids(connection, provider, ids.values())
            own |= {attempt_id: told for attempt_id, told in ids.items() if told not in known}
    return own
