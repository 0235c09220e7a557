"""The audit log: every change a person made to how the installation behaves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from engine.store import tables as t
from engine.store.statements import insert_rows


def note(  # noqa: PLR0913 - one argument for each column
    connection: Connection,
    *,
    row_id: str,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note that *actor* did *action*, a noun and a verb such as `sender.paused`, to *subject*."""
    row = {"id": row_id, "at": at, "actor": actor, "action": action, "subject": subject}
    insert_rows(connection, t.audit_log, [{**row, "before": before, "after": after}])


def latest(connection: Connection, *, limit: int) -> Sequence[RowMapping]:
    """Return the last *limit* changes, newest first."""
    query = select(t.audit_log).order_by(t.audit_log.c.at.desc(), t.audit_log.c.id.desc()).limit(limit)
    return connection.execute(query).mappings().all()
