"""Find what events are about, for a whole batch at once: which message, which lead, and who has the address they name.

In this order: our own id, the ids that a mail answers, the provider's id, the address. What is only inferred (a text
answers the last one we sent from that number) is kept beside the event and proves nothing about the message.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId
from engine.flows.eventjson import event_to_json
from engine.flows.kit import Kit
from engine.store import matching
from engine.store.database import Connection
from engine.store.messages import StoredMessage

ANSWERS = frozenset({EventKind.REPLIED, EventKind.UNSUBSCRIBED, EventKind.RESUBSCRIBED})

LOOK_BACK = timedelta(days=1)
UNMATCHED_MAX = 500

log = structlog.get_logger(__name__)

Holding = Mapping[str, Sequence[str]]
"""Who has each address, the oldest lead first."""

_IDS_TOLD = ("in_reply_to", "references", "message_ids")
_LOCAL_PART = re.compile(r"[^@]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An event, and what it is about as far as is known; *holders* have the address that it names, oldest first."""

    id: str
    event: ProviderEvent
    message: StoredMessage | None
    lead_id: str | None
    holders: tuple[str, ...]

    @property
    def concerned(self) -> tuple[str, ...]:
        """The lead it is about, and who else has its address."""
        return tuple(dict.fromkeys(one for one in (self.lead_id, *self.holders) if one))

    def row(self, now: datetime) -> dict[str, Any]:
        """Return the row it is kept in."""
        return {
            "id": self.id,
            "provider": self.event.provider,
            "event_id": self.event.event_id,
            "kind": self.event.kind,
            "message_id": self.message.id if self.message else None,
            "provider_message_id": self.event.provider_message_id,
            "lead_id": self.lead_id,
            "at": self.event.at,
            "received_at": now,
            "applied_at": None,
            "problem": None,
            "event": event_to_json(self.event),
        }


def match(connection: Connection, incoming: Sequence[tuple[str, ProviderEvent]]) -> list[Heard]:
    """Return what each event of *incoming*, by its row's id, is about; one query for each way to tell."""
    events = [event for _, event in incoming]
    holding = _holders(connection, events)
    named = _messages(connection, events, holding)
    answering = [
        event for event, message in zip(events, named, strict=True) if message is None and _may_answer_a_text(event)
    ]
    texts = matching.latest_texts(connection, {one for event in answering for one in _holding(holding, event)})
    inferred = matching.load_messages(connection, [text.message_id for text in texts])
    found = []
    for (row_id, event), message in zip(incoming, named, strict=True):
        holders = _holding(holding, event)
        text = None
        if message is None and _may_answer_a_text(event):
            text = _answered(texts, holders, str(event.extra.get("to", "")))
        about = message or (inferred[text.message_id] if text else None)
        lead_id = about.lead_id if about else next(iter(holders), None)
        told = replace(event, message_id=message.id) if message else event
        found.append(Heard(id=row_id, event=told, message=about, lead_id=lead_id, holders=holders))
    return found


def hear_waiting(kit: Kit, provider: str, provider_ids: Collection[str]) -> None:
    """Let what the provider said of messages before we knew its ids of them be absorbed after all.

    To be called after the ids were committed: whoever stores or absorbs such an event at that moment finds the message
    by itself, and nobody waits in a circle.
    """
    if not provider_ids:
        return
    with kit.database.read() as connection:
        waiting = matching.waiting_for(connection, provider, provider_ids)
    if waiting:
        with kit.database.write() as connection:
            matching.absorb_again(connection, waiting)


def hear_unmatched(kit: Kit) -> int:
    """Let events of the last day be absorbed that `hear_waiting` missed, because its worker died; return how many."""
    with kit.database.read() as connection:
        since = kit.database.now(connection) - LOOK_BACK
        waiting = matching.matched_meanwhile(connection, since, UNMATCHED_MAX)
    if waiting:
        with kit.database.write() as connection:
            matching.absorb_again(connection, waiting)
        log.warning("events.matched_late", count=len(waiting))
    return len(waiting)


def new_ids(kit: Kit, incoming: Sequence[ProviderEvent]) -> list[tuple[str, ProviderEvent]]:
    """Return *incoming* with an id for the row of each."""
    return [(kit.ids.new(), event) for event in incoming]


def _messages(connection: Connection, events: Sequence[ProviderEvent], holding: Holding) -> list[StoredMessage | None]:
    """Return the message that each event names: by our id, or by the provider's."""
    candidates = [list(_own_ids(event)) for event in events]
    stored = matching.load_messages(connection, {one for ids in candidates for one in ids})
    found = [next((stored[one] for one in ids if one in stored), None) for ids in candidates]
    missing = [event for event, message in zip(events, found, strict=True) if message is None]
    known: dict[tuple[str, str], list[MessageId]] = {}
    for provider in {event.provider for event in missing}:
        told = {one for event in missing if event.provider == provider for one in _provider_ids(event)}
        by_id = matching.by_provider_ids(connection, provider, told) if told else {}
        known |= {(provider, one): ids for one, ids in by_id.items()}
    sharing = matching.load_messages(connection, {one for ids in known.values() for one in ids}) if known else {}
    for place, event in enumerate(events):
        if found[place] is None and known:
            named = [known[event.provider, one] for one in _provider_ids(event) if (event.provider, one) in known]
            found[place] = next(
                (_one_of([sharing[one] for one in ids], _holding(holding, event)) for ids in named), None
            )
    return found


def _one_of(sharing: Sequence[StoredMessage], holders: Collection[str]) -> StoredMessage | None:
    """Return the message meant among those of one request: the only one, or the one to whoever has the address."""
    if len(sharing) == 1:
        return sharing[0]
    theirs = [message for message in sharing if message.lead_id in holders]
    return theirs[0] if len(theirs) == 1 else None


def _own_ids(event: ProviderEvent) -> Iterator[MessageId]:
    """Yield what may be our id of the message, the best first: our Message-ID is that id at our domain."""
    if event.message_id is not None and _is_id(event.message_id):
        yield event.message_id
    for told in _ids_told(event):
        local = told.partition("@")[0].lower()
        if _is_id(local):
            yield MessageId(local)


def _provider_ids(event: ProviderEvent) -> Iterator[str]:
    """Yield what may be the provider's id: a provider that writes the Message-ID itself begins it so."""
    if event.provider_message_id is not None:
        yield event.provider_message_id
    for told in _ids_told(event):
        local = _LOCAL_PART.match(told)
        if local:
            yield local[0]


def _ids_told(event: ProviderEvent) -> Iterator[str]:
    for name in _IDS_TOLD:
        told = event.extra.get(name, ())
        if isinstance(told, list | tuple):
            yield from (one for one in reversed(told) if isinstance(one, str))


def _is_id(text: str) -> bool:
    """Return whether *text* could be one of our ids: anybody may post an event with anything in its place."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _holders(connection: Connection, events: Sequence[ProviderEvent]) -> Holding:
    named = [(event.channel is Channel.EMAIL, event.address) for event in events if event.address]
    emails = {address for is_email, address in named if is_email}
    phones = {address for is_email, address in named if not is_email}
    return matching.holders(connection, emails, phones)


def _holding(holding: Holding, event: ProviderEvent) -> tuple[str, ...]:
    return tuple(holding.get(event.address or "", ()))


def _may_answer_a_text(event: ProviderEvent) -> bool:
    return event.channel is Channel.SMS and event.kind in ANSWERS and event.provider_message_id is None


def _answered(texts: Sequence[matching.Text], holders: Sequence[str], number: str) -> matching.Text | None:
    """Return the text that somebody at a shared phone answers: the last one from that *number*, else the last one."""
    to_them = [text for text in texts if text.lead_id in holders]
    return next((text for text in to_them if text.sender == number), next(iter(to_them), None))
