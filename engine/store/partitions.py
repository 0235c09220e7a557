"""Months of large tables: made ahead, and dropped when they are too old.

On PostgreSQL a month is a partition, so dropping one costs nothing. SQLite keeps plain tables, emptied in batches.
Whatever comes outside the months that were made lands in the default partition, and is never refused.
"""

import re
from datetime import UTC, datetime, timedelta

from dateutil.relativedelta import relativedelta
from sqlalchemy import Connection, Table, bindparam, text
from sqlalchemy.exc import DBAPIError

from engine.store.tables import decisions, message_bodies, provider_payloads
from engine.store.tables.metadata import Instant

PARTITIONED: tuple[Table, ...] = (message_bodies, decisions, provider_payloads)
ROWS_MAX = 1_000  # one batch must not keep SQLite's only writer for long
LOCK_TIMEOUT_MS = 2_000  # a partition that can't be had now is made, or dropped, at the next pass
ADVISORY_LOCK = 0x5_70C5  # two tickers must not make the same month

_IN_THE_WAY = frozenset({
    "23514",  # check_violation: the default partition holds rows of that month, and keeps them until they expire
    "55P03",  # lock_not_available
})  # fmt: skip
_MONTH = re.compile(rf"({'|'.join(table.name for table in PARTITIONED)})_(\d{{4}})_(\d{{2}})")


def make_partitions(connection: Connection, now: datetime, months_ahead: int = 3) -> list[str]:
    """Make this month's partitions and those of the months ahead; return the names of the new ones.

    Harmless when they are there already. On SQLite there is nothing to make.
    """
    if connection.dialect.name == "sqlite":
        return []
    _queue(connection)
    months = [_month_of(now) + relativedelta(months=number) for number in range(months_ahead + 1)]
    there = set(_partitions(connection))
    wanted = [(table, month) for table in PARTITIONED for month in months if _name(table, month) not in there]
    return [_name(table, month) for table, month in wanted if _make(connection, table, month)]


def drop_expired(
    connection: Connection, now: datetime, retention: timedelta, *, tables: tuple[Table, ...] = PARTITIONED
) -> int:
    """Remove what is older than *retention* from *tables*, a bounded amount; return how many months and rows went.

    Call it again, in a new transaction, until it returns 0.
    """
    before = now.astimezone(UTC) - retention
    if connection.dialect.name == "sqlite":
        return sum(_delete_oldest(connection, table, before) for table in tables)
    _queue(connection)
    dropped = sum(_drop_months(connection, table, before) for table in tables)
    return dropped + sum(_delete_from_default(connection, table, before) for table in tables)


def is_partition(name: str) -> bool:
    """Return whether *name* is that of a partition, a month's or the default one."""
    return _MONTH.fullmatch(name) is not None or name in {f"{table.name}_default" for table in PARTITIONED}


def _queue(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ADVISORY_LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))


def _month_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _name(table: Table, month: datetime) -> str:
    return f"{table.name}_{month:%Y_%m}"


def _partitions(connection: Connection) -> list[str]:
    query = """
        SELECT child.relname FROM pg_inherits
        JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
        WHERE child.relkind = 'r' AND parent.relname = ANY(:parents)
    """
    parents = [table.name for table in PARTITIONED]
    return list(connection.execute(text(query), {"parents": parents}).scalars())


def _make(connection: Connection, table: Table, month: datetime) -> bool:
    name, end = _name(table, month), month + relativedelta(months=1)
    # Attaching a table locks its future parent less than creating a partition would: sending goes on meanwhile.
    return _unless_in_the_way(
        connection,
        f"CREATE TABLE {name} (LIKE {table.name} INCLUDING ALL)",
        f"ALTER TABLE {table.name} ATTACH PARTITION {name} "
        f"FOR VALUES FROM ('{month.isoformat()}') TO ('{end.isoformat()}')",
    )


def _drop_months(connection: Connection, table: Table, before: datetime) -> int:
    expired = 0
    for name in _partitions(connection):
        found = _MONTH.fullmatch(name)
        if found is None or found[1] != table.name:
            continue
        end = datetime(int(found[2]), int(found[3]), 1, tzinfo=UTC) + relativedelta(months=1)
        if end <= before:
            expired += _unless_in_the_way(connection, f"DROP TABLE {name}")
    return expired


def _unless_in_the_way(connection: Connection, *statements: str) -> bool:
    try:
        with connection.begin_nested():
            for statement in statements:
                connection.execute(text(statement))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _IN_THE_WAY:
            raise
        return False
    return True


def _delete_from_default(connection: Connection, table: Table, before: datetime) -> int:
    name = f"{table.name}_default"
    old = f"SELECT ctid FROM {name} WHERE created_at < :before LIMIT {ROWS_MAX}"  # noqa: S608 - names of our own
    return _delete(connection, f"DELETE FROM {name} WHERE ctid = ANY(ARRAY({old}))", before)  # noqa: S608


def _delete_oldest(connection: Connection, table: Table, before: datetime) -> int:
    # Rows come in order of time, so looking at the first ones is enough, and spares a scan of everything.
    first = f"SELECT rowid AS number, created_at FROM {table.name} ORDER BY rowid LIMIT {ROWS_MAX}"  # noqa: S608
    old = f"SELECT number FROM ({first}) WHERE created_at < :before"  # noqa: S608
    return _delete(connection, f"DELETE FROM {table.name} WHERE rowid IN ({old})", before)  # noqa: S608


def _delete(connection: Connection, statement: str, before: datetime) -> int:
    bound = text(statement).bindparams(bindparam("before", type_=Instant))
    return connection.execute(bound, {"before": before}).rowcount
