"""An installation keeps its key and knows what it holds."""

import hashlib
import hmac

import pytest
from sqlalchemy import insert

from engine.store import installation
from engine.store import tables as t
from engine.store.address_keys import AddressKey
from engine.store.database import Database
from engine.store.errors import NotPrepared, WrongKey
from tests.databases import KEY, KEY_ID, START


def test_the_first_start_sets_it_up_and_later_ones_leave_it(database: Database) -> None:
    with database.write() as connection:
        installation.ensure(connection, key=KEY, key_id=KEY_ID, now=START)
        installation.ensure(connection, key=KEY, key_id=KEY_ID, now=START.replace(year=2030))

        found = installation.read(connection)

    assert found == installation.Installation(
        created_at=START,
        key_id=KEY_ID,
        is_demonstration=False,
        is_sending_stopped=False,
        went_live_at=None,
        demonstration=None,
    )


def test_a_wrong_key_is_refused_and_says_what_to_set(database: Database) -> None:
    with database.write() as connection:
        installation.ensure(connection, key=KEY, key_id=KEY_ID, now=START)

        with pytest.raises(WrongKey, match="FIFTHTOUCH_SECRET_KEY") as refused:
            installation.ensure(connection, key=b"another", key_id=KEY_ID, now=START)

    assert "another" not in str(refused.value)


def test_there_is_nothing_to_read_before_the_first_start(database: Database) -> None:
    with database.read() as connection, pytest.raises(NotPrepared, match="fifthtouch up"):
        installation.read(connection)


def test_there_is_one_row(database: Database) -> None:
    with database.write() as connection:
        installation.ensure(connection, key=KEY, key_id=KEY_ID, now=START)
    second = {"id": 2, "created_at": START, "key_id": "x", "canary": "x"}
    switches = {"is_demonstration": False, "is_sending_stopped": False}

    with pytest.raises(Exception, match="ck_installation_one_row"), database.write() as connection:
        connection.execute(insert(t.installation).values({**second, **switches}))


def test_a_demonstration_says_so_and_keeps_its_notes(database: Database) -> None:
    with database.write() as connection:
        assert not installation.is_demonstration(connection)
        installation.ensure(connection, key=KEY, key_id=KEY_ID, now=START)
        assert not installation.is_demonstration(connection)

        installation.mark_demonstration(connection, {"seed": 1})

        assert installation.is_demonstration(connection)
        assert installation.read(connection).demonstration == {"seed": 1}


def test_the_hash_of_an_address_is_keyed_and_tells_kinds_apart() -> None:
    key = AddressKey(key=KEY, key_id=KEY_ID)

    found = key.key_of("email", "ann@example.com")

    assert found == hmac.new(KEY, b"email\0ann@example.com", hashlib.sha256).hexdigest()
    assert found != key.key_of("phone", "ann@example.com")
    assert found != AddressKey(key=b"another", key_id=KEY_ID).key_of("email", "ann@example.com")


def test_a_key_never_shows_itself() -> None:
    assert KEY.decode() not in repr(AddressKey(key=KEY, key_id=KEY_ID))
