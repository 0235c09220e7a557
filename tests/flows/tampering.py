"""Change what the database refuses to change, as somebody could who owns the file or the server."""

import sqlite3
from contextlib import closing

import psycopg

from engine.flows.kit import Kit


def tamper(kit: Kit, *statements: str) -> None:
    """Run *statements* with no trigger, no foreign key and no check in the way."""
    url = kit.database.engine.url
    if kit.database.is_sqlite:
        with closing(sqlite3.connect(str(url.database), isolation_level=None)) as file:
            for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                file.execute(f"DROP TRIGGER {name}")
            file.execute("PRAGMA ignore_check_constraints = ON")
            _run(file, statements)
        return
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as server:
        server.execute("SET session_replication_role = replica")
        server.execute("ALTER TABLE consent_facts DROP CONSTRAINT IF EXISTS ck_consent_facts_about_somebody")
        _run(server, statements)


def _run(connection: sqlite3.Connection | psycopg.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        done = connection.execute(statement)
        assert done.rowcount != 0, statement
