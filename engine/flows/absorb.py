"""Take in what providers and leads say: keep it, act on stops and replies before answering, absorb the rest later.

Every event may come twice, late and in any order. Uniqueness makes twice harmless; `domain.delivery` makes order harmless.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import structlog

from channels.events import EventKind, ProviderEvent
from channels.message import MessageId
from engine import metrics
from engine.domain import delivery
from engine.domain.incident import IncidentKind
from engine.domain.message import CLAIMABLE_STATES, MessageState
from engine.flows.acting import act, lock_concerned, still_open
from engine.flows.again import again_if_changed
from engine.flows.eventjson import event_from_json, event_to_json
from engine.flows.incidents import raise_incident
from engine.flows.kit import Kit
from engine.flows.matching import Heard, hear_waiting, match, new_ids
from engine.flows.raw import Raw, store_raw
from engine.flows.silence import note_heard, unheard_of
from engine.flows.unsettled import close_review
from engine.store import attempts, enrollments, events, matching, messages, set_aside
from engine.store.database import Connection, apart
from engine.store.errors import Spoiled
from engine.store.messages import StoredMessage

__all__ = ["absorb", "absorb_deliveries", "event_from_json", "event_to_json", "receive"]

log = structlog.get_logger(__name__)

URGENT = frozenset(
    {
        EventKind.REPLIED,
        EventKind.UNSUBSCRIBED,
        EventKind.RESUBSCRIBED,
        EventKind.COMPLAINED,
        EventKind.BOUNCED,
        EventKind.CALLED,
        EventKind.CONNECTED,
        EventKind.MISSED,
    }
)
"""Whoever brings one of these is answered only after it was acted on; the others are stored, acknowledged, absorbed later."""

AWAITED = frozenset({EventKind.DELIVERED, EventKind.DEFERRED, EventKind.OPENED, EventKind.CLICKED})
"""What only an enrollment that waits for it must hear; the others may turn any that is open."""

HEARD_BY_NOBODY = frozenset({EventKind.ACCEPTED, EventKind.UNKNOWN})
"""What turns no enrollment: everything that is sent is accepted first."""

BATCH_MAX = 500

Named = frozenset[tuple[str, str]]
"""Providers, and their own ids of messages."""


@again_if_changed
def receive(kit: Kit, incoming: Sequence[ProviderEvent], *, raw: Raw | None = None) -> int:
    """Keep *incoming*, with the *raw* callback that brought it, and act on what is urgent; return how many were new.

    Returns only when no message that one of them stops can start any more. Raises where nothing could be kept.
    """
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        if raw is not None:
            store_raw(kit, connection, raw, now)
        heard = match(connection, new_ids(kit, incoming))
        urgent = [one for one in heard if one.event.kind in URGENT]
        covered = lock_concerned(kit, connection, urgent)
        fresh = events.store(connection, [one.row(now) for one in heard])
        new = [one for one in urgent if one.id in fresh]
        reactions = act(kit, connection, new, covered, now)
        told = [(one.message.id, one.event) for one in new if one.message and one.id in reactions.deliveries]
        is_told, named = _absorb_told(connection, told, now)
        # Who named only the provider's id may still be matched: absorb() looks again.
        done = [one.id for one in new if one.message or one.lead_id or one.event.provider_message_id is None]
        left = reactions.spoiled if is_told else reactions.spoiled | reactions.deliveries
        events.mark_applied(connection, [one for one in done if one not in left], now)
        again = still_open(connection, [one for one in urgent if one.id not in fresh], covered)
        silent = unheard_of(connection, heard, now)
        _tell_of_poison(kit, connection, _unacted(urgent, reactions.spoiled))
    note_heard(kit, silent)
    _hear_waiting(kit, named)
    _tell([one.event for one in heard if one.id in fresh], len(incoming))
    kit.wait_out(max((one for one in (reactions.call_by, again) if one is not None), default=None))
    return len(fresh)


@again_if_changed
def absorb(kit: Kit, limit: int = BATCH_MAX) -> int:
    """Absorb up to *limit* stored events; return how many. One that cannot be absorbed is set aside with its error."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        rows = events.unapplied(connection, limit)
        try:
            with apart(connection):
                named = _absorb_rows(kit, connection, rows, now)
        except Spoiled:
            named = None
    if named is None:
        return sum(_absorb_alone(kit, row["id"]) for row in rows)
    _hear_waiting(kit, named)
    return len(rows)


@again_if_changed
def _absorb_alone(kit: Kit, event_id: str) -> int:
    """Absorb one event of a batch in which one was poison, in a transaction of its own; set it aside if it is that one."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        rows = events.unapplied(connection, 1, only=event_id)
        try:
            with apart(connection):
                named = _absorb_rows(kit, connection, rows, now)
        except Spoiled as error:
            log.exception("event.set_aside", event_id=event_id)
            events.set_aside(connection, event_id, str(error))
            _tell_of_poison(kit, connection, [(row["provider"], str(error)) for row in rows])
            named = frozenset()
    _hear_waiting(kit, named)
    return len(rows)


@again_if_changed
def absorb_anew(kit: Kit, event_id: str) -> str | None:
    """Absorb an event that was set aside once more, and act on it where nobody did; return what still is wrong with it."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        row = set_aside.lock_event(connection, event_id)
        if row is None:
            return "it is not set aside"
        unacted = {event_id} if set_aside.was_left_to_a_person(connection, event_id) else set()
        named: Named = frozenset()
        try:
            with apart(connection):
                set_aside.release_event(connection, event_id)
                named = _absorb_rows(kit, connection, [row], now, unacted)
        except Spoiled as error:
            log.exception("event.set_aside", event_id=event_id)
            events.set_aside(connection, event_id, str(error))
        left = set_aside.lock_event(connection, event_id)
    _hear_waiting(kit, named)
    return left["problem"] if left is not None else None


def _absorb_rows(
    kit: Kit, connection: Connection, rows: Sequence[Any], now: datetime, unacted: Collection[str] = ()
) -> Named:
    """Absorb *rows*, and act on those that were nobody's when they came, or that are among the *unacted*."""
    problems: list[tuple[str, str]] = []
    stored = [(row, event) for row in rows if (event := _event_of(connection, row, problems)) is not None]
    late = _match_late(connection, stored, unacted)
    # Who was known when it came has been heard already.
    unheard = [
        late[row["id"]]
        for row, event in stored
        if event.kind in URGENT and (row["lead_id"] is None or row["id"] in unacted)
    ]
    covered = lock_concerned(kit, connection, unheard)
    reactions = act(kit, connection, unheard, covered, now)
    mute = {one.id for one in unheard} - reactions.deliveries
    told = [
        (message_id, event)
        for row, event in stored
        if row["id"] not in mute and (message_id := row["message_id"] or _message_id(late.get(row["id"])))
    ]
    named = _absorb(connection, told, now)
    events.mark_applied(connection, [row["id"] for row, _ in stored if row["id"] not in reactions.spoiled], now)
    _tell_of_poison(kit, connection, [*problems, *_unacted(unheard, reactions.spoiled)])
    return named


def _unacted(heard: Sequence[Heard], spoiled: Collection[str]) -> list[tuple[str, str]]:
    return [(one.event.provider, "not acted on") for one in heard if one.id in spoiled]


def _tell_of_poison(kit: Kit, connection: Connection, problems: Sequence[tuple[str, str]]) -> None:
    """Open an incident for each provider and kind of error; what an error says may hold an address, so it stays aside."""
    counts = Counter(f"{provider} {problem.partition(':')[0]}" for provider, problem in problems)
    for subject, count in sorted(counts.items()):
        provider, _, error = subject.partition(" ")
        detail = f"what {provider} told could not be absorbed ({error}): it was set aside"
        raise_incident(kit, connection, IncidentKind.EVENT_POISONED, subject, detail, count=count)


def _event_of(connection: Connection, row: Any, problems: list[tuple[str, str]]) -> ProviderEvent | None:
    try:
        return event_from_json(row["event"])
    except (KeyError, TypeError, ValueError) as error:
        log.exception("event.set_aside", event_id=row["id"])
        problem = f"{type(error).__name__}: {error}"
        events.set_aside(connection, row["id"], problem)
        problems.append((row["provider"], problem))
        return None


def _match_late(
    connection: Connection, stored: Sequence[tuple[Any, ProviderEvent]], unacted: Collection[str]
) -> dict[str, Heard]:
    """Match once more what found no message or no lead when it came, and note what it turned out to be about."""
    unmatched = [
        (row["id"], event)
        for row, event in stored
        if None in (row["message_id"], row["lead_id"]) or row["id"] in unacted
    ]
    if not unmatched:
        return {}
    found = match(connection, unmatched)
    before = {row["id"]: row["lead_id"] for row, _ in stored}
    rows = [
        {"id": one.id, "message_id": _message_id(one), "lead_id": before[one.id] or one.lead_id}
        for one in found
        if one.message is not None or (one.lead_id is not None and before[one.id] is None)
    ]
    matching.assign(connection, rows)
    return {one.id: one for one in found}


def _message_id(heard: Heard | None) -> MessageId | None:
    return heard.message.id if heard is not None and heard.message is not None else None


def _absorb_told(
    connection: Connection, told: Sequence[tuple[str, ProviderEvent]], now: datetime
) -> tuple[bool, Named]:
    """Absorb what was just acted on; where that fails `absorb` finds out later which event is to blame."""
    if not told:
        return True, frozenset()
    try:
        with apart(connection):
            return True, _absorb(connection, told, now)
    except Spoiled:
        log.exception("events.left_for_later", count=len(told))
        return False, frozenset()


def _absorb(connection: Connection, told: Sequence[tuple[str, ProviderEvent]], now: datetime) -> Named:
    if not told:
        return frozenset()
    _wake_for(connection, told, now)
    return absorb_deliveries(connection, told, now)


def absorb_deliveries(connection: Connection, heard: Sequence[tuple[str, ProviderEvent]], now: datetime) -> Named:
    """Let messages absorb what was heard of them, in any order; what proves that one left settles it too.

    Returns the providers' own ids that were told of messages whose receipt never said them.
    """
    stored = messages.lock(connection, [message_id for message_id, _ in heard])
    facts = {message_id: message.delivery for message_id, message in stored.items()}
    proven: set[MessageId] = set()
    for message_id, event in heard:
        known = MessageId(message_id)
        if known in facts:
            facts[known] = delivery.absorb(facts[known], event)
            if delivery.proves_acceptance(event):
                proven.add(known)
    tried = _settle(connection, [stored[one] for one in sorted(proven)], now)
    changed = {one: facts[one] for one in facts if facts[one] != stored[one].delivery}
    messages.save_delivery(connection, changed)
    nameless = {
        one: whose
        for one, message in stored.items()
        if message.provider_id is None and (whose := message.provider or tried.get(one))
    }
    named = {
        MessageId(message_id): (event.provider, event.provider_message_id)
        for message_id, event in heard
        if event.provider_message_id and nameless.get(MessageId(message_id)) == event.provider
    }
    matching.note_provider_ids(connection, {message_id: own for message_id, (_, own) in named.items()})
    return frozenset(named.values())


def _hear_waiting(kit: Kit, named: Named) -> None:
    for provider in sorted({provider for provider, _ in named}):
        hear_waiting(kit, provider, {own for whose, own in named if whose == provider})


def _settle(connection: Connection, proven: Sequence[StoredMessage], now: datetime) -> dict[str, str]:
    """Settle messages whose outcome was unknown: whoever had been given them took them, whoever tells us so.

    So with those that an operator let be sent again, as long as nothing has left anew.
    """
    unknown = [one.id for one in proven if one.state is MessageState.UNKNOWN]
    waiting = [one.id for one in proven if one.state in CLAIMABLE_STATES]
    tried = matching.providers_tried(connection, unknown) if unknown else {}
    tried |= attempts.who_was_overruled(connection, waiting) if waiting else {}
    for message_id, provider in sorted(tried.items()):
        messages.settle_unknown(connection, message_id, provider=provider, now=now)
    close_review(connection, unknown, now)
    return tried


def _wake_for(connection: Connection, heard: Sequence[tuple[str, ProviderEvent]], now: datetime) -> None:
    """Wake what may wait for these events: whoever waits for a click, or must go another way after a bounce."""
    by_people = [
        (message_id, event.kind)
        for message_id, event in heard
        if not event.machine and event.kind not in HEARD_BY_NOBODY
    ]
    if not by_people:
        return
    stored = messages.load(connection, [message_id for message_id, _ in by_people])
    leads_of: dict[bool, set[str]] = {True: set(), False: set()}
    for message_id, kind in by_people:
        if MessageId(message_id) in stored:
            leads_of[kind in AWAITED].add(stored[MessageId(message_id)].lead_id)
    enrollments.open_of(connection, leads_of[True] | leads_of[False])  # locked together, in order
    enrollments.wake_open(connection, leads_of[False], now)
    enrollments.wake_open(connection, leads_of[True] - leads_of[False], now, only_waiting=True)


def _tell(fresh: Sequence[ProviderEvent], count: int) -> None:
    """Count what was new, and say so in one line a callback."""
    if not count:
        return
    kinds = Counter(event.kind for event in fresh)
    for event in fresh:
        metrics.EVENTS.labels(event.provider, event.kind).inc()
    providers = sorted({event.provider for event in fresh})
    log.info(
        "events.received",
        providers=providers,
        kinds={str(kind): kinds[kind] for kind in sorted(kinds)},
        twice=count - len(fresh),
    )
    for event in fresh:
        if event.kind is EventKind.UNKNOWN:
            log.warning("event.unknown", provider=event.provider, what=_word_for(event))


def _word_for(event: ProviderEvent) -> str:
    """Return the provider's own word for what nobody knows, if it told one."""
    told = (event.extra.get(name) for name in ("event", "status", "mail_kind"))
    return next((str(one)[:60] for one in told if one), "")
