"""What was published: revisions by hash, and which is current."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from engine.store import tables as t
from engine.store.statements import insert_new

SEQUENCE = "sequence"
FORM = "form"


def publish(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Make *rows* (revision, kind, name, locale, source, compiled) the current revisions of their pieces."""
    insert_new(connection, t.content_revisions, [{**row, "published_at": now} for row in rows])
    current = t.content_current
    for row in rows:
        piece = (current.c.kind == row["kind"], current.c.name == row["name"], current.c.locale == row["locale"])
        values = {"revision": row["revision"], "published_at": now}
        if connection.execute(update(current).where(*piece).values(**values)).rowcount == 0:
            names = {key: row[key] for key in ("kind", "name", "locale")}
            connection.execute(insert(current).values(**names, **values))


def publish_sequence(connection: Connection, *, name: str, revision: str, purpose: str, now: datetime) -> None:
    """Let new leads enter *revision* of the sequence *name*; whoever walks another revision stays on it."""
    values = {"revision": revision, "purpose": purpose, "published_at": now}
    changed = connection.execute(update(t.sequences).where(t.sequences.c.name == name).values(**values)).rowcount
    if changed == 0:
        connection.execute(insert(t.sequences).values(name=name, is_paused=False, **values))


def current_revisions(connection: Connection) -> dict[tuple[str, str, str], str]:
    """Return the current revision of every (kind, name, locale)."""
    return {(kind, name, locale): revision for kind, name, locale, revision in connection.execute(_CURRENT)}


_CURRENT = select(*(t.content_current.c[name] for name in ("kind", "name", "locale", "revision")))


def revisions(connection: Connection, wanted: Sequence[str]) -> dict[str, RowMapping]:
    """Return the revisions named, by hash."""
    rows = connection.execute(
        select(t.content_revisions).where(t.content_revisions.c.revision.in_(sorted(set(wanted))))
    ).mappings()
    return {row["revision"]: row for row in rows}


def sequences(connection: Connection) -> list[RowMapping]:
    """Return the sequences that leads may enter, by name."""
    return list(connection.execute(_SEQUENCES).mappings())


_SEQUENCES = select(t.sequences).order_by(t.sequences.c.name)


def set_paused(connection: Connection, name: str, *, is_paused: bool) -> bool:
    """Pause or resume a sequence; return whether there is one of that name."""
    statement = update(t.sequences).where(t.sequences.c.name == name).values(is_paused=is_paused)
    return connection.execute(statement).rowcount > 0


def forget(connection: Connection, kind: str, name: str) -> None:
    """Let no new message use a piece; its revisions stay."""
    table = t.content_current
    connection.execute(delete(table).where(table.c.kind == kind, table.c.name == name))
