"""Copies of public lists of numbers that must not be called: read in under a name of their own, then put in force at once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, exists, func, select, update

from engine.store import tables as t
from engine.store.statements import first_id_at, insert_new, insert_rows, slices

_PREFIXES = "0123456789abcdef"  # of keys: a million rows are changed in sixteen statements, none of which runs for long

ADDED, DELETED = "A", "D"


def staged_name(registry: str, copy_id: str, part: str = ADDED) -> str:
    """Return the name under which a copy waits; the gate asks only by names of copies, so nobody sees it."""
    return f"{registry}:{copy_id}:{part}"


def newest(connection: Connection, registry: str, *, lock: bool = False) -> RowMapping | None:
    """Return the copy of *registry* in force, the last one taken in; with *lock* nobody replaces it meanwhile."""
    table = t.registry_copies
    query = select(table).where(table.c.registry == registry)
    query = query.order_by(table.c.imported_at.desc(), table.c.id.desc()).limit(1)
    return connection.execute(query.with_for_update() if lock else query).mappings().first()


def newest_of_all(connection: Connection) -> dict[str, RowMapping]:
    """Return the copy in force of every list we hold, by name."""
    table = t.registry_copies
    rows = connection.execute(select(table).order_by(table.c.imported_at, table.c.id)).mappings()
    return {row["registry"]: row for row in rows}


def stage(connection: Connection, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add *rows* to what waits under *name*; a key that waits there already keeps its date."""
    insert_new(connection, t.registry_entries, [{**row, "registry": name} for row in rows])


def unstage(connection: Connection, name: str, keys: Collection[str]) -> None:
    """Take *keys* from what waits under *name*: a later line of the file says otherwise."""
    table = t.registry_entries
    for part in slices(sorted(keys)):
        connection.execute(delete(table).where(table.c.registry == name, table.c.key.in_(part)))


def drop_staged(connection: Connection, registry: str, *, copy_id: str | None = None, before: datetime) -> None:
    """Remove what waits of *copy_id*, and what an import left behind that broke off *before*."""
    table = t.registry_entries
    waiting = select(table.c.registry).distinct().where(table.c.registry.startswith(f"{registry}:", autoescape=True))
    for name in connection.execute(waiting).scalars().all():
        its_copy = name.split(":")[-2]
        if its_copy == copy_id or its_copy < first_id_at(before):
            connection.execute(delete(table).where(table.c.registry == name))


def replace(connection: Connection, registry: str, staged: str, *, keep_dates: bool) -> None:
    """Put what waits under *staged* in force instead of what *registry* held; with *keep_dates* old numbers keep theirs."""
    table = t.registry_entries
    for part in _parts():
        if keep_dates:
            _keep_dates(connection, registry, staged, part)
        connection.execute(delete(table).where(table.c.registry == registry, part))
        connection.execute(update(table).where(table.c.registry == staged, part).values(registry=registry))


def apply(connection: Connection, registry: str, added: str, deleted: str) -> None:
    """Take what waits under *deleted* off *registry*, and put on it what waits under *added*."""
    table, waiting = t.registry_entries, t.registry_entries.alias()
    for part in _parts():
        gone = exists().where(waiting.c.registry == deleted, waiting.c.key == table.c.key)
        connection.execute(delete(table).where(table.c.registry == registry, part, gone))
        there = exists().where(waiting.c.registry == registry, waiting.c.key == table.c.key)
        connection.execute(delete(table).where(table.c.registry == added, part, there))
        connection.execute(update(table).where(table.c.registry == added, part).values(registry=registry))
        connection.execute(delete(table).where(table.c.registry == deleted, part))


def note_copy(connection: Connection, row: Mapping[str, Any]) -> int:
    """Put on record that a copy is in force, with how many numbers the list holds now; return that."""
    table = t.registry_entries
    held = select(func.count()).select_from(table).where(table.c.registry == row["registry"])
    count = connection.execute(held).scalar_one()
    insert_rows(connection, t.registry_copies, [{**row, "entries": count}])
    return count


def listings(connection: Connection, key: str) -> dict[str, datetime]:
    """Return since when the number with hash *key* is on each list that it is on."""
    table = t.registry_entries
    names = sorted(newest_of_all(connection))
    rows = connection.execute(
        select(table.c.registry, table.c.listed_at).where(table.c.registry.in_(names), table.c.key == key)
    )
    return {row.registry: row.listed_at for row in rows}


def _keep_dates(connection: Connection, registry: str, staged: str, part: ColumnElement[bool]) -> None:
    table, old = t.registry_entries, t.registry_entries.alias()
    same = and_(old.c.registry == registry, old.c.key == table.c.key)
    since = select(old.c.listed_at).where(same).scalar_subquery()
    known = exists().where(same, old.c.listed_at < table.c.listed_at)
    connection.execute(update(table).where(table.c.registry == staged, part, known).values(listed_at=since))


def _parts() -> Iterator[ColumnElement[bool]]:
    key = t.registry_entries.c.key
    for start, end in zip(_PREFIXES, [*_PREFIXES[1:], "g"], strict=True):
        yield and_(key >= start, key < end)
