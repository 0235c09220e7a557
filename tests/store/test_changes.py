"""What counts changes: every row written, whoever writes it, on both databases."""

import pytest
from sqlalchemy import delete, text, update

from engine.store import changes, pauses, schema
from engine.store import tables as t
from engine.store.changes import Topic
from engine.store.database import Database
from tests.databases import START
from tests.store import rows


def moved(database: Database, before: changes.Marks) -> set[Topic]:
    with database.read() as connection:
        now = changes.read(connection)
    return {topic for topic in Topic if now.numbers[topic] != before.numbers[topic]}


@pytest.fixture
def before(database: Database) -> changes.Marks:
    with database.read() as connection:
        return changes.read(connection)


def test_every_row_written_counts_for_its_topic(database: Database, before: changes.Marks) -> None:
    with database.write() as connection:
        lead_id = rows.add_lead(connection)
    assert {Topic.LEADS} == moved(database, before)

    with database.read() as connection:
        then = changes.read(connection)
    with database.write() as connection:
        rows.add(connection, t.messages, rows.message(lead_id))
    assert {Topic.MESSAGES} == moved(database, then)


def test_what_rests_counts_for_the_senders(database: Database, before: changes.Marks) -> None:
    with database.write() as connection:
        pauses.pause_channel(connection, "sms", by="ann", reason="", now=START)
    assert {Topic.SENDERS} == moved(database, before)


@pytest.mark.parametrize(
    "write", [update(t.messages).values(reason="hours"), delete(t.messages)], ids=["update", "delete"]
)
def test_changes_and_deletions_count_too(database: Database, write: object) -> None:
    with database.write() as connection:
        rows.add_message(connection)
    with database.read() as connection:
        before = changes.read(connection)

    with database.write() as connection:
        connection.execute(write)  # type: ignore[call-overload]

    assert {Topic.MESSAGES} == moved(database, before)


def test_what_found_nothing_to_change_does_not_count(database: Database, before: changes.Marks) -> None:
    with database.write() as connection:
        connection.execute(update(t.messages).values(reason="hours"))

    assert set() == moved(database, before)


def test_a_look_tells_whether_a_writer_is_under_way(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite's numbers are seen only when they are committed")
    with database.write() as writer:
        rows.add_lead(writer)
        with database.read() as connection:
            during = changes.read(connection)
    with database.read() as connection:
        after = changes.read(connection)

    assert len(during.writers) == 1
    assert not during.writers & after.writers


def test_an_upgrade_brings_back_what_a_rebuilt_table_lost(database: Database) -> None:
    on_tasks = "changes_tasks_insert" if database.is_sqlite else "changes_tasks ON tasks"
    with database.write() as connection:
        connection.execute(text(f"DROP TRIGGER {on_tasks}"))
        lead_id = rows.add_lead(connection)

    schema.upgrade(database)

    with database.read() as connection:
        before = changes.read(connection)
    with database.write() as connection:
        task = {
            "id": rows.ids.new(),
            "intent_key": "call",
            "lead_id": lead_id,
            "sequence": "",
            "stage": "",
            "script": "",
        }
        told = {"occurrence": 0, "kind": "call", "state": "open", "owner": "", "title": "Call", "body": "", "note": ""}
        rows.add(connection, t.tasks, task | told | {"created_at": START, "due_at": START})
    assert {Topic.TASKS} == moved(database, before)
