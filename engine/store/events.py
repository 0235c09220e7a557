"""What providers and leads said: stored once, absorbed later or at once; and the replies with their reading."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Integer, RowMapping, bindparam, func, or_, select, update

from channels.events import EventKind
from channels.webhooks.mail_events import MAIL_PROVIDERS, mail_id
from engine.store import tables as t
from engine.store.statements import IDS, insert_new, insert_rows, update_rows


def store(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Keep those *rows* that were not heard before; return their ids.

    A mail that another provider brought before is kept as its duplicate, which nothing follows, and is not returned.
    """
    if not rows:
        return set()
    first = _first_heard(connection, rows)
    # In the order of their keys: two callbacks that tell the same events in other orders would wait in a circle.
    ordered = sorted(rows, key=itemgetter("provider", "event_id"))
    insert_new(connection, t.provider_events, [_duplicate(row, first.get(row["id"])) for row in ordered])
    kept = set(connection.execute(_KEPT, {"ids": [row["id"] for row in rows]}).scalars())
    return kept - first.keys()


def _first_heard(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return, for those of *rows* that are mails which came another way before, the event that was heard first."""
    mails = {row["id"]: (name, row["provider"]) for row in rows if (name := mail_id(row["event_id"]))}
    names = sorted({name for name, _ in mails.values()})
    if not names:
        return {}
    if connection.dialect.name == "postgresql":  # both ways may bring it at this moment; SQLite has one writer
        for name in names:
            number = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
            connection.execute(select(func.pg_advisory_xact_lock(number)))
    table = t.provider_events
    query = select(table.c.id, table.c.provider, table.c.event_id).where(
        # Both columns of the unique constraint, so that its index serves; hexadecimal digits stand before "g".
        table.c.provider.in_(MAIL_PROVIDERS),
        or_(*(table.c.event_id.between(f"{name}.0", f"{name}.g") for name in names)),
    )
    known = [(row.id, mail_id(row.event_id), row.provider) for row in connection.execute(query.order_by(table.c.id))]
    return {
        row_id: event_id
        for row_id, (name, provider) in mails.items()
        for event_id in [next((one for one, its, who in known if its == name and who != provider), None)]
        if event_id is not None
    }


def _duplicate(row: Mapping[str, Any], first: str | None) -> Mapping[str, Any]:
    """Return *row* as it is kept: as nothing but the duplicate of the event *first*, if there is one."""
    if first is None:
        return row
    nobodys = {"message_id": None, "provider_message_id": None}
    blank = {"kind": EventKind.UNKNOWN, "address": None, "text": None, "extra": {"duplicate_of": first}}
    event = {**row["event"], **nobodys, **blank}
    kept = {"kind": EventKind.UNKNOWN, "lead_id": None, "applied_at": row["received_at"], "event": event}
    return {**row, **nobodys, **kept}


_KEPT = select(t.provider_events.c.id).where(t.provider_events.c.id.in_(IDS))


def unapplied(connection: Connection, limit: int, *, only: str | None = None) -> list[RowMapping]:
    """Lock and return stored events still to absorb, oldest first; or *only* the one with this id."""
    query = _UNAPPLIED if only is None else _UNAPPLIED.where(t.provider_events.c.id == only)
    return list(connection.execute(query, {"limit": limit}).mappings())


_UNAPPLIED = (
    select(t.provider_events)
    .where(t.provider_events.c.applied_at.is_(None), t.provider_events.c.problem.is_(None))
    .order_by(t.provider_events.c.received_at, t.provider_events.c.id)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)


def mark_applied(connection: Connection, event_ids: Collection[str], now: datetime) -> None:
    """Note that these events were absorbed."""
    update_rows(connection, t.provider_events, [{"id": one, "applied_at": now} for one in sorted(set(event_ids))])


def set_aside(connection: Connection, event_id: str, problem: str) -> None:
    """Keep a poison event for a person, with what went wrong."""
    table = t.provider_events
    connection.execute(update(table).where(table.c.id == event_id).values(problem=problem))


def message_of(connection: Connection, provider: str, provider_ids: Collection[str]) -> dict[str, str]:
    """Return our message id for each of the provider's own ids."""
    table = t.messages
    rows = connection.execute(
        select(table.c.provider_id, table.c.id).where(
            table.c.provider == provider, table.c.provider_id.in_(sorted(set(provider_ids)))
        )
    )
    return {row.provider_id: row.id for row in rows}


def providers_of(connection: Connection, message_ids: Collection[str], kinds: Collection[str]) -> dict[str, str]:
    """Return, for those of *message_ids* that a provider reported on by one of *kinds*, which provider did."""
    table = t.provider_events
    rows = connection.execute(
        select(table.c.message_id, table.c.provider).where(
            table.c.message_id.in_(sorted(set(message_ids))), table.c.kind.in_(sorted(kinds))
        )
    )
    return {row.message_id: row.provider for row in rows}


def happened(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put happenings on record; each row: id, lead_id, name, at, detail."""
    insert_rows(connection, t.happenings, rows)


def note(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write notes about leads; each row: id, lead_id, at, author, body."""
    insert_rows(connection, t.notes, rows)


def keep_replies(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what leads wrote, with its reading; a conversation begins with the first, and its lead's owner answers."""
    insert_new(connection, t.replies, rows)
    table = t.threads
    for row in sorted(rows, key=itemgetter("lead_id", "at")):
        owner = select(t.leads.c.owner).where(t.leads.c.id == row["lead_id"])
        begun = {"lead_id": row["lead_id"], "last_at": row["at"], "owner": connection.execute(owner).scalar_one()}
        insert_new(connection, table, [begun])
        earlier = update(table).where(table.c.lead_id == row["lead_id"], table.c.last_at < row["at"])
        connection.execute(earlier.values(last_at=row["at"]))


def mark_reviewed(connection: Connection, lead_id: str, now: datetime) -> None:
    """Note that a person has read everything *lead_id* wrote."""
    table = t.replies
    connection.execute(
        update(table).where(table.c.lead_id == lead_id, table.c.reviewed_at.is_(None)).values(reviewed_at=now)
    )
