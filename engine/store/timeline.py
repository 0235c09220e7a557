"""One lead's timeline: whatever was sent, said, done, noted or changed about them, newest first, in one list."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import nlargest
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, func, select

from channels.events import EventKind
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
    EVENT = "event"  # what a provider told of a message: delivered, opened, clicked, bounced
    ENTERED = "entered"  # a sequence began
    LEFT = "left"  # a sequence ended
    CHANGE = "change"  # what a person changed, with how it was before


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where entries of one kind come from, when each happened, and whom it is about."""

    table: Table
    moment: Callable[[Any], ColumnElement[datetime]]
    about: Callable[[Any, str], ColumnElement[bool]] = lambda table, lead_id: table.c.lead_id == lead_id


def _sent_to(table: Any, lead_id: str) -> ColumnElement[bool]:
    """Return which events are about messages to *lead_id*; what leads said stands as replies and happenings."""
    sent = select(t.messages.c.id).where(t.messages.c.lead_id == lead_id)
    told: ColumnElement[bool] = table.c.message_id.in_(sent)
    return and_(told, table.c.kind.not_in(sorted(TOLD_ELSEWHERE)))


STORY = (
    EntryKind.MESSAGE, EntryKind.TASK, EntryKind.REPLY, EntryKind.NOTE, EntryKind.HAPPENING, EntryKind.CONSENT,
)  # fmt: skip
"""What happened between a lead and us, without what providers told and people changed."""

TOLD_ELSEWHERE = frozenset({EventKind.REPLIED, EventKind.UNKNOWN, EventKind.UNSUBSCRIBED, EventKind.RESUBSCRIBED})

# A message stands where the provider took it, a task where it was done; before that, where they were made.
SOURCES: Mapping[EntryKind, _Source] = {
    EntryKind.MESSAGE: _Source(
        table=t.messages, moment=lambda c: func.coalesce(c.accepted_at, c.ended_at, c.created_at)
    ),
    EntryKind.TASK: _Source(table=t.tasks, moment=lambda c: func.coalesce(c.ended_at, c.created_at)),
    EntryKind.REPLY: _Source(table=t.replies, moment=lambda c: c.at),
    EntryKind.NOTE: _Source(table=t.notes, moment=lambda c: c.at),
    EntryKind.HAPPENING: _Source(table=t.happenings, moment=lambda c: c.at),
    EntryKind.CONSENT: _Source(table=t.consent_facts, moment=lambda c: c.at),
    EntryKind.EVENT: _Source(table=t.provider_events, moment=lambda c: c.at, about=_sent_to),
    EntryKind.ENTERED: _Source(table=t.enrollments, moment=lambda c: c.started_at),
    EntryKind.LEFT: _Source(
        table=t.enrollments,
        moment=lambda c: c.ended_at,
        about=lambda table, lead_id: and_(table.c.lead_id == lead_id, table.c.ended_at.is_not(None)),
    ),
    EntryKind.CHANGE: _Source(
        table=t.audit_log, moment=lambda c: c.at, about=lambda table, lead_id: table.c.subject == lead_id
    ),
}


def read_timeline(
    connection: Connection,
    lead_id: str,
    *,
    after: Key | None = None,
    rows: int = PAGE_ROWS,
    kinds: Collection[EntryKind] = STORY,
) -> Timeline:
    """Return up to *rows* entries of *kinds* about *lead_id*, older than *after*: a query a kind, however long the story."""
    found = [entry for kind in kinds for entry in _entries(connection, kind, lead_id, after=after, rows=rows + 1)]
    newest = nlargest(rows + 1, found, key=lambda entry: (entry.at, entry.row["id"]))
    shown = newest[:rows]
    return Timeline(entries=shown, next=shown[-1].key if len(newest) > rows else None)


def _entries(connection: Connection, kind: EntryKind, lead_id: str, *, after: Key | None, rows: int) -> list[Entry]:
    source = SOURCES[kind]
    moment = source.moment(source.table.c)
    query = (
        select(source.table, moment.label("moment"))
        .where(source.about(source.table, lead_id))
        .order_by(moment.desc(), source.table.c.id.desc())
        .limit(rows)
    )
    if after is not None:
        query = query.where(before(moment, source.table.c.id, after))
    return [Entry(kind=kind, at=row["moment"], row=row) for row in connection.execute(query).mappings()]
