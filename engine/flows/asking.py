"""Ask the gate on behalf of a lead, and put its answer on record.

Whoever asks about a stored lead asks by `request_for`, so that what is planned, sent, shown, rehearsed and explained rests
on one reading of the lead.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from channels.address import AddressKind, Channel, is_demonstration, kind_of
from consent import gate
from consent.answer import Answer
from consent.facts import GateFacts, Purpose, Rendered, Request
from consent.jurisdiction import candidates
from consent.rulebook import Rulebook
from consent.wire import to_json
from engine import metrics
from engine.domain.lead import Lead
from engine.ids import Ids
from engine.store.leads import StoredLead
from engine.store.senders import Sender

Row = dict[str, Any]

STATED = "stated"
"""Only a zone that the lead or the form named narrows the candidates; a guessed one must not hide its neighbours."""

BUSINESS = "business"
"""The custom field by which somebody who knows says that a lead is a company; see decision 0006."""

_YES = frozenset({"true", "yes", "1"})  # how files and forms spell it; whatever else stands there says nothing


def address_of(stored: StoredLead, channel: Channel) -> tuple[str | None, str | None]:
    """Return the lead's address for *channel* and the id of its row; None twice when there is none."""
    kind = kind_of(channel)
    if kind is AddressKind.EMAIL:
        return stored.lead.email, stored.email_id
    if kind is AddressKind.PHONE:
        return stored.lead.phone, stored.phone_id
    return None, None


def is_business(lead: Lead) -> bool:
    """Return whether the law's laxer rules for companies may count: somebody said so, and the company has a name.

    A company's name alone says nothing: consumers name their employers, and one-person firms count as people.
    """
    return bool(lead.company.strip()) and str(lead.custom.get(BUSINESS, "")).strip().lower() in _YES


def is_rehearsal(ways: Collection[Sender]) -> bool:
    """Return whether what any of *ways* sends reaches nobody; where there is none, a person acts, or somebody may yet."""
    return bool(ways) and not any(one.is_live for one in ways)


def request_for(  # noqa: PLR0913 - one argument for each thing that is asked about
    stored: StoredLead,
    *,
    channel: Channel,
    purpose: Purpose,
    planned_at: datetime | None,
    sequence: str,
    topic: str | None = None,
    rendered: Rendered | None = None,
    is_rehearsed: bool = False,
    given_zone: str | None = None,
) -> Request:
    """Return the question whether *stored* may be contacted on *channel*.

    *is_rehearsed* says that nothing would leave. Where a person acts, so that there is no sender to tell, a number that
    is kept for fiction says as much. *given_zone* is a person's order to look at that zone alone.
    """
    lead = stored.lead
    address = address_of(stored, channel)[0]
    stated_zone = lead.zone if lead.zone_source == STATED else None
    jurisdictions, zones = candidates(
        lead.country, lead.region, stated_zone, lead.phone, lead.email, given_zone=given_zone
    )
    return Request(
        channel=channel,
        purpose=purpose,
        address=address,
        jurisdictions=jurisdictions,
        zones=zones,
        planned_at=planned_at,
        sequence=sequence or None,
        business=is_business(lead),
        topic=topic,
        rendered=rendered,
        is_rehearsed=is_rehearsed or _is_fiction(channel, address),
    )


def _is_fiction(channel: Channel, address: str | None) -> bool:
    return channel is Channel.CALL and address is not None and is_demonstration(address)


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
    topic: str | None = None,
    rendered: Rendered | None = None,
    is_rehearsed: bool = False,
) -> Answer:
    """Return whether *stored* may be contacted on *channel* at *now*; see `request_for`."""
    request = request_for(
        stored,
        channel=channel,
        purpose=purpose,
        planned_at=planned_at,
        sequence=sequence,
        topic=topic,
        rendered=rendered,
        is_rehearsed=is_rehearsed,
    )
    answer = gate.decide(request, facts, rulebook, now)
    metrics.DECISIONS.labels(answer.outcome, answer.rule).inc()
    return answer


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
