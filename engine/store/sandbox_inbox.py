"""The sandbox's inbox: what leads would have received, newest first, each with the message it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from engine.store import tables as t
from engine.store.pages import PAGE_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """Some of what came, and the number that older ones come before; None at the first one."""

    rows: Sequence[RowMapping]
    next: int | None


def read_inbox(
    connection: Connection,
    *,
    channel: str | None = None,
    to: str | None = None,
    before: int | None = None,
    rows: int = PAGE_ROWS,
) -> InboxPage:
    """Return a page of what the sandbox got, in the order of arrival, the latest first; *to* is an address, whole."""
    table = t.sandbox_messages
    query = (
        select(
            table,
            *(t.messages.c[name] for name in ("lead_id", "state", "delivery", "opened_at", "clicked_at", "replied_at")),
            *(t.leads.c[name] for name in ("first_name", "last_name", "company", "email", "phone")),
        )
        .outerjoin(t.messages, t.messages.c.id == table.c.message_id)
        .outerjoin(t.leads, t.leads.c.id == t.messages.c.lead_id)
        .order_by(table.c.number.desc())
        .limit(rows + 1)
    )
    if channel is not None:
        query = query.where(table.c.channel == channel)
    if to is not None:
        query = query.where(table.c.to == to)
    if before is not None:
        query = query.where(table.c.number < before)
    found = connection.execute(query).mappings().all()
    return InboxPage(rows=found[:rows], next=found[rows - 1]["number"] if len(found) > rows else None)


def content_of(connection: Connection, number: int) -> dict[str, Any] | None:
    """Return what stood in the message that came as *number*; None where there was none."""
    table = t.sandbox_messages
    found: dict[str, Any] | None = connection.execute(
        select(table.c.content).where(table.c.number == number)
    ).scalar_one_or_none()
    return found
