"""The demonstration replaces only a demonstration, and says clearly why it will not touch anything else."""

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine.bootstrap import prepare, real_world
from engine.clock import SystemClock
from engine.settings import Settings
from engine.simulation.demo import run_demo
from engine.simulation.summary import Summary
from engine.store import installation
from engine.store import tables as t
from engine.store.database import Database
from engine.store.errors import StoreError
from tests.servers import PostgresServer


def settings_in(folder: Path, name: str = "fifthtouch.db") -> Settings:
    return Settings(database_url=f"sqlite:///{folder / name}", _env_file=None)


def tiny(settings: Settings, seed: int = 7) -> Summary:
    return run_demo(settings, leads=4, days=5, seed=seed)


def leads_in(settings: Settings) -> list[str]:
    database = Database(settings.database_url, SystemClock())
    with database.read() as connection:
        emails = connection.execute(select(t.leads.c.email).order_by(t.leads.c.email)).scalars().all()
    database.close()
    return [str(email) for email in emails]


def test_a_demonstration_says_that_it_is_one_and_keeps_its_summary(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    summary = tiny(settings)

    database = Database(settings.database_url, SystemClock())
    with database.read() as connection:
        found = installation.read(connection)
    database.close()
    assert found.is_demonstration
    assert found.demonstration == summary.to_json()
    assert summary.leads == 4


def test_a_demonstration_replaces_another(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    tiny(settings, seed=1)
    before = leads_in(settings)

    again = tiny(settings, seed=2)

    assert again.leads == 4
    assert leads_in(settings) != before


def test_an_interrupted_demonstration_is_replaced_too(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    def interrupt(_progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_demo(settings, leads=4, days=5, seed=1, progress=interrupt)

    assert tiny(settings).leads == 4


def test_a_database_in_use_is_left_as_it_is(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    prepare(settings, real_world(settings)).database.close()
    before = (tmp_path / "fifthtouch.db").read_bytes()

    with pytest.raises(StoreError, match=r"more than a demonstration.*another folder"):
        tiny(settings)

    assert (tmp_path / "fifthtouch.db").read_bytes() == before


def test_a_database_of_a_newer_release_is_left_as_it_is(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    tiny(settings)
    with sqlite3.connect(tmp_path / "fifthtouch.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    with pytest.raises(StoreError, match=r"9999.*newer"):
        tiny(settings)


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "fifthtouch.db").write_text("shopping list: milk, bread, and a good deal more than that\n" * 50)

    with pytest.raises(StoreError, match="not a database"):
        tiny(settings_in(tmp_path))

    assert (tmp_path / "fifthtouch.db").read_text().startswith("shopping list")


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "fifthtouch.db") as connection:
        connection.execute("CREATE TABLE leads (name TEXT)")
        connection.execute("INSERT INTO leads VALUES ('Ann')")
    connection.close()

    with pytest.raises(StoreError, match="another program"):
        tiny(settings_in(tmp_path))

    with sqlite3.connect(tmp_path / "fifthtouch.db") as connection:
        assert connection.execute("SELECT name FROM leads").fetchall() == [("Ann",)]
    connection.close()


def test_a_missing_folder_and_a_folder_in_the_way_are_named(tmp_path: Path) -> None:
    (tmp_path / "fifthtouch.db").mkdir()

    with pytest.raises(StoreError, match="is a folder"):
        tiny(settings_in(tmp_path))
    with pytest.raises(StoreError, match=r"no folder .*nowhere"):
        tiny(settings_in(tmp_path / "nowhere"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(StoreError, match="may not be written"):
        tiny(settings_in(tmp_path))


@pytest.mark.postgres
def test_a_demonstration_replaces_another_on_postgresql(postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database()
    settings = Settings(database_url=url, secret_key="only for tests", _env_file=None)

    tiny(settings, seed=1)
    assert tiny(settings, seed=2).leads == 4

    database = Database(url, SystemClock())
    with database.write() as connection:
        connection.execute(update(t.installation).values(is_demonstration=False))
    with pytest.raises(StoreError, match="more than a demonstration"):
        tiny(settings)
    database.close()
    postgres_server.drop_database(url)
