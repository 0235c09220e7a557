"""Months come ahead of their rows and go when they are over, on PostgreSQL; SQLite forgets the same rows."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text

from engine.clock import VirtualClock
from engine.store import schema
from engine.store import tables as t
from engine.store.database import Database
from engine.store.partitions import PARTITIONED, ROWS_MAX, drop_expired, is_partition, make_partitions
from tests.databases import START
from tests.servers import PostgresServer
from tests.store import rows

MONTH = timedelta(days=31)
YEAR = timedelta(days=365)


@pytest.fixture
def postgresql(postgres_server: PostgresServer) -> Iterator[Database]:
    """Return a database that has partitions, migrated at START."""
    url = postgres_server.create_database()
    with closing(Database(url, VirtualClock(START))) as database:
        schema.upgrade(database)
        yield database
    postgres_server.drop_database(url)


@pytest.mark.postgres
def test_an_upgrade_makes_this_month_and_three_ahead(postgresql: Database) -> None:
    with postgresql.write() as connection:
        assert make_partitions(connection, START) == []
        assert make_partitions(connection, START, months_ahead=4) == [f"{table.name}_2026_07" for table in PARTITIONED]


@pytest.mark.postgres
def test_months_are_made_across_the_year(postgresql: Database) -> None:
    with postgresql.write() as connection:
        made = make_partitions(connection, START.replace(year=2040, month=11))

    assert [f"decisions_{month}" for month in ("2040_11", "2040_12", "2041_01", "2041_02")] == made[4:8]
    assert all(is_partition(name) for name in made)


@pytest.mark.postgres
def test_rows_lie_in_the_partition_of_their_month(postgresql: Database) -> None:
    first, last = START.replace(day=1, hour=0), START.replace(day=31, hour=23)
    with postgresql.write() as connection:
        for instant in (first, last, last + timedelta(hours=1), START - 99 * YEAR):
            rows.add(connection, t.message_bodies, rows.body(instant))

        query = text("SELECT tableoid::regclass::text FROM message_bodies ORDER BY created_at")
        found = connection.execute(query).scalars().all()

    assert found == ["message_bodies_default", *["message_bodies_2026_03"] * 2, "message_bodies_2026_04"]


@pytest.mark.postgres
def test_a_month_that_came_before_its_partition_stays_where_it_is(postgresql: Database) -> None:
    """The clock was down for months; nothing is lost, and the months after are made."""
    late = START + 40 * YEAR
    with postgresql.write() as connection:
        rows.add(connection, t.message_bodies, rows.body(late))

        made = make_partitions(connection, late, months_ahead=1)

    assert len(made) == 5
    with postgresql.read() as connection:
        assert connection.execute(select(func.count()).select_from(t.message_bodies)).scalar_one() == 1


@pytest.mark.postgres
def test_an_expired_month_is_dropped_as_a_whole(postgresql: Database) -> None:
    with postgresql.write() as connection:
        make_partitions(connection, START - 3 * MONTH, months_ahead=2)
        for number in range(4):
            rows.add(connection, t.message_bodies, rows.body(START - number * MONTH))

        gone = drop_expired(connection, START, 2 * MONTH, tables=(t.message_bodies,))
        names = connection.execute(text("SELECT relname FROM pg_class WHERE relname ~ '^message_bodies_20'")).scalars()

    assert gone == 1  # November; December ended less than two months ago
    assert "message_bodies_2025_11" not in names


def test_expired_rows_go_in_bounded_batches(database: Database) -> None:
    with database.write() as connection:
        old = [rows.body(START - YEAR) for _ in range(ROWS_MAX + 1)]
        connection.execute(insert(t.message_bodies), [*old, rows.body(START)])

    gone = []
    for _ in range(3):
        with database.write() as connection:
            gone.append(drop_expired(connection, START, MONTH))

    assert gone == [ROWS_MAX, 1, 0]
    with database.read() as connection:
        assert connection.execute(select(t.message_bodies.c.created_at)).scalars().all() == [START]


def test_a_kept_table_is_not_touched(database: Database) -> None:
    with database.write() as connection:
        rows.add(connection, t.message_bodies, rows.body(START - YEAR))

        assert drop_expired(connection, START, MONTH, tables=(t.decisions,)) == 0


@pytest.mark.parametrize("name", ["decisions", "messages_2026_03", "decisions_2026_03_x", "leads_default"])
def test_other_tables_are_no_partitions(name: str) -> None:
    assert not is_partition(name)
