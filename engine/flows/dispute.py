"""All that is on record about one person's permission, for a dispute: what proves it, and what was sent because of it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from channels.address import Address
from consent.ledger import canonical
from engine.flows.kit import Kit
from engine.store import audit, chain, dossiers, log
from engine.store.database import Connection
from engine.store.pages import Row

SAID = ("id", "channel", "at", "body", "label", "message_id")
SENT = (
    "id", "channel", "purpose", "template", "sequence", "stage", "state", "reason", "rule", "created_at", "accepted_at",
    "provider", "provider_id", "delivery", "content_revision",
)  # fmt: skip
DECIDED = ("message_id", "asked", "outcome", "reason", "rule", "rulebook", "created_at", "trace")
STOPPED = ("kind", "channel", "reason", "source", "at")


def dossier(kit: Kit, connection: Connection, lead_ids: Sequence[str], addresses: Sequence[Address]) -> dict[str, Any]:
    """Return what is on record about *lead_ids* and *addresses*; of an erased person what erasure leaves."""
    facts = [dict(row) for row in dossiers.facts_of(connection, lead_ids)]
    sent = dossiers.messages_of(connection, lead_ids)
    keys = [(one.kind, kit.address_key.key_of(one.kind, one.value)) for one in addresses]
    stops = [row for kind, key in keys for row in dossiers.suppressions_of_key(connection, kind, key)]
    subjects = [*lead_ids, *(f"{kind}:{key}" for kind, key in keys), *(row["id"] for row in sent)]
    return {
        "made_at": kit.database.now(connection),
        "leads": list(lead_ids),
        "addresses": [{"kind": kind, "hash": key} for kind, key in keys],
        "facts": facts,
        "seals": _seals(connection, [fact["id"] for fact in facts]),
        "suppressions": [_pick(row, STOPPED) for row in stops],
        "messages": [_message(row) for row in sent],
        "decisions": [_pick(row, DECIDED) for row in dossiers.decisions_of(connection, [row["id"] for row in sent])],
        "replies": [_pick(row, SAID) for row in dossiers.replies_of(connection, lead_ids)],
        "audit": [dict(row) for row in audit.about(connection, subjects)],
    }


def _seals(connection: Connection, fact_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return each seal these facts stand in, with the hash of every fact of it, so that its head can be recomputed.

    Other people's facts are there as hashes alone.
    """
    mine = set(fact_ids)
    found = []
    for number in sorted({number for number, _ in dossiers.places_of(connection, fact_ids).values()}):
        link = chain.head_at(connection, number)
        assert link is not None
        facts = [
            {
                "position": place,
                "hash": sha256(canonical(fact)).hexdigest(),
                "fact": fact_id if fact_id in mine else None,
            }
            for place, fact_id, fact in chain.batch(connection, number)
        ]
        found.append({"number": number, "previous_head": link.previous_head, "head": link.head, "facts": facts})
    return found


def _message(row: Row) -> dict[str, Any]:
    body = log.unpack(row["rendered"]) if row["rendered"] else None
    digest = sha256(canonical_body(body)).hexdigest() if body is not None else None
    return {**_pick(row, SENT), "body": body, "body_sha256": digest}


def canonical_body(body: Mapping[str, Any]) -> bytes:
    """Return the one text of what was rendered, as it is hashed."""
    return canonical(dict(body))


def _pick(row: Row, names: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}
