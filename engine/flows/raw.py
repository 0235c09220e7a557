"""A callback as it came, and the row it is kept in."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.storable import storable_text
from channels.webhooks.unreadable import Unreadable
from engine.flows.kit import Kit
from engine.store import payloads
from engine.store.database import Connection

# A signature is no secret: it is the proof that the callback was its provider's.
_SECRET_HEADER = re.compile(r"auth|cookie|token|secret|api-?key|passw", re.IGNORECASE)
_HEADERS_MAX = 100
_VALUE_CHARACTERS_MAX = 2_000
_PROBLEM_CHARACTERS_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What *provider* posted to *callback* (events, inbound, status, sms, voice/answer ...): headers and bytes.

    *target* is path and query as they were called; *problem* says what could not be read.
    """

    provider: str
    callback: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    problem: str | None = None


def problem_of(unreadable: Sequence[Unreadable]) -> str | None:
    """Return what is noted of a callback of which these could not be read; None where everything was."""
    told = "\n".join(dict.fromkeys(f"{one.problem} {one.excerpt[:200]}" for one in unreadable))
    return storable_text(told, _PROBLEM_CHARACTERS_MAX) if told else None


def keep_raw(kit: Kit, raw: Raw) -> None:
    """Keep *raw* alone, in a transaction of its own: for what brings no event."""
    with kit.database.write() as connection:
        store_raw(kit, connection, raw, kit.database.now(connection))


def store_raw(kit: Kit, connection: Connection, raw: Raw, now: datetime) -> None:
    """Keep *raw* in this transaction, beside the events it brought."""
    headers = {name: value for name, value in raw.headers.items() if not _SECRET_HEADER.search(name)}
    row: dict[str, Any] = {
        "id": kit.ids.new(),
        "created_at": now,
        "provider": raw.provider,
        "callback": raw.callback,
        "problem": storable_text(raw.problem, _PROBLEM_CHARACTERS_MAX) if raw.problem else None,
        "headers": {":path": storable_text(raw.target), **_storable(headers)},
        "body": zlib.compress(raw.body, level=1),
    }
    payloads.keep(connection, [row])


def _storable(headers: Mapping[str, str]) -> dict[str, str]:
    kept = list(headers.items())[:_HEADERS_MAX]
    return {storable_text(name, 200): storable_text(value, _VALUE_CHARACTERS_MAX) for name, value in kept}
