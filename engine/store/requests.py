"""Requests that are carried out once: claimed before the work, answered in the transaction that did it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, RowMapping, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store import tables as t


def insert_claim(connection: Connection, *, api_key_id: str, key: str, fingerprint: str, now: datetime) -> bool:
    """Put a request on record as being under way; return False when its key is there already."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"api_key_id": api_key_id, "key": key, "fingerprint": fingerprint, "created_at": now}
    statement = make(t.idempotent_requests).values(row).on_conflict_do_nothing().returning(t.idempotent_requests.c.key)
    return connection.execute(statement).first() is not None


def lock(connection: Connection, api_key_id: str, key: str) -> RowMapping | None:
    """Lock and return a request on record; None when it was just let go."""
    query = select(t.idempotent_requests).where(*_is(api_key_id, key)).with_for_update()
    return connection.execute(query).mappings().first()


def claim_again(connection: Connection, *, api_key_id: str, key: str, fingerprint: str, now: datetime) -> None:
    """Put a request on record anew, as if its key had never been used; lock it first."""
    values = {"fingerprint": fingerprint, "created_at": now, "status": None, "body": None}
    connection.execute(update(t.idempotent_requests).where(*_is(api_key_id, key)).values(**values))


def keep_answer(
    connection: Connection, *, api_key_id: str, key: str, claimed_at: datetime, status: int, body: bytes
) -> bool:
    """Keep the answer; return False when the claim of *claimed_at* is not ours any more."""
    table = t.idempotent_requests
    mine = (*_is(api_key_id, key), table.c.created_at == claimed_at, table.c.status.is_(None))
    return connection.execute(update(table).where(*mine).values(status=status, body=body)).rowcount > 0


def let_go(connection: Connection, *, api_key_id: str, key: str, claimed_at: datetime) -> None:
    """Forget a claim that came to nothing, so that the same request may be made again."""
    table = t.idempotent_requests
    mine = (*_is(api_key_id, key), table.c.created_at == claimed_at, table.c.status.is_(None))
    connection.execute(delete(table).where(*mine))


def forget_lead(connection: Connection, names: Collection[str]) -> int:
    """Empty the answers that hold one of *names*, a lead's ids and addresses; their keys stay used. Return how many."""
    table, emptied = t.idempotent_requests, 0
    for name in sorted(names):
        told: ColumnElement[bytes] = literal(name.encode(), LargeBinary)
        is_postgresql = connection.dialect.name == "postgresql"
        place = func.position(told.op("IN")(table.c.body)) if is_postgresql else func.instr(table.c.body, told)
        emptied += connection.execute(update(table).where(place > 0).values(body=b"")).rowcount
    return emptied


def forget_before(connection: Connection, instant: datetime) -> int:
    """Forget the requests made before *instant*; return how many."""
    return connection.execute(
        delete(t.idempotent_requests).where(t.idempotent_requests.c.created_at < instant)
    ).rowcount


def _is(api_key_id: str, key: str) -> tuple[Any, Any]:
    return t.idempotent_requests.c.api_key_id == api_key_id, t.idempotent_requests.c.key == key
