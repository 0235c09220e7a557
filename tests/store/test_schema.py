"""Migrations lead to the declared tables, are safe to run twice or side by side, and refuse what they don't know."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, MetaData, Text, inspect, text

from engine.clock import SystemClock
from engine.store import installation, schema
from engine.store import tables as t
from engine.store.database import Database
from engine.store.errors import NotPrepared, StoreError, TooNew
from engine.store.undeclared import is_undeclared
from tests.databases import KEY, KEY_ID, START
from tests.shared import REPOSITORY
from tests.store import rows


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """Return a database without any table."""
    with closing(Database(database_url, SystemClock())) as database:
        yield database


def test_migrations_make_the_declared_tables(database: Database) -> None:
    with database.read() as connection:
        assert _differences(connection, t.metadata) == []


def test_a_column_that_no_migration_makes_is_noticed(database: Database) -> None:
    changed = MetaData(naming_convention=t.metadata.naming_convention)
    for table in t.metadata.sorted_tables:
        table.to_metadata(changed)
    changed.tables["leads"].append_column(Column("nickname", Text))

    with database.read() as connection:
        [(what, _schema, table_name, column)] = _differences(connection, changed)

    assert (what, table_name, column.name) == ("add_column", "leads", "nickname")


def test_migrations_make_the_declared_checks_and_indexes(database: Database, empty: Database) -> None:
    """Alembic compares neither checks nor the conditions of partial indexes."""
    with empty.write() as connection:
        t.metadata.create_all(connection)
        declared = _promises(connection)

    with database.read() as connection:
        assert declared == _promises(connection)


def test_migrations_are_numbered_and_named_for_what_they_do() -> None:
    names = sorted(path.name for path in (schema.MIGRATIONS / "versions").glob("*.py"))

    assert all(re.fullmatch(r"\d{4}_[a-z]+(_[a-z]+)+\.py", name) for name in names)
    assert [f"{number:04d}" for number in range(1, len(names) + 1)] == [name[:4] for name in names]
    assert names[-1][:4] == schema.newest()


def test_an_upgraded_database_is_of_this_release(empty: Database) -> None:
    assert schema.upgrade(empty) == schema.newest()

    schema.check_version(empty)


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        lead_id = rows.add_lead(connection)

    schema.upgrade(database)

    with database.read() as connection:
        assert [lead_id] == connection.execute(t.leads.select()).scalars().all()


def test_a_database_without_tables_says_how_to_get_them(empty: Database) -> None:
    with pytest.raises(NotPrepared, match="no tables yet: run `fifthtouch db upgrade`"):
        schema.check_version(empty)


def test_older_tables_say_how_to_get_newer_ones(database: Database) -> None:
    _set_version(database, "0001")

    with pytest.raises(NotPrepared, match=r"are of version 0001, this release needs .*: run `fifthtouch db upgrade`"):
        schema.check_version(database)


def test_tables_of_a_newer_release_are_left_alone(database: Database) -> None:
    _set_version(database, "9999")

    for use in (schema.check_version, schema.upgrade):
        with pytest.raises(TooNew, match=r"are of version 9999, this release knows only .*: install the release"):
            use(database)


def test_a_step_that_fails_leaves_nothing_behind(empty: Database) -> None:
    """Somebody else's table has the name that a later step gives to one of ours."""
    with empty.write() as connection:
        connection.execute(text("CREATE TABLE tasks (theirs INTEGER)"))

    with pytest.raises(StoreError, match="already exists"):
        schema.upgrade(empty)

    with empty.read() as connection:
        assert inspect(connection).get_table_names() == ["tasks"]


def test_processes_that_upgrade_at_once_all_succeed(database_url: str) -> None:
    program = (
        "import sys; from engine.clock import SystemClock; from engine.store import schema; "
        "from engine.store.database import Database; print(schema.upgrade(Database(sys.argv[1], SystemClock())))"
    )

    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, database_url],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60) for process in processes]

    assert [(schema.newest() + "\n", "")] * 2 == said


def test_a_demonstration_can_be_replaced(database: Database) -> None:
    with database.write() as connection:
        installation.ensure(connection, key=KEY, key_id=KEY_ID, now=START)
        installation.mark_demonstration(connection)
        rows.add(connection, t.consent_facts, rows.fact(rows.add_lead(connection)))

    schema.replace_demonstration(database)

    schema.check_version(database)
    with database.read() as connection:
        assert connection.execute(t.leads.select()).all() == []
        assert _differences(connection, t.metadata) == []


def test_real_leads_are_never_replaced(database: Database) -> None:
    with database.write() as connection:
        installation.ensure(connection, key=KEY, key_id=KEY_ID, now=START)

    with pytest.raises(StoreError, match="more than a demonstration"):
        schema.replace_demonstration(database)

    with database.read() as connection:
        assert connection.execute(t.installation.select()).all() != []


def _differences(connection: Connection, declared: MetaData) -> list[Any]:
    def is_ours(one: Any, name: str | None, kind: str, reflected: bool, _declared: Any) -> bool:  # noqa: FBT001
        if (
            kind == "index"
            and connection.dialect.name == "sqlite"
            and one.dialect_kwargs.get("postgresql_using") == "gin"
        ):
            return False  # SQLite has none of this kind
        return not (reflected and is_undeclared(name or ""))

    context = MigrationContext.configure(connection, opts={"include_object": is_ours})
    # Comments are for docs/reference/tables.md; a better sentence is no reason for a migration.
    found = compare_metadata(context, declared)
    flat = [part for one in found for part in (one if isinstance(one, list) else [one])]
    return [one for one in flat if "comment" not in one[0]]


def _promises(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        inspector = inspect(connection)
        found = [
            f"{table}.{check['name']}: {check['sqltext']}"
            for table in t.metadata.tables
            for check in inspector.get_check_constraints(table)
        ]
        found += connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql > ''")).scalars()
        return sorted(found)
    names = "SELECT relname FROM pg_class WHERE relname = ANY(:names)"
    query = f"""
        SELECT conname || ': ' || pg_get_constraintdef(pg_constraint.oid) FROM pg_constraint
        JOIN pg_class ON pg_class.oid = conrelid WHERE relname IN ({names})
        UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename IN ({names}) ORDER BY 1
    """  # noqa: S608 - no outside text in it
    return list(connection.execute(text(query), {"names": list(t.metadata.tables)}).scalars())


def _set_version(database: Database, version: str) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
