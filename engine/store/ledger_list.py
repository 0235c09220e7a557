"""The ledger and the suppressions as people read them: a page at a time, the newest first, by what they look for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from engine.store import tables as t
from engine.store.pages import PAGE_ROWS, Key, Page, before, fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class FactFilter:
    """Which facts are wanted; *lead_ids* None means everybody's, and the business's own."""

    lead_ids: Collection[str] | None = None
    channel: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # not counted


def list_facts(connection: Connection, wanted: FactFilter, *, after: Key | None = None, rows: int = PAGE_ROWS) -> Page:
    """Return a page of facts, the newest first, each with the seal it stands in and who it is about."""
    table = t.consent_facts
    query = select(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(rows + 1)
    for condition in _conditions(wanted):
        query = query.where(condition)
    if after is not None:
        query = query.where(before(table.c.at, table.c.id, after))
    # The page is cut first: what is told beside each fact is looked up for these rows alone.
    some = query.subquery()
    told = (
        select(some, t.sealed_facts.c.number, *_names())
        .outerjoin(t.sealed_facts, t.sealed_facts.c.fact_id == some.c.id)
        .outerjoin(t.leads, t.leads.c.id == some.c.lead_id)
        .order_by(some.c.at.desc(), some.c.id.desc())
    )
    return fetch(connection, told, at="at", rows=rows)


def list_suppressions(
    connection: Connection, *, kind: str | None = None, reason: str | None = None, after: Key | None = None
) -> Page:
    """Return a page of suppressed addresses, the newest first; they are kept as keyed hashes alone."""
    table = t.suppressions
    query: Select[Any] = select(table).order_by(table.c.at.desc(), table.c.id.desc())
    if kind is not None:
        query = query.where(table.c.kind == kind)
    if reason is not None:
        query = query.where(table.c.reason == reason)
    if after is not None:
        query = query.where(before(table.c.at, table.c.id, after))
    return fetch(connection, query, at="at")


def _conditions(wanted: FactFilter) -> list[ColumnElement[bool]]:
    table = t.consent_facts
    found: list[ColumnElement[bool]] = []
    if wanted.lead_ids is not None:
        found.append(table.c.lead_id.in_(sorted(wanted.lead_ids)))
    if wanted.channel is not None:
        found.append(table.c.channel == wanted.channel)
    if wanted.kind is not None:
        found.append(table.c.kind == wanted.kind)
    if wanted.since is not None:
        found.append(table.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(table.c.at < wanted.until)
    return found


def _names() -> list[ColumnElement[Any]]:
    names = ("first_name", "last_name", "company", "email", "phone")
    return [t.leads.c[name].label(f"lead_{name}") for name in names]
