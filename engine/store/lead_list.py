"""Leads as people look for them: by name, address or state, newest first, with what comes next for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, func, or_, select, union_all

from engine.domain.message import OPEN_STATES
from engine.domain.task import TaskState
from engine.store import lead_words
from engine.store import tables as t
from engine.store.enrollments import IS_OPEN as ENROLLMENT_IS_OPEN
from engine.store.forgotten import IS_OPEN, FollowUp, follow_up
from engine.store.pages import PAGE_ROWS, Key, Page, before, fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """Which leads are wanted; *beginning* is how any word of a name, an email address or a phone number begins."""

    beginning: str = ""
    status: str | None = None
    owner: str | None = None
    source: str | None = None
    country: str | None = None
    sequence: str | None = None  # who walks it now
    follow_up: FollowUp | None = None


def list_leads(connection: Connection, wanted: LeadFilter, *, after: Key | None = None, rows: int = PAGE_ROWS) -> Page:
    """Return a page of leads, the newest first; doubles that became part of others are left out."""
    table = t.leads
    query = select(table).order_by(table.c.created_at.desc(), table.c.id.desc()).where(table.c.merged_into.is_(None))
    if wanted.beginning:
        query = query.where(lead_words.is_found_by(wanted.beginning))
    for name in ("status", "owner", "source", "country"):
        if getattr(wanted, name) is not None:
            query = query.where(table.c[name] == getattr(wanted, name))
    if wanted.sequence is not None:
        walk = t.enrollments
        walking = select(walk.c.lead_id).where(walk.c.sequence == wanted.sequence, ENROLLMENT_IS_OPEN)
        query = query.where(table.c.id.in_(walking))
    if wanted.follow_up is not None:
        query = query.where(IS_OPEN, follow_up() == wanted.follow_up)
    if after is not None:
        query = query.where(before(table.c.created_at, table.c.id, after))
    return fetch(connection, query, at="created_at", rows=rows)


def find_lead(connection: Connection, lead_id: str) -> RowMapping | None:
    """Return one lead with all its facts, or None."""
    return connection.execute(select(t.leads).where(t.leads.c.id == lead_id)).mappings().first()


def walks_of(connection: Connection, lead_id: str) -> Sequence[RowMapping]:
    """Return everything a lead walks or has walked, the latest first, with the next touch that is made already."""
    table, coming = t.enrollments, t.messages
    is_coming = and_(coming.c.enrollment_id == table.c.id, coming.c.state.in_(sorted(OPEN_STATES)))
    query = (
        select(
            table,
            coming.c.id.label("message_id"),
            coming.c.channel.label("message_channel"),
            coming.c.template.label("message_template"),
            coming.c.state.label("message_state"),
            coming.c.reason.label("message_reason"),
            coming.c.due_at.label("message_due_at"),
        )
        .outerjoin(coming, is_coming)
        .where(table.c.lead_id == lead_id)
        .order_by(table.c.started_at.desc(), table.c.id.desc(), coming.c.due_at, coming.c.id)
    )
    return connection.execute(query).mappings().all()


def suppressions_of(connection: Connection, lead_id: str) -> Sequence[RowMapping]:
    """Return the suppressions of a lead's addresses, oldest first."""
    query = (
        select(t.suppressions)
        .join(t.addresses, and_(t.addresses.c.kind == t.suppressions.c.kind, t.addresses.c.key == t.suppressions.c.key))
        .join(t.leads, or_(t.leads.c.email_id == t.addresses.c.id, t.leads.c.phone_id == t.addresses.c.id))
        .where(t.leads.c.id == lead_id)
        .order_by(t.suppressions.c.at, t.suppressions.c.id)
    )
    return connection.execute(query).mappings().all()


def consents_of(connection: Connection, lead_id: str) -> Sequence[RowMapping]:
    """Return a lead's part of the consent ledger, with what its doubles had said, oldest first."""
    table = t.consent_facts
    doubles = select(t.leads.c.id).where(t.leads.c.merged_into == lead_id)
    mine = or_(table.c.lead_id == lead_id, table.c.lead_id.in_(doubles))
    return connection.execute(select(table).where(mine).order_by(table.c.at, table.c.id)).mappings().all()


def open_tasks_of(connection: Connection, lead_id: str) -> Sequence[RowMapping]:
    """Return what people still have to do for a lead, what is due first at the top."""
    table = t.tasks
    query = select(table).where(table.c.lead_id == lead_id, table.c.state == TaskState.OPEN)
    return connection.execute(query.order_by(table.c.due_at, table.c.id)).mappings().all()


def coming_of(connection: Connection, lead_id: str) -> Sequence[RowMapping]:
    """Return the messages to a lead that have not left, what is due first at the top; those that wait for a person last."""
    table = t.messages
    query = select(table).where(table.c.lead_id == lead_id, table.c.state.in_(sorted(OPEN_STATES)))
    rows = connection.execute(query.order_by(table.c.id)).mappings().all()
    return sorted(rows, key=lambda row: (row["due_at"] is None, row["due_at"] or row["created_at"]))


def next_steps(connection: Connection, lead_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when something happens next for each of *lead_ids*: the engine's next look, a message or a task."""
    looks = select(t.enrollments.c.lead_id, t.enrollments.c.due_at).where(ENROLLMENT_IS_OPEN)
    sends = select(t.messages.c.lead_id, t.messages.c.due_at).where(t.messages.c.state.in_(sorted(OPEN_STATES)))
    todo = select(t.tasks.c.lead_id, t.tasks.c.due_at).where(t.tasks.c.state == TaskState.OPEN)
    ids = sorted(set(lead_ids))
    parts = [
        part.where(column.in_(ids))
        for part, column in ((looks, t.enrollments.c.lead_id), (sends, t.messages.c.lead_id), (todo, t.tasks.c.lead_id))
    ]
    coming = union_all(*parts).subquery()
    query = select(coming.c.lead_id, func.min(coming.c.due_at)).group_by(coming.c.lead_id)
    return {lead_id: at for lead_id, at in connection.execute(query) if at is not None}
