"""A database that can't be used: one message with what to do, and nothing half done."""

import sqlite3
from contextlib import closing

import pytest

from tests.cli.conftest import Shell

COMMANDS = [
    ("log",),
    ("audit",),
    ("lead", "add", "--email", "ann@example.com"),
    ("demo", "--no-serve"),
    ("work", "--once"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_database_of_a_newer_release_is_left_alone(bare: Shell, words: tuple[str, ...]) -> None:
    bare.good("db", "upgrade")
    with closing(sqlite3.connect("fifthtouch.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert "install the release" in bare.refusal(*words)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_file_that_is_no_database_is_left_alone(bare: Shell, words: tuple[str, ...]) -> None:
    bare.write("fifthtouch.db", "not a database, and more than a page of it" * 200)

    assert "not a database" in bare.refusal(*words)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_server_that_is_down_is_told_without_its_password(
    bare: Shell, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:hunter2@127.0.0.1:1/leads")

    told = bare.refusal(*words)

    assert "DATABASE_URL" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql://u:p@[::1/x", "nonsense"])
def test_an_address_that_cannot_be_read_is_refused(bare: Shell, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    assert "DATABASE_URL" in bare.refusal("log")


def test_another_key_than_the_first_is_refused(bare: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    bare.good("lead", "add", "--email", "ann@example.com")
    monkeypatch.setenv("FIFTHTOUCH_SECRET_KEY", "another")

    assert "FIFTHTOUCH_SECRET_KEY" in bare.refusal("log")


def test_a_demonstration_never_replaces_real_leads(bare: Shell) -> None:
    bare.good("lead", "add", "--email", "ann@example.com")

    assert "demonstration" in bare.refusal("demo", "--leads", "1", "--days", "1", "--no-serve")

    assert bare.answer("audit")["leads"] == 1


def test_the_doctor_names_what_is_wrong(bare: Shell) -> None:
    done = bare.run("doctor")

    assert done.exit_code == 1
    assert "WRONG  database: there is none at fifthtouch.db" in done.stdout
    assert not (bare.folder / "fifthtouch.db").exists()


def test_a_worker_without_a_bell_says_what_to_set(bare: Shell) -> None:
    assert "REDIS_URL" in bare.refusal("work")
    assert "REDIS_URL" in bare.refusal("tick")
