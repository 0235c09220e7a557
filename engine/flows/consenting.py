"""Make rows of the consent ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels.address import Channel
from consent.facts import Basis, FactKind, Purpose
from consent.ledger import Value, commit_to
from engine.flows.kit import Kit


def fact_row(  # noqa: PLR0913 - one argument for each column
    kit: Kit,
    lead_id: str,
    *,
    channel: Channel,
    purpose: Purpose | None,
    kind: FactKind,
    basis: Basis,
    at: datetime,
    now: datetime,
    source: str,
    recorded_by: str,
    personal: Mapping[str, Value],
    expires_at: datetime | None = None,
    topic: str | None = None,
) -> dict[str, Any]:
    """Return one fact as it is appended; *personal* is what erasure may take, and stands beside a salted commitment.

    What proves a lead's word is a `Proof`, by its `to_personal`.
    """
    salt = kit.ids.new()
    return {
        "id": kit.ids.new(),
        "lead_id": lead_id,
        "channel": channel,
        "purpose": purpose,
        "topic": topic,
        "kind": kind,
        "basis": basis,
        "at": at,
        "recorded_at": now,
        "expires_at": expires_at,
        "source": source,
        "recorded_by": recorded_by,
        "personal": {**personal, "salt": salt},
        "commitment": commit_to(personal, salt.encode()),
    }
