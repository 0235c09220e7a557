"""The delivery log: found by what was said, by whom it went to, and by the day; the same on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, select

from engine.store import lead_words, message_words
from engine.store import tables as t
from engine.store.database import Database
from engine.store.log import LogFilter, read_log, read_whole
from tests.databases import START
from tests.store import rows

SAID = {
    "furnace": "Is your FURNACE still humming? Reply STOP to end. https://example.com/u/tokenoflongthings",
    "coffee": "Ein Kaffee im Café, Zoë?",
    "japan": "暖房の点検を予約してください",
    "empty": "",
}


@pytest.fixture
def ids(database: Database) -> dict[str, str]:
    """Store a message for each text, the first the oldest; return their ids."""
    with database.write() as connection:
        made = {name: rows.add_message(connection, created_at=at(number)) for number, name in enumerate(SAID)}
        message_words.keep(connection, [worded(made[name], text) for name, text in SAID.items()])
    return made


def at(number: int) -> object:
    return START + timedelta(hours=number)


def worded(message_id: str, text: str) -> dict[str, object]:
    return {"message_id": message_id, "created_at": START, "words": message_words.words_of(text)}


def found(connection: Connection, ids: dict[str, str], **wanted: object) -> list[str]:
    names = {message_id: name for name, message_id in ids.items()}
    return [names.get(row["id"], "another") for row in read_log(connection, LogFilter(**wanted)).rows]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("furnace", ["furnace"]),
        ("Furn", ["furnace"]),
        ("still hum", ["furnace"]),
        ("hum still", []),  # only the last word may be half typed
        ("cafe zoe", ["coffee"]),
        ("ZOË", ["coffee"]),
        ("予約", ["japan"]),
        ("tokenoflongthings", []),
        ("furnace cafe", []),
        ("nowhere", []),
        ("'; DROP TABLE messages", []),
        ('" OR *', []),
        ("!!!", []),
        ("e", ["coffee", "furnace"]),
    ],
)
def test_a_message_is_found_by_what_it_says(
    database: Database, ids: dict[str, str], said: str, names: list[str]
) -> None:
    with database.read() as connection:
        assert names == found(connection, ids, said=said)
    # A page that the latest messages fill is told by their words; only another one asks the index.
    told = [row["id"] for row in read_whole(database, LogFilter(said=said), rows=1)]
    assert told == [ids[name] for name in names]


def test_a_message_is_found_by_its_lead_too(database: Database, ids: dict[str, str]) -> None:
    with database.write() as connection:
        lead = rows.lead(first_name="Cafer", last_name="Özdemir")
        rows.add(connection, t.leads, lead)
        lead_words.keep(connection, [{"id": lead["id"], "email": None, "phone": None, **lead}])
        ids["theirs"] = rows.add(connection, t.messages, rows.message(lead["id"], created_at=START))

    with database.read() as connection:
        assert found(connection, ids, said="ozdemir") == ["theirs"]
        assert found(connection, ids, said="cafe") == ["coffee", "theirs"]


def test_pages_of_a_search_leave_nothing_out(database: Database, ids: dict[str, str]) -> None:
    with database.write() as connection:
        lead = rows.lead(first_name="Edith")
        rows.add(connection, t.leads, lead)
        lead_words.keep(connection, [{"email": None, "phone": None, **lead}])
        for number in range(5):
            rows.add(connection, t.messages, rows.message(lead["id"], created_at=at(number)))

    pages = list(read_whole(database, LogFilter(said="e"), rows=2))

    assert len({row["id"] for row in pages}) == len(pages) == 7
    assert sorted(pages, key=lambda row: (row["created_at"], row["id"]), reverse=True) == pages


def test_what_is_said_anew_replaces_what_was(database: Database, ids: dict[str, str]) -> None:
    with database.write() as connection:
        message_words.keep(connection, [worded(ids["furnace"], "Something else")])

    with database.read() as connection:
        assert found(connection, ids, said="furnace") == []
        assert found(connection, ids, said="something") == ["furnace"]


def test_words_that_are_taken_away_are_found_no_more(database: Database, ids: dict[str, str]) -> None:
    with database.write() as connection:
        connection.execute(delete(t.message_words).where(t.message_words.c.message_id == ids["furnace"]))

    with database.read() as connection:
        assert found(connection, ids, said="furnace") == []
        assert found(connection, ids, said="cafe") == ["coffee"]


def test_old_words_go_some_at_a_time(database: Database, ids: dict[str, str]) -> None:
    later = START + timedelta(days=1)
    with database.write() as connection:
        assert [message_words.drop_older(connection, later, 3) for _ in range(3)] == [3, 1, 0]
        assert connection.execute(select(t.message_words)).all() == []


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"since": START + timedelta(hours=2)}, ["empty", "japan"]),
        ({"until": START + timedelta(hours=1)}, ["furnace"]),
        ({"state": "scheduled", "since": START, "until": START + timedelta(minutes=1)}, ["furnace"]),
        ({"state": "accepted"}, []),
        ({"state": "held"}, []),
        ({"delivery": "none", "channel": "email"}, ["empty", "japan", "coffee", "furnace"]),
        ({"delivery": "bounced"}, []),
        ({"stage": "one"}, []),
    ],
)
def test_filters_narrow_the_log(
    database: Database, ids: dict[str, str], wanted: dict[str, object], names: list[str]
) -> None:
    with database.read() as connection:
        assert names == found(connection, ids, **wanted)
