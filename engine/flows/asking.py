"""Ask the gate on behalf of a lead, and put its answer on record."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from channels.address import AddressKind, Channel, kind_of
from consent import gate
from consent.answer import Answer
from consent.facts import Evidence, GateFacts, Purpose, Request
from consent.jurisdiction import candidates
from consent.rulebook import Rulebook
from consent.wire import to_json
from engine import metrics
from engine.ids import Ids
from engine.store.leads import StoredLead

Row = dict[str, Any]

STATED = "stated"
"""Only a zone that the lead or the form named narrows the candidates; a guessed one must not hide its neighbours."""


def address_of(stored: StoredLead, channel: Channel) -> tuple[str | None, str | None]:
    """Return the lead's address for *channel* and the id of its row; None twice when there is none."""
    kind = kind_of(channel)
    if kind is AddressKind.EMAIL:
        return stored.lead.email, stored.email_id
    if kind is AddressKind.PHONE:
        return stored.lead.phone, stored.phone_id
    return None, None


def ask(  # noqa: PLR0913 - the question, and who asks it
    stored: StoredLead,
    facts: GateFacts,
    rulebook: Rulebook,
    now: datetime,
    *,
    channel: Channel,
    purpose: Purpose,
    planned_at: datetime,
    sequence: str,
) -> Answer:
    """Return whether *stored* may be contacted on *channel* at *now*."""
    lead = stored.lead
    stated_zone = lead.zone if lead.zone_source == STATED else None
    jurisdictions, zones = _candidates(lead.country, lead.region, stated_zone, lead.phone, lead.email)
    request = Request(
        channel=channel,
        purpose=purpose,
        address=address_of(stored, channel)[0],
        jurisdictions=jurisdictions,
        zones=zones,
        planned_at=planned_at,
        sequence=sequence or None,
    )
    answer = gate.decide(request, facts, rulebook, now)
    metrics.DECISIONS.labels(answer.outcome, answer.rule).inc()
    return answer


@lru_cache(maxsize=10_000)
def _candidates(
    country: str | None, region: str | None, zone: str | None, phone: str | None, email: str | None
) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """Return where the lead may be; kept, because parsing a number costs more than all rules together."""
    return candidates(country=country, region=region, stated_zone=zone, phone=phone, email=email)


def decision_row(
    ids: Ids, answer: Answer, now: datetime, *, asked: str, message_id: str | None = None, task_id: str | None = None
) -> Row:
    """Return the row that keeps *answer* with every rule it asked."""
    return {
        "id": ids.new(),
        "created_at": now,
        "message_id": message_id,
        "task_id": task_id,
        "asked": asked,
        "outcome": answer.outcome,
        "reason": answer.reason,
        "rule": answer.rule,
        "until": answer.until,
        "trace": to_json(answer)["rules"],
        "rulebook": answer.rulebook,
    }
