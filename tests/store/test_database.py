"""A database that can't be used says why and what to do, and never tells its password."""

import re
from contextlib import closing
from pathlib import Path
from traceback import format_exception

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine.clock import SystemClock
from engine.store import schema
from engine.store import tables as t
from engine.store.database import Database
from engine.store.errors import StoreError, Unreachable
from tests.databases import START
from tests.servers import PostgresServer, free_port
from tests.store import rows

PASSWORD = "hunter2"  # noqa: S105 - nobody's


def test_a_server_that_is_down_is_named_without_its_password() -> None:
    url = f"postgresql://ann:{PASSWORD}@127.0.0.1:{free_port()}/leads"

    _is_unreachable(url, r"ann:\*\*\*@127.0.0.1:\d+/leads does not answer .*Is it running")


@pytest.mark.postgres
def test_a_server_without_that_database_is_named_without_its_password(postgres_server: PostgresServer) -> None:
    url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{postgres_server.port}/nobody_made_this"

    _is_unreachable(url, 'nobody_made_this.* does not answer .*"nobody_made_this" does not exist')


@pytest.mark.postgres
def test_a_server_that_goes_away_between_two_transactions_is_unreachable(postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database()
    with closing(Database(url, SystemClock())) as database:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
        postgres_server.drop_database(url)

        with pytest.raises(Unreachable), database.read():
            pass


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    _is_unreachable(f"sqlite:///{tmp_path}/missing/leads.db", r"missing/leads\.db does not answer")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Buy milk. " * 100)

    _is_unreachable(f"sqlite:///{tmp_path}/notes.db", r"notes\.db .*file is not a database")


@pytest.mark.parametrize("url", ["mysql://ann@localhost/leads", "leads.db", ""])
def test_an_address_of_neither_database_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///file"):
        Database(url, SystemClock())


def test_an_embedded_database_never_loses_what_it_committed(tmp_path: Path) -> None:
    path = tmp_path / "leads.db"
    with closing(Database(f"sqlite:///{path}", SystemClock())) as database:
        schema.upgrade(database)
        with database.write() as connection:
            assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
            assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_a_transaction_that_fails_leaves_nothing_behind(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            rows.add_lead(connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with database.read() as connection:
        assert connection.execute(t.leads.select()).all() == []


def test_an_error_does_not_tell_what_was_written(database: Database) -> None:
    with pytest.raises((DBAPIError, StoreError)) as failed, database.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:word)"), {"word": PASSWORD})

    logged = "".join(format_exception(failed.value))
    assert "INSERT INTO nowhere" in logged
    assert PASSWORD not in logged


def test_instants_come_back_aware_and_as_they_were(database: Database) -> None:
    with database.write() as connection:
        rows.add(connection, t.leads, rows.lead(created_at=START.replace(microsecond=123456)))

        found = connection.execute(t.leads.select()).mappings().one()["created_at"]

    assert found == START.replace(microsecond=123456)
    assert re.fullmatch(r"2026-03-02T15:00:00\.123456\+00:00", found.isoformat())


def _is_unreachable(url: str, message: str) -> None:
    with closing(Database(url, SystemClock())) as database:
        for use in (schema.check_version, schema.upgrade):
            with pytest.raises(Unreachable, match=message) as refused:
                use(database)
            assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize("database_server", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_server_that_goes_away_in_the_middle_is_told_as_such(database: Database) -> None:
    """Whoever asked is told to come again, not that we are broken."""
    with pytest.raises(Unreachable), database.write() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
