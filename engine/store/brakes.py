"""What slows guessing down: how often something was tried, and before when it is not looked at again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, select, update

from engine.domain.signing_in import FORGIVEN_AFTER, wait_after
from engine.store import tables as t
from engine.store.statements import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """One thing that tries are counted by; the first *free* cost no wait, and none waits longer than *longest*."""

    key: str
    free: int
    longest: timedelta


def take(connection: Connection, brakes: Sequence[Brake], now: datetime) -> datetime | None:
    """Count a try against each of *brakes* before it is looked at, so that tries at the same moment count as well.

    Returns None, or before when nothing is looked at; then nothing is counted.
    """
    table = t.sign_in_brakes
    connection.execute(delete(table).where(table.c.last_at < now - FORGIVEN_AFTER))
    fresh = {"failures": 0, "last_at": now, "until": now}
    ordered = sorted(brakes, key=lambda brake: brake.key)  # two who try at once must not wait for each other
    keys = [brake.key for brake in ordered]
    if (
        latest := _latest(_rows(connection, keys), now)
    ) > now:  # looked at first: who is refused must not fill the disk
        return latest
    insert_new(connection, table, [{"key": key, **fresh} for key in keys])
    rows = _rows(connection, keys, lock=True)
    if (latest := _latest(rows, now)) > now:
        return latest
    for brake in ordered:
        failures = rows[brake.key][0] + 1
        until = now + wait_after(failures, free=brake.free, longest=brake.longest)
        values = {"failures": failures, "last_at": now, "until": until}
        connection.execute(update(table).where(table.c.key == brake.key).values(**values))
    return None


def forgive(connection: Connection, keys: Sequence[str]) -> None:
    """Forget every try that was counted by *keys*."""
    connection.execute(delete(t.sign_in_brakes).where(t.sign_in_brakes.c.key.in_(keys)))


def give_back(connection: Connection, key: str, now: datetime) -> None:
    """Take the latest try by *key* back: it was right, but says nothing about the ones before."""
    table = t.sign_in_brakes
    fewer = case((table.c.failures > 0, table.c.failures - 1), else_=0)
    connection.execute(update(table).where(table.c.key == key).values(failures=fewer, until=now))


def _latest(rows: Mapping[str, tuple[int, datetime]], now: datetime) -> datetime:
    return max((until for _, until in rows.values()), default=now)


def _rows(connection: Connection, keys: Sequence[str], *, lock: bool = False) -> Mapping[str, tuple[int, datetime]]:
    table = t.sign_in_brakes
    query = select(table.c.key, table.c.failures, table.c.until).where(table.c.key.in_(keys)).order_by(table.c.key)
    rows = connection.execute(query.with_for_update() if lock else query)
    return {row.key: (row.failures, row.until) for row in rows}
