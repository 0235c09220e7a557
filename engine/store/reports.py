"""The numbers of the console, of `audit` and of the demonstration's summary, each counted from rows by the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, cast, extract, func, select, union

from channels.address import Channel
from consent.answer import Outcome
from engine.domain.message import MessageState
from engine.domain.task import TaskKind, TaskState
from engine.store import tables as t
from engine.store.forgotten import audit
from engine.store.stops import opt_out_count, sent_after_opt_out

__all__ = [
    "audit",
    "held_by_reason",
    "held_count",
    "opt_out_count",
    "reply_counts",
    "seconds_between",
    "sent_after_opt_out",
    "skipped_by_reason",
    "speed_to_first_touch",
    "states",
    "touch_counts",
    "work_waiting",
]

ALWAYS_COUNTED = (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL)
SECONDS_PER_DAY = 86_400
FIVE_MINUTES_SECONDS = 300  # the goal: Oldroyd, Lead Response Management study, 2007


def touch_counts(connection: Connection) -> dict[str, int]:
    """Return the touches made, by channel: messages that a provider took, and calls and other tasks that were done."""
    counts: dict[str, int] = dict.fromkeys((str(channel) for channel in ALWAYS_COUNTED), 0)
    sent = select(t.messages.c.channel, func.count()).where(t.messages.c.state == MessageState.ACCEPTED)
    counts |= _by_word(connection, sent.group_by(t.messages.c.channel))
    kinds = (TaskKind.CALL, TaskKind.LETTER, TaskKind.SOCIAL)
    done = select(t.tasks.c.kind, func.count()).where(t.tasks.c.state == TaskState.DONE, t.tasks.c.kind.in_(kinds))
    return counts | _by_word(connection, done.group_by(t.tasks.c.kind))


def held_count(connection: Connection) -> int:
    """Return how many messages were ever held, by the gate or for another reason, whatever became of them."""
    by_gate = select(t.decisions.c.message_id).where(
        t.decisions.c.outcome == Outcome.HOLD, t.decisions.c.message_id.is_not(None)
    )
    by_state = select(t.messages.c.id).where(t.messages.c.state == MessageState.HELD)
    ever = union(by_gate, by_state).subquery()
    return connection.execute(select(func.count()).select_from(ever)).scalar_one()


def held_by_reason(connection: Connection) -> dict[str, int]:
    """Return how many messages are held now, by reason."""
    return _by_reason(connection, MessageState.HELD)


def skipped_by_reason(connection: Connection) -> dict[str, int]:
    """Return how many messages were never tried, by the one reason each has."""
    return _by_reason(connection, MessageState.SKIPPED)


def states(connection: Connection) -> dict[str, int]:
    """Return how many messages there are in each state that any is in."""
    column = t.messages.c.state
    return _by_word(connection, select(column, func.count()).group_by(column))


def reply_counts(connection: Connection) -> dict[str, int]:
    """Return how many replies came, by what the classifier read in them."""
    column = t.replies.c.label
    return _by_word(connection, select(column, func.count()).group_by(column))


def work_waiting(connection: Connection, now: datetime) -> dict[str, int]:
    """Return what waits for a person: open tasks by kind, and the calls among them that are due."""
    tasks, is_open = t.tasks, t.tasks.c.state == TaskState.OPEN
    counts = _by_word(connection, select(tasks.c.kind, func.count()).where(is_open).group_by(tasks.c.kind))
    due = select(func.count()).where(is_open, tasks.c.kind == TaskKind.CALL, tasks.c.due_at <= now)
    return {
        **{str(kind): counts.get(kind, 0) for kind in TaskKind},
        "calls_due": connection.execute(due).scalar_one(),
    }


def speed_to_first_touch(connection: Connection) -> dict[str, Any]:
    """Return how fast leads were answered: how many have been, the median and the 90th percentile in seconds.

    Both are None while nobody was answered; a percentile is the least time that so large a share was answered within.
    """
    seconds = seconds_between(connection, t.leads.c.created_at, t.leads.c.first_touch_at)
    answered = t.leads.c.first_touch_at.is_not(None)
    place = func.row_number().over(order_by=seconds).label("place")
    ranked = select(seconds.label("seconds"), place, func.count().over().label("all")).where(answered).subquery()

    query = select(
        func.count(),
        func.min(ranked.c.seconds).filter(ranked.c.place * 100 >= ranked.c.all * 50),
        func.min(ranked.c.seconds).filter(ranked.c.place * 100 >= ranked.c.all * 90),
        func.count().filter(ranked.c.seconds <= FIVE_MINUTES_SECONDS),
    )
    count, median, slow, fast = connection.execute(query).one()
    return {"answered": count, "median_seconds": median, "p90_seconds": slow, "within_5_minutes": fast}


def _by_reason(connection: Connection, state: MessageState) -> dict[str, int]:
    table = t.messages
    query = select(table.c.reason, func.count()).where(table.c.state == state).group_by(table.c.reason)
    return _by_word(connection, query)


def _by_word(connection: Connection, query: Any) -> dict[str, int]:
    """Return counts by word, the largest first."""
    rows = [(str(word), int(count)) for word, count in connection.execute(query)]
    return dict(sorted(rows, key=lambda row: (-row[1], row[0])))


def seconds_between(connection: Connection, start: Any, end: Any) -> ColumnElement[float]:
    """Return how many seconds lie between two columns, null where one of them is."""
    if connection.dialect.name == "sqlite":
        return (func.julianday(end) - func.julianday(start)) * SECONDS_PER_DAY
    return cast(extract("epoch", end - start), Float)
