"""One lead's timeline: messages, tasks, replies, notes, happenings and permission, newest first, in one list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import nlargest
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from engine.store import tables as t
from engine.store.pages import PAGE_ROWS, Key, before


class EntryKind(StrEnum):
    """What sort of thing an entry of the timeline is."""

    MESSAGE = "message"  # a touch by machine, made or skipped
    TASK = "task"  # a touch by a person
    REPLY = "reply"  # what the lead wrote or said
    NOTE = "note"  # what a person wrote down
    HAPPENING = "happening"  # what the lead did, by name
    CONSENT = "consent"  # what happened to permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened, with its row."""

    kind: EntryKind
    at: datetime
    row: RowMapping

    @property
    def key(self) -> Key:
        """Its place in the timeline."""
        return Key(at=self.at, id=self.row["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Some entries, and the key that the older ones begin after; None at the beginning of the story."""

    entries: Sequence[Entry]
    next: Key | None


# A message stands where the provider took it, a task where it was done; before that, where they were made.
MOMENT_OF: Mapping[EntryKind, tuple[Any, Callable[[Any], Any]]] = {
    EntryKind.MESSAGE: (t.messages, lambda c: func.coalesce(c.accepted_at, c.ended_at, c.created_at)),
    EntryKind.TASK: (t.tasks, lambda c: func.coalesce(c.ended_at, c.created_at)),
    EntryKind.REPLY: (t.replies, lambda c: c.at),
    EntryKind.NOTE: (t.notes, lambda c: c.at),
    EntryKind.HAPPENING: (t.happenings, lambda c: c.at),
    EntryKind.CONSENT: (t.consent_facts, lambda c: c.at),
}


def read_timeline(connection: Connection, lead_id: str, *, after: Key | None = None, rows: int = PAGE_ROWS) -> Timeline:
    """Return up to *rows* entries about *lead_id* that are older than *after*: six queries, however long the story."""
    found = [entry for kind in EntryKind for entry in _entries(connection, kind, lead_id, after=after, rows=rows + 1)]
    newest = nlargest(rows + 1, found, key=lambda entry: (entry.at, entry.row["id"]))
    shown = newest[:rows]
    return Timeline(entries=shown, next=shown[-1].key if len(newest) > rows else None)


def _entries(connection: Connection, kind: EntryKind, lead_id: str, *, after: Key | None, rows: int) -> list[Entry]:
    table, moment_of = MOMENT_OF[kind]
    moment = moment_of(table.c)
    query = (
        select(table, moment.label("moment"))
        .where(table.c.lead_id == lead_id)
        .order_by(moment.desc(), table.c.id.desc())
        .limit(rows)
    )
    if after is not None:
        query = query.where(before(moment, table.c.id, after))
    return [Entry(kind=kind, at=row["moment"], row=row) for row in connection.execute(query).mappings()]
