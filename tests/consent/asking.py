"""Questions to the gate with plain values, so that a test shows only what it is about."""

from datetime import UTC, datetime, timedelta

from channels.address import Channel
from consent.answer import Answer, RuleAnswer
from consent.facts import (
    Basis,
    ConsentFact,
    Evidence,
    FactKind,
    GateFacts,
    Purpose,
    Request,
    Suppression,
    SuppressionReason,
    TouchFact,
)
from consent.gate import decide
from consent.rulebook import load_rulebook

MONDAY = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # noon in New York, 9:00 in Los Angeles
LONG_AGO = MONDAY - timedelta(days=40)


def granted(
    channel: Channel = Channel.SMS,
    basis: Basis = Basis.EXPRESS_WRITTEN,
    at: datetime = LONG_AGO,
    purpose: Purpose | None = None,
    expires_at: datetime | None = None,
    topic: str | None = None,
) -> ConsentFact:
    """Return a grant."""
    return ConsentFact(
        id=f"granted-{channel}-{at:%d%H%M}",
        kind=FactKind.GRANTED,
        channel=channel,
        purpose=purpose,
        basis=basis,
        at=at,
        expires_at=expires_at,
        topic=topic,
    )


def withdrawn(
    channel: Channel = Channel.SMS,
    at: datetime = LONG_AGO,
    purpose: Purpose | None = None,
    topic: str | None = None,
) -> ConsentFact:
    """Return a stop."""
    return ConsentFact(
        id=f"withdrawn-{channel}-{at:%d%H%M}",
        kind=FactKind.WITHDRAWN,
        channel=channel,
        purpose=purpose,
        basis=Basis.NONE,
        at=at,
        topic=topic,
    )


def suppressed(reason: SuppressionReason, channel: Channel | None = None) -> Suppression:
    """Return a suppression of the address asked about."""
    return Suppression(id="suppression", reason=reason, channel=channel, at=LONG_AGO)


def touches(channel: Channel, *hours_ago: float, now: datetime = MONDAY) -> tuple[TouchFact, ...]:
    """Return marketing touches."""
    return tuple(TouchFact(channel=channel, at=now - timedelta(hours=hours)) for hours in hours_ago)


def request(
    channel: Channel = Channel.SMS,
    *places: str,
    zones: tuple[str, ...] = (),
    purpose: Purpose = Purpose.MARKETING,
    business: bool = False,
    planned_at: datetime | None = None,
    address: str | None = "an address",
    is_rehearsed: bool = True,
    topic: str | None = None,
) -> Request:
    """Return a question about a lead in *places*, `US-OH` and its clock if none is named.

    It is rehearsed, so that what the business has to vouch for stands in no other question's way.
    """
    return Request(
        channel=channel,
        purpose=purpose,
        address=address,
        jurisdictions=tuple(Evidence(value=place, source="address") for place in places or ("US-OH",)),
        zones=tuple(Evidence(value=zone, source="address") for zone in zones),
        planned_at=planned_at,
        business=business,
        is_rehearsed=is_rehearsed,
        topic=topic,
    )


def ask(question: Request, facts: GateFacts | None = None, now: datetime = MONDAY) -> Answer:
    """Ask the packaged rulebook."""
    return decide(question, facts or GateFacts(), load_rulebook(), now)


def rule(answer: Answer, rule_id: str) -> RuleAnswer:
    """Return what one rule said; fails where it wasn't asked."""
    return next(said for said in answer.rules if said.id == rule_id)
