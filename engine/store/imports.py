"""Files of leads that were taken in: the run, what became of each row, and whether its lead may be taken back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, exists, func, or_, select, tuple_, update

from consent.facts import FactKind
from engine.domain.arriving import ImportState, RowOutcome
from engine.domain.message import MessageState
from engine.domain.task import TaskState
from engine.store import tables as t
from engine.store.pages import PAGE_ROWS, Key, Page, before, fetch
from engine.store.spellings import names
from engine.store.statements import insert_rows, slices

_RUNS = t.imports
_ROWS = t.import_rows
EXPORT_ROWS = 1_000

LEFT = (
    MessageState.SENDING, MessageState.ACCEPTED, MessageState.UNKNOWN,
)  # fmt: skip
"""States of a message that reached somebody, or may have."""


def digest(data: bytes) -> str:
    """Return what a file is recognised by."""
    return sha256(data).hexdigest()


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a run on record."""
    insert_rows(connection, _RUNS, [row])


def change(connection: Connection, import_id: str, **values: Any) -> None:
    """Set *values* on one run."""
    connection.execute(update(_RUNS).where(_RUNS.c.id == import_id).values(**values))


def find(connection: Connection, import_id: str) -> RowMapping | None:
    """Return one run, or None."""
    return connection.execute(select(_RUNS).where(_RUNS.c.id == import_id)).mappings().first()


def lock(connection: Connection, import_id: str) -> RowMapping | None:
    """Lock and return one run, or None."""
    return connection.execute(select(_RUNS).where(_RUNS.c.id == import_id).with_for_update()).mappings().first()


def latest(connection: Connection, *, start: Key | None = None) -> Page:
    """Return a page of runs, the newest first."""
    query = select(_RUNS).order_by(_RUNS.c.at.desc(), _RUNS.c.id.desc())
    if start is not None:
        query = query.where(before(_RUNS.c.at, _RUNS.c.id, start))
    return fetch(connection, query, at="at")


def of_file(connection: Connection, file_hash: str) -> RowMapping | None:
    """Return the last run of the same file that was not taken back, or None."""
    same = select(_RUNS).where(_RUNS.c.file_hash == file_hash, _RUNS.c.state != ImportState.UNDONE)
    return connection.execute(same.order_by(_RUNS.c.at.desc()).limit(1)).mappings().first()


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note what became of rows of a file."""
    insert_rows(connection, _ROWS, rows)


def new_row(import_id: str, line: int, outcome: RowOutcome, **known: Any) -> dict[str, Any]:
    """Return the row that tells what became of *line*; *known* may be lead_id, remarks and cells."""
    empty = {"lead_id": None, "remarks": None, "cells": None, "undone": "", "undone_reason": ""}
    return {"import_id": import_id, "line": line, "outcome": outcome, **empty, **known}


def rows_of(
    connection: Connection, import_id: str, *, outcome: str | None = None, after_line: int = -1, limit: int = PAGE_ROWS
) -> tuple[Sequence[RowMapping], int | None]:
    """Return rows of a file in its order, and the line after which the next page begins: None at the end."""
    query = select(_ROWS).where(_ROWS.c.import_id == import_id, _ROWS.c.line > after_line)
    if outcome is not None:
        query = query.where(_ROWS.c.outcome == outcome)
    found = connection.execute(query.order_by(_ROWS.c.line).limit(limit + 1)).mappings().all()
    return found[:limit], found[limit - 1]["line"] if len(found) > limit else None


def refused_of(connection: Connection, import_id: str) -> Iterator[RowMapping]:
    """Yield the refused rows of a file, in its order."""
    after: int | None = -1
    while after is not None:
        found, after = rows_of(connection, import_id, outcome=RowOutcome.REFUSED, after_line=after, limit=EXPORT_ROWS)
        yield from found


def created_of(connection: Connection, import_id: str, limit: int) -> list[tuple[int, str]]:
    """Return the next lines and leads that a run created and that nobody has taken back or kept yet."""
    is_it = (_ROWS.c.import_id == import_id, _ROWS.c.outcome == RowOutcome.CREATED, _ROWS.c.undone == "")
    query = select(_ROWS.c.line, _ROWS.c.lead_id).where(*is_it).order_by(_ROWS.c.line).limit(limit)
    return [(row.line, row.lead_id) for row in connection.execute(query)]


def note_undone(connection: Connection, import_id: str, lines: Sequence[int], undone: str, reason: str = "") -> None:
    """Note what became of the leads of *lines* when the run was taken back."""
    for part in slices(lines):
        connection.execute(
            update(_ROWS)
            .where(_ROWS.c.import_id == import_id, _ROWS.c.line.in_(part))
            .values(undone=undone, undone_reason=reason)
        )


def undone_counts(connection: Connection, import_id: str) -> dict[str, int]:
    """Return how many of a run's leads were erased and how many kept."""
    query = select(_ROWS.c.undone, func.count()).where(_ROWS.c.import_id == import_id, _ROWS.c.undone != "")
    return {row[0]: row[1] for row in connection.execute(query.group_by(_ROWS.c.undone))}


def touched(connection: Connection, import_id: str, lead_ids: Collection[str], recorded_by: str) -> dict[str, str]:
    """Return those of *lead_ids* that something has happened to since the run made them, and what, in words.

    *recorded_by* is who stands on what the run itself wrote.
    """
    ids = sorted(set(lead_ids))
    facts, tasks, seen, notes = t.consent_facts, t.tasks, t.happenings, t.notes
    asked = (
        ("a message was sent to it", t.messages, t.messages.c.state.in_(LEFT)),
        ("it answered", t.replies, None),
        (
            "its permission changed",
            facts,
            and_(facts.c.recorded_by.not_like(f"{recorded_by}%"), facts.c.kind != FactKind.REQUESTED),
        ),
        ("a task about it was done", tasks, tasks.c.state == TaskState.DONE),
        ("something happened to it", seen, seen.c.name != "lead.created"),
        ("somebody wrote a note", notes, notes.c.author != recorded_by),
        ("another import named it", _ROWS, _ROWS.c.import_id != import_id),
    )
    found: dict[str, str] = {}
    for words, table, condition in asked:
        query = select(table.c.lead_id).where(table.c.lead_id.in_(ids)).distinct()
        rows = connection.execute(query if condition is None else query.where(condition)).scalars()
        found |= {one: words for one in rows if one not in found}
    changed = select(t.leads.c.id).where(
        t.leads.c.id.in_(ids), or_(t.leads.c.first_touch_at.is_not(None), t.leads.c.version > 1)
    )
    found |= {one: "it was changed" for one in connection.execute(changed).scalars() if one not in found}
    return found


def forget_lead(connection: Connection, lead_id: str, addresses: Collection[str]) -> int:
    """Empty what rows of files say about a lead, and refused rows that name one of its *addresses*, however typed."""
    emptied = connection.execute(update(_ROWS).where(_ROWS.c.lead_id == lead_id).values(remarks=None)).rowcount
    for address in addresses:
        theirs = (_ROWS.c.cells.is_not(None), names(_ROWS.c.cells, address))
        emptied += connection.execute(update(_ROWS).where(*theirs).values(cells=None)).rowcount
    return emptied


def empty_refused_rows(connection: Connection, before_at: datetime, limit: int) -> int:
    """Empty the cells of refused rows of files older than *before_at*; return how many."""
    of_old = exists().where(_RUNS.c.id == _ROWS.c.import_id, _RUNS.c.at < before_at)
    wanted = select(_ROWS.c.import_id, _ROWS.c.line).where(
        _ROWS.c.outcome == RowOutcome.REFUSED, _ROWS.c.cells.is_not(None), of_old
    )
    keys = [tuple(row) for row in connection.execute(wanted.limit(min(limit, 1_000)))]
    if keys:
        is_one = tuple_(_ROWS.c.import_id, _ROWS.c.line).in_(keys)
        connection.execute(update(_ROWS).where(is_one).values(cells=None))
    return len(keys)
