"""Rows of a double point to the lead it becomes part of; the ledger's stay where they are, since nothing rewrites it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from engine.domain.message import CLAIMABLE_STATES, MessageState
from engine.store import lead_words, leads
from engine.store import tables as t
from engine.store.enrollments import IS_OPEN

CANDIDATES_MAX = 50

MOVED = (t.enrollments, t.tasks, t.notes, t.happenings)
"""What names its lead and is found by it."""


def move_rows(connection: Connection, double: str, survivor: str) -> dict[str, int]:
    """Let everything about *double* be about *survivor*; return how many rows of which table.

    What was tried before keeps to whom it was written then: what that one had said is what it is judged by. What a
    worker has claimed is given back, because the worker asks the gate about the double.
    """
    moved = {"messages": _move_messages(connection, double, survivor)}
    for table in (*MOVED, t.replies):
        statement = update(table).where(table.c.lead_id == double).values(lead_id=survivor)
        moved[table.name] = connection.execute(statement).rowcount
    _join_threads(connection, double, survivor)
    return moved


def _move_messages(connection: Connection, double: str, survivor: str) -> int:
    table, events = t.messages, t.provider_events
    mine = table.c.lead_id == double
    tried = update(table).where(mine, table.c.tries > 0, table.c.sent_as.is_(None))
    connection.execute(tried.values(sent_as=double))
    # By what they are about: the events themselves are not found by their lead.
    about_sent = events.c.message_id.in_(select(table.c.id).where(mine))
    about_said = events.c.id.in_(select(t.replies.c.id).where(t.replies.c.lead_id == double))
    for about in (about_sent, about_said):
        connection.execute(update(events).where(about).values(lead_id=survivor))
    return connection.execute(update(table).where(mine).values(lead_id=survivor)).rowcount


def give_back_claims(connection: Connection, lead_ids: Collection[str]) -> None:
    """Take what is claimed for *lead_ids* from its workers; nothing of it has left."""
    table = t.messages
    claimed = (table.c.lead_id.in_(sorted(lead_ids)), table.c.state == MessageState.CLAIMED)
    connection.execute(update(table).where(*claimed).values(state=MessageState.SCHEDULED, claimed_by=None))


def _join_threads(connection: Connection, double: str, survivor: str) -> None:
    table = t.threads
    theirs = connection.execute(select(table).where(table.c.lead_id == double)).mappings().first()
    if theirs is None:
        return
    own = connection.execute(select(table).where(table.c.lead_id == survivor)).mappings().first()
    if own is None:
        connection.execute(update(table).where(table.c.lead_id == double).values(lead_id=survivor))
        return
    joined = {"last_at": max(own["last_at"], theirs["last_at"]), "owner": own["owner"] or theirs["owner"]}
    connection.execute(update(table).where(table.c.lead_id == survivor).values(joined))
    connection.execute(table.delete().where(table.c.lead_id == double))


def lock_messages(connection: Connection, lead_ids: Collection[str]) -> None:
    """Lock what has not left for *lead_ids*, in order."""
    table = t.messages
    waiting = (table.c.lead_id.in_(sorted(lead_ids)), table.c.state.in_(sorted(CLAIMABLE_STATES)))
    connection.execute(select(table.c.id).where(*waiting).order_by(table.c.id).with_for_update()).all()


def absorb(
    connection: Connection, double: str, survivor: str, *, left: Mapping[str, Any], gained: Mapping[str, Any]
) -> None:
    """Let *double* be part of *survivor* from now on, and its own doubles too; addresses leave the one first."""
    connection.execute(update(t.leads).where(t.leads.c.merged_into == double).values(merged_into=survivor))
    leads.change(connection, double, {**left, "merged_into": survivor, "review_since": None})
    leads.change(connection, survivor, gained)
    lead_words.keep_again(connection, [double, survivor])


def exclusive_of(connection: Connection, lead_id: str) -> set[str]:
    """Return the exclusive enrollments that *lead_id* walks."""
    table = t.enrollments
    query = select(table.c.id).where(table.c.lead_id == lead_id, IS_OPEN, table.c.is_exclusive)
    return set(connection.execute(query).scalars())


def facts_to_carry(connection: Connection, lead_id: str) -> Sequence[RowMapping]:
    """Return what *lead_id* asked for or allowed, with its proof, oldest first."""
    table = t.consent_facts
    query = select(table).where(table.c.lead_id == lead_id, table.c.kind.in_(("granted", "requested")))
    return connection.execute(query.order_by(table.c.at, table.c.id)).mappings().all()


def opted_out_addresses(connection: Connection, address_ids: Collection[str]) -> Sequence[RowMapping]:
    """Return the suppressions of *address_ids* that are a person's own word, or end every address of a person."""
    stops, addresses = t.suppressions, t.addresses
    query = (
        select(stops.c.kind, stops.c.channel, stops.c.reason)
        .join(addresses, (addresses.c.kind == stops.c.kind) & (addresses.c.key == stops.c.key))
        .where(
            addresses.c.id.in_(sorted(address_ids)), stops.c.reason.in_(("opted_out", "legal", "deceased", "complaint"))
        )
    )
    return connection.execute(query).mappings().all()


def candidates(connection: Connection, lead: RowMapping) -> Sequence[RowMapping]:
    """Return who may be *lead* once more: who has its phone, or shares a word of its company or last name with it."""
    table, words = t.leads, t.lead_words
    alive = (table.c.id != lead["id"], table.c.merged_into.is_(None), table.c.erased_at.is_(None))
    found: dict[str, RowMapping] = {}
    if lead["phone"]:
        query = select(table).where(table.c.phone == lead["phone"], *alive).limit(CANDIDATES_MAX)
        found |= {row["id"]: row for row in connection.execute(query).mappings()}
    company, names = (lead_words.fold(lead[one]).split() for one in ("company", "last_name"))
    if company and (names or lead["first_name"]):
        name = (names or lead_words.fold(lead["first_name"]).split())[-1]
        shared = [
            select(words.c.lead_id).where(words.c.word == word[: lead_words.WORD_MAX]) for word in (company[0], name)
        ]
        query = select(table).where(*(table.c.id.in_(one) for one in shared), *alive).limit(CANDIDATES_MAX)
        found |= {row["id"]: row for row in connection.execute(query).mappings()}
    return [found[one] for one in sorted(found)]
