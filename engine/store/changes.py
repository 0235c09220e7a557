"""Whether anything changed that somebody looks at: one number a topic, which only grows.

Triggers count, so that whoever writes, in whatever process, is noticed. On PostgreSQL each number is a sequence: no
writer waits for another, as all of them would for a row. But a sequence moves before its transaction commits, so the
numbers come with who is writing just then. On SQLite there is one writer at a time, and a table does. Neither is a part of what is kept, so both stand beside the declared tables, and what is
missing is made again at each upgrade: on SQLite a migration that builds a table anew takes its triggers away.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, text

PREFIX = "changes"
"""What every name here begins with."""


class Topic(StrEnum):
    """What a page can be about."""

    MESSAGES = "messages"
    """What was planned, sent and heard of it."""
    LEADS = "leads"
    """Who the leads are, where they walk, and what was noted about them."""
    TASKS = "tasks"
    """What people are asked to do."""
    REPLIES = "replies"
    """What leads wrote or said, and how it was read."""
    SENDERS = "senders"
    """How senders are, and what is stopped: one of them, a channel, a sequence, everything."""


WATCHED: dict[Topic, tuple[str, ...]] = {
    Topic.MESSAGES: ("messages", "provider_events"),
    Topic.LEADS: ("leads", "enrollments", "notes", "happenings", "suppressions"),
    Topic.TASKS: ("tasks",),
    Topic.REPLIES: ("replies",),
    Topic.SENDERS: ("senders", "installation", "incidents", "paused_channels", "sequences"),
}
"""Whose rows count for a topic."""

ACTS = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How far each topic has come, and the transactions that may yet commit what moved a number so far."""

    numbers: dict[Topic, int]
    writers: frozenset[str] = frozenset()


def read(connection: Connection) -> Marks:
    """Return how far each topic has come by now."""
    if connection.dialect.name == "sqlite":
        return Marks(numbers={Topic(topic): number for topic, number in connection.execute(_SQLITE).all()})
    numbers = connection.execute(_SEQUENCES).one()
    # After the numbers: what moved one of them is then among the writers, or has ended.
    writers = frozenset(connection.execute(_WRITERS).scalars())
    return Marks(numbers=dict(zip(Topic, numbers, strict=True)), writers=writers)


def prepare(connection: Connection) -> None:
    """Make what counts, as far as it is not there."""
    if connection.dialect.name == "sqlite":
        _prepare_sqlite(connection)
    else:
        _prepare_postgresql(connection)


_SQLITE = text(f"SELECT topic, number FROM {PREFIX}")  # noqa: S608 - a name of our own
_NUMBERS = [f"(SELECT last_value + is_called::int FROM {PREFIX}_{topic})" for topic in Topic]  # noqa: S608
_SEQUENCES = text(f"SELECT {', '.join(_NUMBERS)}")
_WRITERS = text(
    "SELECT DISTINCT virtualtransaction FROM pg_locks WHERE mode = 'RowExclusiveLock' AND locktype = 'relation' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def _prepare_sqlite(connection: Connection) -> None:
    connection.execute(
        text(f"CREATE TABLE IF NOT EXISTS {PREFIX} (topic TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID")
    )
    for topic, tables in WATCHED.items():
        connection.execute(text(f"INSERT OR IGNORE INTO {PREFIX} VALUES ('{topic}', 0)"))  # noqa: S608
        for table in tables:
            for act in ACTS:
                name = f"{PREFIX}_{table}_{act.lower()}"
                count = f"UPDATE {PREFIX} SET number = number + 1 WHERE topic = '{topic}'"  # noqa: S608
                connection.execute(
                    text(f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {act} ON {table} BEGIN {count}; END")
                )


def _prepare_postgresql(connection: Connection) -> None:
    there = set(connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")).scalars())
    connection.execute(
        text(
            f"CREATE OR REPLACE FUNCTION {PREFIX}_count() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN PERFORM nextval(TG_ARGV[0]::regclass); RETURN NULL; END $$"
        )
    )
    for topic, tables in WATCHED.items():
        connection.execute(text(f"CREATE SEQUENCE IF NOT EXISTS {PREFIX}_{topic}"))
        for table in tables:
            name = f"{PREFIX}_{table}"
            if name not in there:
                # For each row: a statement that found nothing to change is no change.
                connection.execute(
                    text(
                        f"CREATE TRIGGER {name} AFTER {' OR '.join(ACTS)} ON {table} "
                        f"FOR EACH ROW EXECUTE FUNCTION {PREFIX}_count('{PREFIX}_{topic}')"
                    )
                )
