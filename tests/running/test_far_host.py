"""A machine that loses its cable in the midst of a transaction: the others get its locks, and it learns that it is alone."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from time import monotonic

import pytest
from sqlalchemy import select

from engine.clock import SystemClock
from engine.store import installation
from engine.store import tables as t
from engine.store.database import IDLE_IN_TRANSACTION_MS, Database
from engine.store.schema import upgrade
from tests.chaos.hosts import FarHost, far_host
from tests.chaos.wire import laid_wires
from tests.servers import PostgresServer
from tests.shared import REPOSITORY

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

A_LITTLE_SECONDS = 10.0
ALONE_SECONDS_MAX = 60.0  # Linux alone would wait for a quarter of an hour
HOLD = """
import sys
from sqlalchemy import select
from engine.clock import SystemClock
from engine.store import tables as t
from engine.store.database import Database
from engine.store.errors import Unreachable
try:
    with Database(sys.argv[1], SystemClock()).write() as connection:
        connection.execute(select(t.installation).with_for_update()).one()
        print("held", flush=True)
        sys.stdin.readline()
        connection.execute(select(t.installation)).one()
except Unreachable:
    print("alone", flush=True)
"""


@pytest.fixture
def far() -> Iterator[FarHost]:
    with far_host() as host:
        if host is None:
            pytest.skip("a second machine wants Linux, root, ip and nft")
        yield host


def test_a_machine_out_of_reach_holds_no_lock_for_long_and_learns_of_it(
    far: FarHost, postgres_server: PostgresServer
) -> None:
    url = postgres_server.create_database()
    with closing(Database(url, SystemClock())) as database, laid_wires(far.address) as wires:
        upgrade(database)
        with database.write() as connection:
            installation.ensure(connection, key=b"key", key_id="one", now=database.now(connection))
        there = subprocess.Popen(
            [*far.prefix, sys.executable, "-c", HOLD, wires.around(url)],
            cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert there.stdout is not None
        assert there.stdout.readline() == "held\n"

        far.lose(100)
        began = monotonic()
        with database.write() as connection:
            connection.execute(select(t.installation).with_for_update()).one()
        waited = monotonic() - began
        told, _ = there.communicate("go on\n", timeout=ALONE_SECONDS_MAX)

    assert waited < IDLE_IN_TRANSACTION_MS / 1000 + A_LITTLE_SECONDS
    assert told == "alone\n"
    assert there.returncode == 0
