"""Settle attempts whose worker died: by its journal, by what the provider said since, or by asking a person."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from engine.domain import delivery
from engine.flows.dispatch import CALL_BY
from engine.flows.kit import Kit
from engine.flows.receipts import accept, mark_unknown
from engine.journal import never_started
from engine.store import attempts, enrollments, events, leads, messages
from engine.store.attempts import OpenAttempt
from engine.store.database import Connection
from engine.store.messages import StoredMessage

log = structlog.get_logger(__name__)

RECONCILE_WINDOW = timedelta(minutes=15)
"""How long a provider is given to say that it took a message, before a person is asked."""

BATCH_MAX = 200


def reconcile(kit: Kit, limit: int = BATCH_MAX) -> int:
    """Look at up to *limit* abandoned attempts; return how many were settled. Never sends, never guesses."""
    unstarted = _never_started(kit, limit)
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        left = attempts.abandoned(connection, now, limit)
        stored = messages.load(connection, [one.message_id for one in left])
        heard = events.providers_of(connection, [one.message_id for one in left], delivery.EVIDENCE)
        # Leads, enrollments, attempts, messages: the order in which everybody takes these locks.
        leads.note_first_touch(connection, {one.lead_id for one in stored.values() if one.id in heard}, now)
        waiting = {one.enrollment_id for one in stored.values() if one.enrollment_id}
        enrollments.wake(connection, sorted(waiting), now)
        still_open = attempts.lock_open(connection, [one.id for one in left])
        settled = [
            one
            for one in left
            if one.id in still_open
            and _settle(kit, connection, one, stored[one.message_id], heard.get(one.message_id), unstarted, now)
        ]
    return len(settled)


def _settle(
    kit: Kit,
    connection: Connection,
    attempt: OpenAttempt,
    message: StoredMessage,
    heard_from: str | None,
    unstarted: Collection[str],
    now: datetime,
) -> bool:
    if heard_from is not None:
        _close(connection, attempt, "accepted", "a delivery event proves it", now)
        accept(connection, message, heard_from, None, now)
        outcome = "accepted"
    elif attempt.id in unstarted:
        _close(connection, attempt, "never_started", "the worker's journal does not name it", now)
        messages.schedule(connection, message.id, due_at=now, reason="never_started")
        outcome = "never_started"
    elif now >= attempt.call_by + RECONCILE_WINDOW:
        _close(connection, attempt, "unknown", "no evidence within the reconcile window", now)
        mark_unknown(kit, connection, message, now)
        outcome = "unknown"
    else:
        messages.look_again(connection, message.id, at=attempt.call_by + RECONCILE_WINDOW)
        return False
    log.warning("attempt.reconciled", message_id=message.id, attempt_id=attempt.id, outcome=outcome)
    return True


def _never_started(kit: Kit, limit: int) -> set[str]:
    """Return the abandoned attempts whose calls did not start, and cannot any more.

    A lease ends in database time, a deadline by this machine's monotonic clock. When the first jumps ahead of the second
    (a clock set right, a machine that slept), the worker may still be about to call: so its deadline is waited out.
    """
    if kit.journals is None:
        return set()
    with kit.database.read() as connection:
        left = attempts.abandoned(connection, kit.database.now(connection), limit)
    silent = _not_named(kit.journals, left)
    if silent:
        kit.clock.sleep(CALL_BY.total_seconds())
    return {one.id for one in _not_named(kit.journals, silent)}


def _not_named(journals: Path, left: Iterable[OpenAttempt]) -> list[OpenAttempt]:
    return [one for one in left if never_started(journals, one.journal, one.id)]


def _close(connection: Connection, attempt: OpenAttempt, outcome: str, detail: str, now: datetime) -> None:
    row = {"id": attempt.id, "outcome": outcome, "fault": None, "detail": detail, "provider_id": None, "ended_at": now}
    attempts.settle(connection, [row])
