"""One lead's side of the sandbox: what came to them and what they said, in one order, and what the engine made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, select

from engine.store import tables as t

LETTERS_MAX = 50  # the latest: a lead gets some thirty in a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Something that came to the lead, or that the lead said."""

    is_ours: bool
    row: RowMapping


def read_thread(connection: Connection, lead_id: str) -> Sequence[Letter]:
    """Return the latest of both sides, the newest first; each of ours with what is known of its delivery."""
    sent = [Letter(is_ours=True, row=row) for row in _sent(connection, lead_id)]
    said = [Letter(is_ours=False, row=row) for row in _said(connection, lead_id)]
    return sorted([*sent, *said], key=lambda one: (one.row["at"], not one.is_ours), reverse=True)


def _sent(connection: Connection, lead_id: str) -> Sequence[RowMapping]:
    table, message = t.sandbox_messages, t.messages
    signs = ("state", "delivery", "template", "opened_at", "clicked_at", "replied_at", "bounced_at", "complained_at")
    query = (
        select(table, *(message.c[name] for name in signs))
        .join(message, message.c.id == table.c.message_id)
        .where(message.c.lead_id == lead_id)
        .order_by(table.c.number.desc())
        .limit(LETTERS_MAX)
    )
    return connection.execute(query).mappings().all()


def _said(connection: Connection, lead_id: str) -> Sequence[RowMapping]:
    table = t.replies
    query = select(table).where(table.c.lead_id == lead_id).order_by(table.c.at.desc(), table.c.id.desc())
    return connection.execute(query.limit(LETTERS_MAX)).mappings().all()
