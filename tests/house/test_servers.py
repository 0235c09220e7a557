"""Throw-away servers give every test an empty place of its own, and nothing leaves this machine."""

import os
import socket

import psycopg
import pytest
import redis
import sqlalchemy

from tests.loopback import NetworkUsed
from tests.servers import DatabaseServer


def _tables(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(url)
    try:
        return sqlalchemy.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def _create_table(url: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE promise (id integer)"))
    engine.dispose()


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_an_empty_database(database_url: str, turn: int) -> None:
    assert _tables(database_url) == []

    _create_table(database_url)

    assert _tables(database_url) == ["promise"]


def test_a_database_can_be_cloned_from_a_template(database_server: DatabaseServer) -> None:
    template = database_server.create_database()
    _create_table(template)

    clone = database_server.create_database(template)

    assert clone != template
    assert _tables(clone) == ["promise"]
    database_server.drop_database(clone)
    database_server.drop_database(template)


@pytest.mark.postgres
def test_a_dropped_database_is_gone_even_if_someone_was_connected(postgres_server: DatabaseServer) -> None:
    url = postgres_server.create_database()
    plain = url.replace("+psycopg", "")

    with psycopg.connect(plain):
        postgres_server.drop_database(url)

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(plain)


@pytest.mark.redis
@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_an_empty_redis(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.dbsize() == 0

        connection.set("bell", "rung")


def test_another_host_cannot_be_reached() -> None:
    with socket.socket() as outgoing, pytest.raises(NetworkUsed, match=r"192\.0\.2\.1"):
        outgoing.connect(("192.0.2.1", 80))


def test_another_host_cannot_even_be_looked_up() -> None:
    with pytest.raises(NetworkUsed, match=r"provider\.example"):
        socket.getaddrinfo("provider.example", 443)


def test_settings_of_the_developer_are_out_of_sight() -> None:
    assert [name for name in os.environ if name.startswith(("FIFTHTOUCH_", "TWILIO_", "SENDGRID_"))] == []
