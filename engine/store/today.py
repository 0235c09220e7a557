"""What the first page of the console counts: today, the last days, and what is open; never everything there ever was.

Each question names the index that answers it, so that the page costs the same with a million messages.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select

from engine.domain.lead import OPEN_STATUSES
from engine.domain.message import MessageState
from engine.domain.pacing import day_of
from engine.domain.task import TaskKind, TaskState
from engine.store import tables as t
from engine.store.senders import Sender

_LEAD = (
    "id",
    "first_name",
    "last_name",
    "company",
    "email",
    "phone",
    "created_at",
    "first_touch_at",
    "source",
    "owner",
)


def newest_leads(connection: Connection, since: datetime, *, limit: int) -> Sequence[RowMapping]:
    """Return the leads that arrived since *since*, the newest first: by `ix_leads_created_at`, backwards."""
    table = t.leads
    query = select(*(table.c[name] for name in _LEAD)).where(table.c.created_at >= since)
    return (
        connection.execute(query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)).mappings().all()
    )


def unanswered(connection: Connection, since: datetime, *, limit: int) -> Sequence[RowMapping]:
    """Return open leads that arrived since *since* and heard nothing yet, who waits longest first: the same index."""
    table = t.leads
    query = select(*(table.c[name] for name in _LEAD)).where(
        table.c.created_at >= since, table.c.first_touch_at.is_(None), table.c.status.in_(sorted(OPEN_STATUSES))
    )
    return connection.execute(query.order_by(table.c.created_at, table.c.id).limit(limit)).mappings().all()


def skipped_since(connection: Connection, since: datetime) -> dict[str, int]:
    """Return why messages planned since *since* were never tried, the commonest first: by `ix_messages_created_at`."""
    table = t.messages
    query = select(table.c.reason, func.count()).where(
        table.c.created_at >= since, table.c.state == MessageState.SKIPPED
    )
    return _by_word([(row[0], row[1]) for row in connection.execute(query.group_by(table.c.reason))])


def replies_waiting(connection: Connection, *, limit: int) -> Sequence[RowMapping]:
    """Return the tasks that ask for an answer, the most overdue first: by `ix_tasks_open`."""
    table = t.tasks
    query = (
        select(table.c.id, table.c.title, table.c.body, table.c.created_at, table.c.due_at, table.c.lead_id)
        .where(table.c.state == TaskState.OPEN, table.c.kind == TaskKind.ANSWER)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
    )
    return connection.execute(query).mappings().all()


def sent_today(senders: Sequence[Sender], now: datetime) -> dict[str, int]:
    """Return what went today by channel, as the senders' own rows count it; of texts segments."""
    counts: dict[str, int] = {}
    for one in senders:
        today = day_of(one.pace, now) == one.pace.day
        counts[one.channel] = counts.get(one.channel, 0) + (one.pace.sent_today if today else 0)
    return counts


def _by_word(rows: Sequence[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(((str(word), int(count)) for word, count in rows), key=lambda row: (-row[1], row[0])))
