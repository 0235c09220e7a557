"""Open an incident where something goes wrong, and close it by hand or because its cause is over.

`flows.watching` sees whether causes are over, `flows.alerting` tells staff.
"""

import structlog

from engine.domain.incident import IncidentKind
from engine.flows.kit import Kit
from engine.store import audit, incidents
from engine.store.database import Connection

log = structlog.get_logger(__name__)

ALL = "all"
"""The subject of what there is one of."""


class NoSuchIncident(LookupError):
    """There is no incident of this id."""


def raise_incident(
    kit: Kit, connection: Connection, kind: IncidentKind, subject: str, detail: str, *, count: int = 1
) -> str:
    """Open an incident of *kind* on *subject*, or count *count* more on the open one; return its id.

    Call it last in a transaction, several in the order of kind and subject. *detail* is for staff: no address, no secret.
    """
    row_id, now = kit.ids.new(), kit.database.now(connection)
    # Whoever notices has logged what it is.
    return incidents.open_or_bump(
        connection, row_id=row_id, kind=kind, subject=subject, detail=detail, now=now, count=count
    )


def close_incident(kit: Kit, connection: Connection, kind: IncidentKind, subject: str) -> bool:
    """Close the open incident of *kind* on *subject*, whose cause is over; return whether there was one."""
    is_closed = incidents.close(connection, kind, subject, kit.database.now(connection))
    if is_closed:
        log.warning("incident.closed", kind=kind, subject=subject)
    return is_closed


def close_by_hand(kit: Kit, incident_id: str, *, by: str) -> bool:
    """Close one incident by the word of *by*; return False where it was closed before. Raises `NoSuchIncident`."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        closed = incidents.lock(connection, incident_id)
        if closed is None:
            raise NoSuchIncident(incident_id)
        if closed.closed_at is not None:
            return False
        incidents.close_one(connection, incident_id, now)
        told = {"kind": closed.kind, "subject": closed.subject, "count": closed.count}
        audit.note(
            connection, row_id=kit.ids.new(), at=now, actor=by, action="incident.closed", subject=incident_id,
            before=told,
        )  # fmt: skip
    log.warning("incident.closed", kind=closed.kind, subject=closed.subject, by=by)
    return True
