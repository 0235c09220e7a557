"""Settle attempts whose end nobody told: by the journal, by what the provider said since or shows, or by asking a person."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from engine.domain import delivery
from engine.flows.kit import CALL_BY, Kit
from engine.flows.looking_up import AT_ONCE_MAX, askable, look_up, shows
from engine.flows.matching import hear_waiting
from engine.flows.receipts import accept, mark_unknown
from engine.flows.unsettled import tell_of_doubt
from engine.journal import never_started
from engine.store import attempts, causes, enrollments, events, leads, messages
from engine.store.attempts import OpenAttempt
from engine.store.database import Connection
from engine.store.messages import StoredMessage

log = structlog.get_logger(__name__)

RECONCILE_WINDOW = timedelta(minutes=15)
"""How long a provider is given to say that it took a message, before a person is asked."""

LOOK_AGAIN = timedelta(minutes=3)
"""How long after a look at what the provider shows the next one follows: its lists may lag behind."""

BATCH_MAX = 200


def reconcile(kit: Kit, limit: int = BATCH_MAX) -> int:
    """Look at up to *limit* abandoned attempts; return how many were settled. Never sends, never guesses.

    What is known here is acted on before anybody elsewhere is asked: a provider that does not answer delays nothing else.
    """
    with kit.database.read() as connection:
        now = kit.database.now(connection)
        left = attempts.abandoned(connection, now, limit)
        heard = events.providers_of(connection, [one.message_id for one in left], delivery.EVIDENCE)
    if not left:
        return 0
    ended, unstarted = _wait_for_deadlines(kit, left, now)
    known = {*unstarted, *(one.id for one in left if one.message_id in heard)}
    asked = askable(kit, [one for one in left if one.id not in known]) if kit.lookups else []
    evidence = _Evidence(ended=ended, unstarted=unstarted)
    settled = _settle_all(kit, {one.id for one in left} - {one.id for one in asked}, evidence, limit)
    if now_asked := asked[:AT_ONCE_MAX]:
        found = look_up(kit, now_asked)
        settled += _settle_all(kit, {one.id for one in now_asked}, replace(evidence, found=found), limit)
        _hear_waiting(kit, [one for one in settled if one.id in found], found)
    return len(settled)


def _settle_all(kit: Kit, attempt_ids: Collection[str], evidence: "_Evidence", limit: int) -> list[OpenAttempt]:
    """Settle those of *attempt_ids* that are still abandoned and of which enough is known; return them."""
    if not attempt_ids:
        return []
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        left = [one for one in attempts.abandoned(connection, now, limit) if one.id in attempt_ids]
        stored = messages.load(connection, [one.message_id for one in left])
        heard = events.providers_of(connection, [one.message_id for one in left], delivery.EVIDENCE)
        # Leads, enrollments, attempts, messages: the order in which everybody takes these locks.
        proven = {*heard, *(one.message_id for one in left if one.id in evidence.found)}
        leads.note_first_touch(connection, {one.lead_id for one in stored.values() if one.id in proven}, now)
        waiting = {one.enrollment_id for one in stored.values() if one.enrollment_id}
        enrollments.wake(connection, sorted(waiting), now)
        still_open = attempts.lock_open(connection, [one.id for one in left])
        evidence = replace(evidence, heard=heard)
        settled = [
            one
            for one in left
            if one.id in still_open and _settle(kit, connection, one, stored[one.message_id], evidence, now)
        ]
        tell_of_doubt(kit, connection, causes.unknown_by_sender(connection, [one.message_id for one in settled]))
    return settled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """All that is known of a batch: which calls never started, what providers show, who reported on which message.

    *ended* are the attempts whose calls can start no more; None where no process can die. *found* are the providers' own
    ids by attempt.
    """

    ended: Collection[str] | None
    unstarted: Collection[str]
    found: Mapping[str, str] = field(default_factory=dict)
    heard: Mapping[str, str] = field(default_factory=dict)


def _settle(
    kit: Kit, connection: Connection, attempt: OpenAttempt, message: StoredMessage, evidence: _Evidence, now: datetime
) -> bool:
    heard_from, own_id = evidence.heard.get(message.id), evidence.found.get(attempt.id)
    if heard_from is not None or own_id is not None:
        detail = "a delivery event proves it" if heard_from else "the provider shows it"
        _close(connection, attempt, "accepted", detail, now, provider_id=own_id)
        accept(connection, message, heard_from or attempt.provider, own_id, now)
        outcome = "accepted"
    elif attempt.id in evidence.unstarted:
        _close(connection, attempt, "never_started", "the worker's journal does not name it", now)
        messages.schedule(connection, message.id, due_at=now, reason="never_started")
        outcome = "never_started"
    elif now >= attempt.call_by + RECONCILE_WINDOW and (evidence.ended is None or attempt.id in evidence.ended):
        _close(connection, attempt, "unknown", attempt.detail or "no evidence within the reconcile window", now)
        mark_unknown(kit, connection, message, now)
        outcome = "unknown"
    else:
        messages.look_again(connection, message.id, at=_next_look(kit, attempt, message, now))
        return False
    log.warning("attempt.reconciled", message_id=message.id, attempt_id=attempt.id, outcome=outcome)
    return True


def _next_look(kit: Kit, attempt: OpenAttempt, message: StoredMessage, now: datetime) -> datetime:
    last = attempt.call_by + RECONCILE_WINDOW
    return min(last, now + LOOK_AGAIN) if shows(kit, attempt.provider, message.channel) else last


def _hear_waiting(kit: Kit, settled: Sequence[OpenAttempt], found: Mapping[str, str]) -> None:
    """Let events be heard that named only an id of the provider's, which we have just learnt."""
    for provider in sorted({one.provider for one in settled}):
        hear_waiting(kit, provider, {found[one.id] for one in settled if one.provider == provider})


def _wait_for_deadlines(kit: Kit, left: Sequence[OpenAttempt], now: datetime) -> tuple[set[str] | None, set[str]]:
    """Return which of *left*, abandoned at *now*, are attempts whose calls can start no more, and which of them did not.

    A lease ends in database time, a deadline by this machine's monotonic clock. When the first jumps ahead of the second
    (a clock set right, a machine that slept), the worker may still be about to call: so its deadline is waited out before
    its journal proves anything, and before its end is called unknown, for no stop waits for what is settled.
    """
    if kit.journals is None:
        return None, set()
    silent = _not_named(kit.journals, left)
    if not silent and all(now < one.call_by + RECONCILE_WINDOW for one in left):
        return set(), set()
    kit.clock.sleep(CALL_BY.total_seconds())
    return {one.id for one in left}, {one.id for one in _not_named(kit.journals, silent)}


def _not_named(journals: Path, left: Iterable[OpenAttempt]) -> list[OpenAttempt]:
    return [one for one in left if never_started(journals, one.journal, one.id)]


def _close(
    connection: Connection,
    attempt: OpenAttempt,
    outcome: str,
    detail: str,
    now: datetime,
    *,
    provider_id: str | None = None,
) -> None:
    row = {"id": attempt.id, "outcome": outcome, "fault": None, "detail": detail, "provider_id": provider_id}
    attempts.settle(connection, [{**row, "ended_at": now}])
