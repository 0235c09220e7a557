"""Once a minute: open incidents that rows show at any time, and close those whose cause is over, however it ended."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from consent.reasons import GateReason
from engine.domain.incident import Incident, IncidentKind
from engine.domain.reputation import Crossed
from engine.flows.incidents import ALL, close_incident
from engine.flows.kit import Kit
from engine.flows.silence import SILENT
from engine.flows.unsettled import message_in_doubt
from engine.store import causes, errands, forgotten, incidents, webhooks
from engine.store.database import Connection

CONTENT_REASONS = frozenset({"missing_value", "missing_template", "content_error", GateReason.CONTENT})
"""Why a message is held that its words keep back."""

AUDIT_EVERY = timedelta(minutes=10)  # it counts every open lead


def watch(kit: Kit) -> int:
    """Open what rows show to be wrong, and close what is over; return how many were closed."""
    _open_held(kit)
    _open_forgotten(kit)
    with kit.database.read() as connection:
        over = [one for one in incidents.open_ones(connection) if _is_over(kit, connection, one)]
    return sum(_close(kit, one) for one in over)


def _close(kit: Kit, seen: Incident) -> bool:
    """Close *seen* unless it showed again meanwhile; each in a transaction of its own, so that no order of locks matters."""
    with kit.database.write() as connection:
        latest = incidents.lock(connection, seen.id)
        return latest == seen and close_incident(kit, connection, seen.kind, seen.subject)


def _open_held(kit: Kit) -> None:
    with kit.database.read() as connection:
        held = causes.held_by_template(connection, CONTENT_REASONS)
    for template, count in held.items():
        detail = f"{count} message{'s wait' if count > 1 else ' waits'}: {template} misses a value, or breaks a rule"
        _keep_open(kit, IncidentKind.CONTENT_HELD, template, detail, count)


def _open_forgotten(kit: Kit) -> None:
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        if errands.take(connection, errands.AUDIT, now, every=AUDIT_EVERY, lease=AUDIT_EVERY) is None:
            return
        count = _forgotten(kit, connection)
        errands.end(connection, errands.AUDIT, {}, done_at=now)
    if count:
        detail = f"{count} open lead{'s have' if count > 1 else ' has'} no next step, no task and no end"
        _keep_open(kit, IncidentKind.LEADS_FORGOTTEN, ALL, detail, count)


def _keep_open(kit: Kit, kind: IncidentKind, subject: str, detail: str, count: int) -> None:
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        incidents.keep_open(
            connection, row_id=kit.ids.new(), kind=kind, subject=subject, detail=detail, now=now, count=count
        )


def _is_over(kit: Kit, connection: Connection, one: Incident) -> bool:
    lasts = _LASTS.get(one.kind)
    return lasts is not None and not lasts(kit, connection, one.subject)


def _forgotten(kit: Kit, connection: Connection) -> int:
    return int(forgotten.audit(connection, kit.database.now(connection))["forgotten"])


def _in_doubt(_kit: Kit, connection: Connection, sender_id: str) -> bool:
    asked = (message_in_doubt(intent) for intent in causes.review_intents(connection))
    return sender_id in causes.unknown_by_sender(connection, [one for one in asked if one is not None])


_LASTS: Mapping[IncidentKind, Callable[[Kit, Connection, str], bool]] = {
    IncidentKind.SENDER_FAILING: lambda _, connection, one: one in causes.failing_senders(connection),
    IncidentKind.SENDER_PAUSED: lambda _, connection, one: one in causes.resting_senders(connection, [*Crossed]),
    IncidentKind.SENDER_SILENT: lambda _, connection, one: one in causes.resting_senders(connection, [SILENT]),
    IncidentKind.OUTCOME_UNKNOWN: _in_doubt,
    IncidentKind.CONTENT_HELD: lambda _, connection, one: one in causes.held_by_template(connection, CONTENT_REASONS),
    IncidentKind.WEBHOOK_DISABLED: lambda _, connection, one: webhooks.is_disabled(connection, one),
    IncidentKind.LEADS_FORGOTTEN: lambda kit, connection, _: _forgotten(kit, connection) > 0,
}
"""Whether the cause of each kind lasts; a person closes the others, or whoever opened them."""
