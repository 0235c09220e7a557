"""Conversations with leads who wrote: who waits for an answer first, and what was said in each, in order."""

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select

from channels.address import Channel
from engine.domain.task import TaskKind, TaskState
from engine.store import tables as t
from engine.store.pages import Key, Page, before, fetch

THREAD_ROWS = 30  # each shows the beginning of what was said


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadFilter:
    """Which conversations are wanted: *owner* is who answers, empty for those nobody was named for, None for all."""

    owner: str | None = None
    only_unsure: bool = False


def list_threads(
    connection: Connection,
    wanted: ThreadFilter,
    *,
    is_waiting: bool,
    start: Key | None = None,
    rows: int = THREAD_ROWS,
) -> Page:
    """Return a page of the conversations that wait for an answer, or of those that do not; the newest first."""
    table = t.threads
    columns = ("first_name", "last_name", "company", "email", "phone", "status", "review_since")
    query = (
        select(table, *(t.leads.c[name] for name in columns))
        .join(t.leads, t.leads.c.id == table.c.lead_id)
        .order_by(table.c.last_at.desc(), table.c.lead_id.desc())
    )
    asked = select(t.tasks.c.lead_id).where(t.tasks.c.state == TaskState.OPEN, t.tasks.c.kind == TaskKind.ANSWER)
    query = query.where(table.c.lead_id.in_(asked) if is_waiting else table.c.lead_id.not_in(asked))
    if wanted.owner is not None:
        query = query.where(table.c.owner == wanted.owner)
    if wanted.only_unsure:
        query = query.where(table.c.lead_id.in_(select(t.leads.c.id).where(t.leads.c.review_since.is_not(None))))
    if start is not None:
        query = query.where(before(table.c.last_at, table.c.lead_id, start))
    return fetch(connection, query, at="last_at", row_id="lead_id", rows=rows)


def latest_replies(connection: Connection, threads: Sequence[RowMapping]) -> dict[str, RowMapping]:
    """Return what each lead of *threads* wrote last."""
    table = t.replies
    last = and_(table.c.lead_id == t.threads.c.lead_id, table.c.at == t.threads.c.last_at)
    lead_ids = [row["lead_id"] for row in threads]
    query = select(table).join(t.threads, last).where(t.threads.c.lead_id.in_(lead_ids)).order_by(table.c.id)
    return {row["lead_id"]: row for row in connection.execute(query).mappings()}


def find_thread(connection: Connection, lead_id: str) -> RowMapping | None:
    """Return the conversation with *lead_id*, None where they never wrote."""
    return connection.execute(select(t.threads).where(t.threads.c.lead_id == lead_id)).mappings().first()


def answerable(connection: Connection, lead_id: str) -> RowMapping | None:
    """Return the last thing that *lead_id* wrote or said by a channel one can write back on."""
    table = t.replies
    query = (
        select(table)
        .where(table.c.lead_id == lead_id, table.c.channel.in_(sorted(Channel)))
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().first()


def words_of(connection: Connection, message_ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Return what each of *message_ids* said, as far as it is kept: what left, else what a person wrote."""
    if not message_ids:
        return {}
    ids = sorted(message_ids)
    by_hand = select(t.answers).where(t.answers.c.message_id.in_(ids))
    found: dict[str, Mapping[str, Any]] = {
        row["message_id"]: {"subject": row["subject"], "text": row["body"], "author": row["author"]}
        for row in connection.execute(by_hand).mappings()
    }
    bodies = select(t.message_bodies).where(t.message_bodies.c.message_id.in_(ids))
    for row in connection.execute(bodies.order_by(t.message_bodies.c.created_at)).mappings():
        said = json.loads(zlib.decompress(row["body"]))
        text = said.get("text") or said.get("body") or said.get("script") or ""
        told = {"subject": said.get("subject", ""), "text": text, "author": ""}
        found[row["message_id"]] = found.get(row["message_id"], told)
    return found
