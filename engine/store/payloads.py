"""Raw callbacks as they came, compressed: the last word on what a provider said."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from engine.store import tables as t
from engine.store.statements import insert_rows


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep raw callbacks; each row: id, created_at, provider, callback, problem, headers, body."""
    insert_rows(connection, t.provider_payloads, rows)
