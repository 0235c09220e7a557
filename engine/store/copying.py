"""Copy an installation's leads, and what is known of them, into another database: read, never changed.

What only proves the past stays behind: the chain, rendered bodies, raw callbacks, decisions, the sandbox's account.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, select, text, update
from sqlalchemy import insert as insert_into

from channels.sandbox import NAME as SANDBOX
from engine.domain.breaker import WELL, Breaker
from engine.domain.lead import LeadStatus
from engine.store import senders
from engine.store import tables as t
from engine.store.statements import slices
from engine.store.tables import metadata

WHOLE = frozenset(
    {
        "content_current", "content_revisions", "emergencies", "errands", "installation", "registry_copies",
        "registry_entries", "senders", "sequences", "suppressions", "users",
    }
)  # fmt: skip
OF_LEADS = frozenset(
    {"consent_facts", "enrollments", "happenings", "messages", "notes", "provider_events", "replies", "tasks"}
)
ROWS_MAX = 5_000  # read and written together

CLOSED = frozenset({LeadStatus.CUSTOMER, LeadStatus.LOST})


def copy_leads(source: Connection, target: Connection, *, limit: int) -> list[str]:
    """Copy the newest *limit* open leads of *source* into the empty *target*; return their ids.

    *source* is only read, which a server is told; *target* has this release's tables.
    """
    if source.dialect.name == "postgresql":
        source.execute(text("SET TRANSACTION READ ONLY"))
    lead_ids = _newest(source, limit)
    for table in metadata.sorted_tables:
        for query in _queries(source, table, lead_ids):
            for rows in _pages(source, query):
                target.execute(insert_into(table), rows)
    return lead_ids


def let_all_send(connection: Connection) -> None:
    """Let every sender of a copy send as it would once it is live: nothing rests, nothing has failed.

    Where a channel has a sender of a real provider, the sandbox's is the one that rests.
    """
    well = {name: getattr(WELL, name) for name in Breaker.__dataclass_fields__}
    values = {"is_paused": False, "paused_reason": "", "trial_left": None, **well}
    connection.execute(update(t.senders).values(**values))
    connection.execute(update(t.installation).values(is_sending_stopped=False))
    everybody = senders.all_senders(connection)
    live = {one.channel for one in everybody if one.is_live}
    spare = [one.id for one in everybody if one.provider == SANDBOX and one.channel in live]
    connection.execute(update(t.senders).where(t.senders.c.id.in_(spare)).values(is_paused=True))


def _newest(source: Connection, limit: int) -> list[str]:
    table = t.leads
    query = select(table.c.id).where(table.c.status.not_in(sorted(CLOSED)))
    return list(source.execute(query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)).scalars())


def _queries(source: Connection, table: Table, lead_ids: Sequence[str]) -> Iterator[Select[Any]]:
    """Yield what of *table* is copied: all of it, or what belongs to these leads; of most tables nothing."""
    if table.name in WHOLE:
        yield select(table)
    elif table.name in OF_LEADS:
        for ids in slices(lead_ids):
            yield select(table).where(table.c.lead_id.in_(ids))
    elif table is t.leads:
        for ids in slices(lead_ids):
            yield select(table).where(table.c.id.in_(ids))
    elif table is t.addresses:
        for ids in slices(sorted(_address_ids(source, lead_ids))):
            yield select(table).where(table.c.id.in_(ids))
    elif table is t.attempts:
        for ids in slices(lead_ids):
            of_them = select(t.messages.c.id).where(t.messages.c.lead_id.in_(ids))
            yield select(table).where(table.c.message_id.in_(of_them))


def _address_ids(source: Connection, lead_ids: Sequence[str]) -> set[str]:
    found: set[str | None] = set()
    for ids in slices(lead_ids):
        for column, whose in (
            (t.leads.c.email_id, t.leads.c.id),
            (t.leads.c.phone_id, t.leads.c.id),
            (t.messages.c.address_id, t.messages.c.lead_id),
        ):
            found |= set(source.execute(select(column).where(whose.in_(ids))).scalars())
    return {one for one in found if one is not None}


def _pages(source: Connection, query: Select[Any]) -> Iterator[list[dict[str, Any]]]:
    for page in source.execute(query).mappings().partitions(ROWS_MAX):
        yield [dict(row) for row in page]
