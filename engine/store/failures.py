"""Messages that ended in failure, each with why it was refused last and whether it provably never left."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, exists, select

from channels.message import Fault, MessageId
from engine.domain.lead import LeadId
from engine.domain.message import MessageState
from engine.store import tables as t

PROVES_UNSENT = ("never_started", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A message in `failed`: *fault* and *detail* are the last try's; *is_unsent* says that no try may have arrived."""

    id: MessageId
    lead_id: LeadId
    sequence: str
    stage: str
    channel: str
    template: str
    content_revision: str | None
    reason: str
    ended_at: datetime
    fault: Fault | None
    detail: str
    is_unsent: bool


def read(
    connection: Connection, *, since: datetime | None = None, fault: Fault | None = None, limit: int
) -> list[Failure]:
    """Return up to *limit* failed messages, the oldest first: those that ended from *since* on, for *fault*."""
    query = _FAILED if since is None else _FAILED.where(t.messages.c.ended_at >= since)
    if fault is not None:
        query = query.where(_LAST.c.fault == fault)
    return _found(connection, query.limit(limit))


def named(connection: Connection, message_ids: Collection[str]) -> dict[MessageId, Failure]:
    """Return those of *message_ids* that have failed."""
    query = _FAILED.where(t.messages.c.id.in_(sorted(set(message_ids))))
    return {one.id: one for one in _found(connection, query)}


def _found(connection: Connection, query: Select[tuple[object, ...]]) -> list[Failure]:
    rows = connection.execute(query).mappings()
    return [
        Failure(
            **{
                **row,
                "fault": Fault(row["fault"]) if row["fault"] else None,
                "detail": row["detail"] or "",
                "is_unsent": bool(row["is_unsent"]),
            }
        )
        for row in rows
    ]


_LAST = t.attempts.alias("last")
_LATER = t.attempts.alias("later")
_ANY = t.attempts.alias("any_attempt")
_MAY_HAVE_LEFT = exists().where(_ANY.c.message_id == t.messages.c.id, _ANY.c.outcome.not_in(PROVES_UNSENT))
_IS_LAST = ~exists().where(_LATER.c.message_id == _LAST.c.message_id, _LATER.c.number > _LAST.c.number)
_FAILED = (
    select(
        *(t.messages.c[name] for name in Failure.__dataclass_fields__ if name not in {"fault", "detail", "is_unsent"}),
        _LAST.c.fault,
        _LAST.c.detail,
        (~_MAY_HAVE_LEFT).label("is_unsent"),
    )
    .select_from(t.messages.outerjoin(_LAST, (_LAST.c.message_id == t.messages.c.id) & _IS_LAST))
    .where(t.messages.c.state == MessageState.FAILED)
    .order_by(t.messages.c.ended_at, t.messages.c.id)
)
