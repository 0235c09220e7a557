"""The one row about this installation: whose key it was made with, and whether it holds only a demonstration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from sqlalchemy import Connection, select, update

from engine.store.address_keys import AddressKey
from engine.store.errors import NotPrepared, WrongKey
from engine.store.statements import insert_new
from engine.store.tables import installation

ROW = 1
CANARY = ("canary", "fifthtouch")  # any word will do, as long as it never changes; no address has this kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is known about this installation; *demonstration* is what a demonstration noted about itself."""

    created_at: datetime
    key_id: str
    is_demonstration: bool
    is_sending_stopped: bool
    went_live_at: datetime | None
    demonstration: Mapping[str, Any] | None


def ensure(connection: Connection, *, key: bytes, key_id: str, now: datetime) -> None:
    """Set the installation up with this key, or make sure that it is the one it was set up with.

    Raises WrongKey: under another key no suppressed address would be recognised, and people who said stop would be
    written to.
    """
    canary = AddressKey(key=key, key_id=key_id).key_of(*CANARY)
    row = {"id": ROW, "created_at": now, "key_id": key_id, "canary": canary}
    switches = {"is_demonstration": False, "is_sending_stopped": False, "demonstration": None}
    insert_new(connection, installation, [{**row, **switches}])  # of two first processes, one sets it up
    if not compare_digest(connection.execute(select(installation.c.canary)).scalar_one(), canary):
        raise WrongKey(
            "the secret key is not the one this database was made with, so people who said stop would not be "
            "recognised: set FIFTHTOUCH_SECRET_KEY to the first one"
        )


def read(connection: Connection) -> Installation:
    """Return what is known about this installation; raises NotPrepared before it was set up."""
    names = Installation.__dataclass_fields__
    row = connection.execute(select(*(installation.c[name] for name in names))).mappings().one_or_none()
    if row is None:
        raise NotPrepared("the database was never started with: run `fifthtouch up` or `fifthtouch demo` first")
    return Installation(**row)


def lived_until(connection: Connection, now: datetime) -> datetime:
    """Return up to when this installation has lived: *now*, or the end of a demonstration, whose time stands still."""
    return end_of(read(connection), now)


def end_of(found: Installation, now: datetime) -> datetime:
    """Return up to when the installation *found* has lived, as `lived_until` does."""
    if not found.is_demonstration or not found.demonstration:
        return now
    start, days = found.demonstration.get("start"), found.demonstration.get("days")
    if not isinstance(start, str) or not isinstance(days, int):
        return now
    return min(now, datetime.fromisoformat(start) + timedelta(days=days))


def is_demonstration(connection: Connection) -> bool:
    """Return whether there is nothing but invented leads in this database."""
    return connection.execute(select(installation.c.is_demonstration)).scalar_one_or_none() is True


def mark_demonstration(connection: Connection, notes: Mapping[str, Any] | None = None) -> None:
    """Say that all leads here are invented, and note what the demonstration tells about itself."""
    values = {"is_demonstration": True, "demonstration": None if notes is None else dict(notes)}
    connection.execute(update(installation).where(installation.c.id == ROW).values(values))


def note_live(connection: Connection, now: datetime) -> None:
    """Remember when real providers were first allowed to send."""
    table = installation
    connection.execute(update(table).where(table.c.went_live_at.is_(None)).values(went_live_at=now))


def lock(connection: Connection) -> None:
    """Wait for whoever else changes this installation, until the transaction ends."""
    connection.execute(select(installation.c.id).with_for_update()).all()


def stop_sending(connection: Connection, *, is_stopped: bool) -> None:
    """Turn the one switch that stops all sending, the sandbox's too: no attempt is committed after this is.

    An update alone would not wait for those who hold the row by `senders.lock_awake`.
    """
    connection.execute(select(installation.c.id).with_for_update()).all()
    connection.execute(update(installation).values(is_sending_stopped=is_stopped))
