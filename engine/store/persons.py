"""All that is kept about one person: read for them, and taken away for good."""

import json
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import Connection, RowMapping, Select, Table, and_, delete, or_, select, update

from engine.domain.lead import LeadStatus
from engine.store import tables as t
from engine.store.statements import update_rows
from engine.store.tables.ledger import ERASED

ERASED_IN = "erased_in"
"""The one custom field of an erased lead: by whose law proof of its consents is kept."""

ERASED_TITLE = "erased on request"
PAYLOADS_AT_ONCE = 200

ABOUT: tuple[Table, ...] = (
    t.notes, t.happenings, t.consent_facts, t.enrollments, t.messages, t.replies, t.provider_events, t.tasks,
    t.webhook_deliveries, t.form_suspects,
)  # fmt: skip
"""The tables whose rows name the lead they are about."""


def read_rows(connection: Connection, lead_id: str) -> dict[str, list[RowMapping]]:
    """Return every row about *lead_id*, by table, oldest first: its own, those that name it, and what was sent to it.

    With what is kept of its doubles.
    """
    lead_ids = [lead_id, *connection.execute(select(t.leads.c.id).where(t.leads.c.merged_into == lead_id)).scalars()]
    found: dict[str, list[RowMapping]] = {"leads": _rows(connection, select(t.leads).where(t.leads.c.id.in_(lead_ids)))}
    for table in ABOUT:
        found[table.name] = _rows(connection, select(table).where(table.c.lead_id.in_(lead_ids)).order_by(table.c.id))
    message_ids = [row["id"] for row in found["messages"]]
    for table in (t.message_bodies, t.attempts, t.decisions, t.answers):
        column = "message_id"
        found[table.name] = _rows(connection, select(table).where(table.c[column].in_(message_ids)))
    reply_ids = [row["id"] for row in found["replies"]]
    more = {
        t.reply_corrections: t.reply_corrections.c.reply_id.in_(reply_ids),
        t.threads: t.threads.c.lead_id.in_(lead_ids),
        t.import_rows: t.import_rows.c.lead_id.in_(lead_ids),
    }
    for table, wanted in more.items():
        found[table.name] = _rows(connection, select(table).where(wanted))
    audit = select(t.audit_log).where(t.audit_log.c.subject.in_([*lead_ids, *message_ids])).order_by(t.audit_log.c.at)
    found["audit_log"] = _rows(connection, audit)
    return found


def _rows(connection: Connection, query: Select[Any]) -> list[RowMapping]:
    return list(connection.execute(query).mappings())


def erase(
    connection: Connection, lead_id: str, now: datetime, *, places: Collection[str], kept_fact_ids: Collection[str]
) -> dict[str, int]:
    """Empty all that names the person behind *lead_id*; return how many rows of which table were touched.

    The facts *kept_fact_ids* keep their proof, and *places* tell later by whose law. Addresses outlive it as keyed
    hashes, by which a dispute still finds what was on record.
    """
    message_ids = select(t.messages.c.id).where(t.messages.c.lead_id == lead_id)
    mine = t.consent_facts.c.lead_id == lead_id
    unkept = t.consent_facts.c.id.not_in(sorted(kept_fact_ids))
    nobody = {
        "first_name": "", "last_name": "", "company": "", "email": None, "phone": None, "interest": "",
        "custom": {ERASED_IN: sorted(places)}, "checks": None, "review_since": None, "erased_at": now,
        "status": LeadStatus.LOST, "version": t.leads.c.version + 1,
    }  # fmt: skip
    reply_ids = select(t.replies.c.id).where(t.replies.c.lead_id == lead_id)
    corrections = t.reply_corrections
    done = {
        t.leads: update(t.leads).where(t.leads.c.id == lead_id).values(nobody),
        t.lead_words: delete(t.lead_words).where(t.lead_words.c.lead_id == lead_id),
        t.notes: delete(t.notes).where(t.notes.c.lead_id == lead_id),
        t.happenings: update(t.happenings).where(t.happenings.c.lead_id == lead_id).values(detail={}),
        t.replies: update(t.replies).where(t.replies.c.lead_id == lead_id).values(body="", reading={}),
        t.answers: update(t.answers)
        .where(t.answers.c.message_id.in_(message_ids))
        .values(subject="", body="", thread=[]),
        corrections: update(corrections).where(corrections.c.reply_id.in_(reply_ids)).values(reading={}),
        t.tasks: update(t.tasks).where(t.tasks.c.lead_id == lead_id).values(title=ERASED_TITLE, body="", note=""),
        t.consent_facts: update(t.consent_facts).where(mine, unkept).values(personal=ERASED),
        t.message_bodies: delete(t.message_bodies).where(t.message_bodies.c.message_id.in_(message_ids)),
        t.message_words: delete(t.message_words).where(t.message_words.c.message_id.in_(message_ids)),
        t.sandbox_messages: delete(t.sandbox_messages).where(t.sandbox_messages.c.message_id.in_(message_ids)),
        t.attempts: update(t.attempts).where(t.attempts.c.message_id.in_(message_ids)).values(detail=""),
        t.audit_log: update(t.audit_log).where(t.audit_log.c.subject == lead_id).values(before=None, after=None),
    }
    touched = {table.name: connection.execute(statement).rowcount for table, statement in done.items()}
    return touched | {t.provider_events.name: _silence_events(connection, lead_id)}


def _silence_events(connection: Connection, lead_id: str) -> int:
    """Take address and words out of what providers said about the lead; when and what happened stays."""
    table = t.provider_events
    rows = connection.execute(select(table.c.id, table.c.event).where(table.c.lead_id == lead_id)).all()
    silent = [
        {"id": row.id, "event": {**row.event, "address": "", "text": None, "extra": {}}, "problem": None}
        for row in rows
    ]
    update_rows(connection, table, silent)
    return len(silent)


def empty_proof(connection: Connection, fact_ids: Sequence[str]) -> int:
    """Take the proof out of *fact_ids*, whose time to be kept is over; return how many there were."""
    table = t.consent_facts
    return connection.execute(update(table).where(table.c.id.in_(fact_ids)).values(personal=ERASED)).rowcount


def kept_proofs(connection: Connection) -> Sequence[RowMapping]:
    """Return the facts of erased leads that still hold their proof, with where their lead was."""
    facts, leads = t.consent_facts, t.leads
    query = (
        select(facts.c.id, facts.c.channel, leads.c.custom, leads.c.erased_at, facts.c.personal)
        .join(leads, leads.c.id == facts.c.lead_id)
        .where(leads.c.erased_at.is_not(None))
        .order_by(facts.c.id)
    )
    return [row for row in connection.execute(query).mappings() if row["personal"]]


def payloads_since(connection: Connection, since: datetime, after: tuple[datetime, str] | None) -> Sequence[RowMapping]:
    """Return the next raw callbacks stored from *since* on, in their order, *after* the one told."""
    table = t.provider_payloads
    query = select(table.c.id, table.c.created_at, table.c.body).where(table.c.created_at >= since)
    if after is not None:
        at, row_id = after
        later = and_(table.c.created_at == at, table.c.id > row_id)
        query = query.where(or_(table.c.created_at > at, later))
    return connection.execute(query.order_by(table.c.created_at, table.c.id).limit(PAYLOADS_AT_ONCE)).mappings().all()


def drop_payload(connection: Connection, row_id: str, created_at: datetime, problem: str) -> None:
    """Empty one raw callback, and note why."""
    table = t.provider_payloads
    connection.execute(
        update(table)
        .where(table.c.id == row_id, table.c.created_at == created_at)
        .values(body=zlib.compress(b""), headers={}, problem=problem)
    )


def names_one_of(body: bytes, addresses: Collection[str]) -> bool:
    """Return whether a raw callback names one of *addresses*, however it is escaped."""
    text = zlib.decompress(body).lower()
    return any(spelling in text for address in addresses for spelling in _spellings(address))


def _spellings(address: str) -> Iterator[bytes]:
    plain = address.lower()
    for spelled in {plain, quote(plain), quote_plus(plain), json.dumps(plain)[1:-1], re.sub(r"^\+", "", plain)}:
        yield spelled.lower().encode()


def counts(rows: Mapping[str, Sequence[Any]]) -> dict[str, int]:
    """Return how many rows of which table there are, those without any left out."""
    return {name: len(found) for name, found in rows.items() if found}
