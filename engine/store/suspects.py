"""Forms that a program seems to have sent, held for a person; and how often each form was sent lately."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.domain.arriving import SuspectState
from engine.store import tables as t
from engine.store.pages import Key, Page, before, fetch
from engine.store.spellings import names
from engine.store.statements import insert_new

_TABLE = t.form_suspects
_RATES = t.form_rates


def hold(connection: Connection, row: Mapping[str, Any]) -> None:
    """Hold one form; the same words sent again are held once."""
    insert_new(connection, _TABLE, [row])


def count_held(connection: Connection, limit: int) -> int:
    """Return how many forms wait for a person, counted up to *limit*."""
    held = select(_TABLE.c.id).where(_TABLE.c.state == SuspectState.HELD).limit(limit).subquery()
    return connection.execute(select(func.count()).select_from(held)).scalar_one()


def came(connection: Connection, fingerprint: str, lead_id: str, now: datetime) -> None:
    """Note that the sender of a held form sent it once more, and that it was taken."""
    _decide(connection, _TABLE.c.fingerprint == fingerprint, SuspectState.CAME, now, by="", lead_id=lead_id)


def lock(connection: Connection, suspect_id: str) -> RowMapping | None:
    """Lock and return one form that is still held, or None."""
    query = select(_TABLE).where(_TABLE.c.id == suspect_id, _TABLE.c.state == SuspectState.HELD).with_for_update()
    return connection.execute(query).mappings().first()


def decide(
    connection: Connection, suspect_id: str, state: SuspectState, now: datetime, *, by: str, lead_id: str | None = None
) -> None:
    """Note what a form was; its words go with the decision."""
    _decide(connection, _TABLE.c.id == suspect_id, state, now, by=by, lead_id=lead_id)


def _decide(
    connection: Connection, which: Any, state: SuspectState, now: datetime, *, by: str, lead_id: str | None
) -> None:
    said: dict[str, Any] = {"state": state, "decided_at": now, "decided_by": by, "lead_id": lead_id}
    empty: dict[str, Any] = {"values": {}, "visit": {}}
    connection.execute(update(_TABLE).where(which, _TABLE.c.state == SuspectState.HELD).values(said | empty))


def held(connection: Connection, *, start: Key | None = None) -> Page:
    """Return a page of forms that wait for a person, the newest first."""
    query = select(_TABLE).where(_TABLE.c.state == SuspectState.HELD)
    if start is not None:
        query = query.where(before(_TABLE.c.at, _TABLE.c.id, start))
    return fetch(connection, query.order_by(_TABLE.c.at.desc(), _TABLE.c.id.desc()), at="at")


def count_post(connection: Connection, form: str, sender: str, since: datetime) -> int:
    """Count one more post of *form* by *sender* in the time that began at *since*; return how many that makes."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = make(_RATES).values(form=form, sender=sender, since=since, count=1)
    counted = row.on_conflict_do_update(
        index_elements=[_RATES.c.form, _RATES.c.sender, _RATES.c.since], set_={"count": _RATES.c.count + 1}
    )
    count: int = connection.execute(counted.returning(_RATES.c.count)).scalar_one()
    return count


def forget_lead(connection: Connection, lead_id: str, addresses: Collection[str]) -> int:
    """Drop held forms that became a lead, or that name one of its *addresses*, however typed."""
    gone = connection.execute(delete(_TABLE).where(_TABLE.c.lead_id == lead_id)).rowcount
    for address in addresses:
        gone += connection.execute(delete(_TABLE).where(names(_TABLE.c["values"], address))).rowcount
    return gone


def drop_suspects(connection: Connection, before_at: datetime, limit: int) -> int:
    """Drop forms that were held before *before_at*; return how many."""
    old = select(_TABLE.c.id).where(_TABLE.c.at < before_at).order_by(_TABLE.c.at).limit(limit)
    return connection.execute(delete(_TABLE).where(_TABLE.c.id.in_(old))).rowcount


def drop_rates(connection: Connection, before_at: datetime, _limit: int) -> int:
    """Forget how often forms were sent before *before_at*; return how many counts went."""
    return connection.execute(delete(_RATES).where(_RATES.c.since < before_at)).rowcount
