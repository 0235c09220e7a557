"""Leads, their addresses, and the locks that dispatch and stop share."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select, update

from engine.domain.lead import Lead, LeadId, LeadStatus
from engine.domain.notice import NoticeType
from engine.store import lead_words, notices
from engine.store import tables as t
from engine.store.errors import ChangedMeanwhile
from engine.store.statements import IDS, has_row_locks, insert_new, insert_rows

LEAD_FIELDS = tuple(Lead.__dataclass_fields__)
NOT_TOLD = frozenset({"email_id", "phone_id", "checks", "review_since", "first_touch_at"})
"""What changes on a lead and is of no use to anybody elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLead:
    """A lead with its address rows."""

    lead: Lead
    email_id: str | None
    phone_id: str | None
    review_since: datetime | None
    first_touch_at: datetime | None
    checks: Mapping[str, Any]
    version: int = 1
    merged_into: LeadId | None = None

    def address_ids(self) -> tuple[str, ...]:
        """Return the ids of the addresses it has."""
        return tuple(one for one in (self.email_id, self.phone_id) if one)


def load(connection: Connection, lead_ids: Collection[str]) -> dict[LeadId, StoredLead]:
    """Return the leads named, by id; unknown ids are left out."""
    rows = connection.execute(_BY_ID, {"ids": sorted(set(lead_ids))}).mappings()
    return {LeadId(row["id"]): _stored(row) for row in rows}


_BY_ID = select(t.leads).where(t.leads.c.id.in_(IDS))


def find(connection: Connection, *, email: str | None, phone: str | None) -> StoredLead | None:
    """Return the lead with *email*, else the oldest one with *phone*, or None; both canonical. Also by a double's."""
    for column, value in ((t.leads.c.email, email), (t.leads.c.phone, phone)):
        if value:
            row = connection.execute(
                select(t.leads).where(column == value).order_by(t.leads.c.created_at, t.leads.c.id).limit(1)
            ).mappings()
            found = row.first()
            if found:
                return survivors(connection, [_stored(found)])[0]
    return None


def survivors(connection: Connection, found: Sequence[StoredLead]) -> list[StoredLead]:
    """Return *found* with the lead that a double became part of in its place, each once, in their order."""
    wanted = [one.merged_into or one.lead.id for one in found]
    missing = {one for one in wanted if one not in {each.lead.id for each in found}}
    known = {one.lead.id: one for one in found} | (load(connection, missing) if missing else {})
    return [known[LeadId(one)] for one in dict.fromkeys(wanted)]


def survivor_of(connection: Connection, lead_id: str) -> str:
    """Return the lead that *lead_id* is part of by now: itself, unless it was a double; unknown ids stay as they are."""
    query = select(t.leads.c.merged_into).where(t.leads.c.id == lead_id)
    return connection.execute(query).scalar_one_or_none() or lead_id


def survivor_ids(connection: Connection, lead_ids: Collection[str]) -> list[str]:
    """Return *lead_ids* with the lead that a double became part of in its place, each once, in order."""
    ids = sorted(set(lead_ids))
    query = select(t.leads.c.id, t.leads.c.merged_into).where(t.leads.c.id.in_(IDS), t.leads.c.merged_into.is_not(None))
    joined = {row.id: row.merged_into for row in connection.execute(query, {"ids": ids})}
    return sorted({joined.get(one, one) for one in ids})


def erased(connection: Connection, lead_ids: Collection[str]) -> set[str]:
    """Return those of *lead_ids* that were erased on request."""
    query = select(t.leads.c.id).where(t.leads.c.id.in_(sorted(lead_ids)), t.leads.c.erased_at.is_not(None))
    return set(connection.execute(query).scalars())


def doubles_of(connection: Connection, lead_id: str) -> list[str]:
    """Return the doubles that became part of *lead_id*, in order of their ids."""
    query = select(t.leads.c.id).where(t.leads.c.merged_into == lead_id).order_by(t.leads.c.id)
    return list(connection.execute(query).scalars())


def find_many(connection: Connection, emails: Collection[str], phones: Collection[str]) -> list[StoredLead]:
    """Return every lead that has one of *emails* or *phones*, oldest first."""
    wanted = or_(t.leads.c.email.in_(sorted(emails)), t.leads.c.phone.in_(sorted(phones)))
    rows = connection.execute(select(t.leads).where(wanted).order_by(t.leads.c.created_at, t.leads.c.id)).mappings()
    return [_stored(row) for row in rows]


def sharing(connection: Connection, address_ids: Collection[str]) -> list[StoredLead]:
    """Return every lead that is reached at one of *address_ids*; who was erased is reached nowhere."""
    ids = sorted(address_ids)
    wanted = or_(t.leads.c.email_id.in_(ids), t.leads.c.phone_id.in_(ids))
    query = select(t.leads).where(wanted, t.leads.c.erased_at.is_(None)).order_by(t.leads.c.id)
    rows = connection.execute(query).mappings()
    return [_stored(row) for row in rows]


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert new leads."""
    insert_rows(connection, t.leads, rows)
    lead_words.keep(connection, rows)
    notices.tell(connection, NoticeType.LEAD_CREATED, [(row["id"], None) for row in rows])


def change(connection: Connection, lead_id: str, values: Mapping[str, Any]) -> None:
    """Set *values* on one lead; its version grows, so that whoever edits an older one is told."""
    changed = {**values, "version": t.leads.c.version + 1}
    connection.execute(update(t.leads).where(t.leads.c.id == lead_id).values(changed))
    if values.keys() & set(lead_words.FIELDS):
        lead_words.keep_again(connection, [lead_id])
    if told := sorted(values.keys() - NOT_TOLD):
        notices.tell(connection, NoticeType.LEAD_UPDATED, [(lead_id, {"changed": told})])


def ensure_addresses(
    connection: Connection, keys: Iterable[tuple[str, str]], *, new_id: Any, now: datetime
) -> dict[tuple[str, str], str]:
    """Return the address id of each (kind, key), making those that are new."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    known = _address_ids(connection, wanted)
    missing = [pair for pair in wanted if pair not in known]
    if not missing:
        return known
    rows = [{"id": new_id(), "kind": kind, "key": key, "created_at": now} for kind, key in missing]
    insert_new(connection, t.addresses, rows)
    return _address_ids(connection, wanted)


def lock(connection: Connection, lead_ids: Collection[str], address_ids: Collection[str]) -> None:
    """Lock leads, then addresses, each in sorted order, until the transaction ends.

    Everyone who stops or dispatches takes these locks in this order, so nobody waits in a circle. The weaker strength
    (NO KEY) lets others insert rows that refer to them.
    """
    if not has_row_locks(connection):
        return
    for table, ids in ((t.leads, lead_ids), (t.addresses, address_ids)):
        if ids:
            connection.execute(_LOCK[table], {"ids": sorted(set(ids))}).all()


_LOCK = {
    table: select(table.c.id).where(table.c.id.in_(IDS)).order_by(table.c.id).with_for_update(key_share=True)
    for table in (t.leads, t.addresses)
}


def lock_as_loaded(
    connection: Connection, loaded: Collection[StoredLead], more_address_ids: Iterable[str] = ()
) -> None:
    """Lock *loaded* leads, their addresses and *more_address_ids*; raises `ChangedMeanwhile` where they are others by now.

    What waited for a merge would otherwise be done to the double, and a stop would be lost.
    """
    address_ids = {address for stored in loaded for address in stored.address_ids()}
    lock(connection, {stored.lead.id for stored in loaded}, address_ids | set(more_address_ids))
    if not has_row_locks(connection):
        return  # whoever writes is alone
    present = load(connection, [stored.lead.id for stored in loaded])
    for stored in loaded:
        found = present[stored.lead.id]
        if (found.merged_into, found.address_ids()) != (stored.merged_into, stored.address_ids()):
            message = f"lead {stored.lead.id} was joined with another or given another address just now: try again"
            raise ChangedMeanwhile(message)


def note_first_touch(connection: Connection, lead_ids: Collection[str], at: datetime) -> None:
    """Put on record when these leads were first answered; a later touch changes nothing."""
    if not lead_ids:
        return
    untouched = select(t.leads.c.id).where(t.leads.c.id.in_(sorted(set(lead_ids))), t.leads.c.first_touch_at.is_(None))
    found = connection.execute(untouched.order_by(t.leads.c.id).with_for_update(key_share=True)).scalars().all()
    if found:
        connection.execute(update(t.leads).where(t.leads.c.id.in_(found)).values(first_touch_at=at))


def set_status(connection: Connection, lead_ids: Collection[str], status: LeadStatus) -> None:
    """Set how far these leads have come."""
    changed = {"status": status, "version": t.leads.c.version + 1}
    for lead_id in sorted(set(lead_ids)):
        connection.execute(update(t.leads).where(t.leads.c.id == lead_id).values(changed))
    told = [(lead_id, {"changed": ["status"]}) for lead_id in sorted(set(lead_ids))]
    notices.tell(connection, NoticeType.LEAD_UPDATED, told)


def _address_ids(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    table = t.addresses
    rows = connection.execute(
        select(table.c.kind, table.c.key, table.c.id).where(table.c.key.in_([key for _, key in keys]))
    )
    return {(row.kind, row.key): row.id for row in rows}


def _stored(row: RowMapping) -> StoredLead:
    fields = {name: row[name] for name in LEAD_FIELDS}
    fields["status"] = LeadStatus(fields["status"])
    return StoredLead(
        lead=Lead(**fields),
        email_id=row["email_id"],
        phone_id=row["phone_id"],
        review_since=row["review_since"],
        first_touch_at=row["first_touch_at"],
        checks=row["checks"] or {},
        version=row["version"],
        merged_into=row["merged_into"],
    )
