"""Consent: what a lead allowed and stopped, with its proof, and what the gate would say now."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import AfterValidator, ConfigDict, Field

from channels.address import Channel
from consent import gate
from consent.answer import Outcome
from consent.facts import Basis, FactKind, Purpose, SuppressionReason
from engine.domain.lead import LeadId
from engine.flows.asking import address_of, is_rehearsal, request_for
from engine.flows.draft import Grant
from engine.flows.granting import grant
from engine.flows.kit import Kit
from engine.flows.withdraw import Stop, lock_leads, withdraw
from engine.store import consents, lead_list, leads, senders
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.web.api import problems
from engine.web.api.answers import Answer, ConsentOut
from engine.web.api.asks import REACHED_BY, ConsentIn, reached_by
from engine.web.api.carrying import ThisCarrier
from engine.web.api.lead_facts import NO_LEAD, instant_of
from engine.web.api.permits import CONSENT_READ, CONSENT_WRITE
from engine.web.api.problems import FieldError, Refused
from engine.web.api.texts import Line, Strict
from engine.web.edge import ThisEdge

router = APIRouter(tags=["Consent"])
CREATED, OK = 201, 200


class RuleOut(Answer):
    """What one rule of the gate says."""

    id: str
    outcome: Outcome
    reason: str = Field(description="In one word, such as quiet_hours.")
    until: datetime | None
    citation: str = Field(description="Where the rule stands.")


class PermissionOut(Answer):
    """Whether the lead may be contacted in one way, at this instant."""

    channel: Channel
    outcome: Outcome = Field(description="allow, hold or block.")
    reason: str = Field(description="Why not, in one word; empty for an allow.")
    rule: str = Field(description="The deciding rule; empty for an allow.")
    until: datetime | None = Field(description="When to ask again, where time alone helps.")
    rules: list[RuleOut] = Field(description="Every rule that applies and does not allow it.")


class StandsAgainstOut(Answer):
    """What stands against an address of the lead's."""

    channel: Channel | None = Field(description="Null for every channel of the address.")
    reason: SuppressionReason
    source: str
    at: datetime


class ConsentStateOut(Answer):
    """What a lead allowed, and what follows from it now."""

    lead_id: str
    purpose: Purpose
    permissions: list[PermissionOut] = Field(description="One for each channel by which the lead can be reached.")
    facts: list[ConsentOut] = Field(description="The lead's part of the ledger, oldest first.")
    suppressions: list[StandsAgainstOut]


class GrantIn(ConsentIn):
    """Permission as the lead gave it, with its proof."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "channel": "sms",
                    "basis": "express_written",
                    "wording": "Text me about my request. Reply STOP to end.",
                    "page": "https://alderfinch.example.com/contact",
                    "ip": "192.0.2.1",
                }
            ]
        },
    )

    source: Line = Field(default="api", description="Where they said so, such as preference-page.")


class GrantedOut(Answer):
    """A grant that was put on record."""

    id: str = Field(description="The fact's id in the ledger.")
    lead_id: str
    channel: Channel
    kind: FactKind
    basis: Basis
    at: datetime


class WithdrawalIn(Strict):
    """What the lead wants no more of."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"channels": ["sms"], "wording": "no more texts please"}, {}]}
    )

    channels: list[Annotated[Channel, AfterValidator(reached_by)]] = Field(
        default=[], max_length=len(REACHED_BY), description="Left out or empty: every channel."
    )
    wording: Line = Field(default="", description="What they said.")
    source: Line = Field(default="api", description="Where they said so.")


class WithdrawnOut(Answer):
    """A stop that was put on record; when this is answered, nothing more can leave."""

    lead_id: str
    channels: list[Channel] = Field(description="What ended, with its kin: a text's stop ends voicemail too.")


@router.get("/v1/leads/{lead_id}/consent", summary="Read a lead's consent", dependencies=[CONSENT_READ])
def read_consent(lead_id: UUID, edge: ThisEdge) -> ConsentStateOut:
    """Return what a lead allowed and stopped, and what the gate says of marketing on each channel now, with reasons.

    A message is asked again at the instant it leaves; this is how it stands now.
    """
    with edge.kit.database.read() as connection:
        stored = _stored(connection, lead_id)
        now = edge.kit.database.now(connection)
        permissions = _permissions(edge.kit, connection, stored, now)
        facts = lead_list.consents_of(connection, str(lead_id))
        stops = lead_list.suppressions_of(connection, str(lead_id))
    return ConsentStateOut(
        lead_id=str(lead_id),
        purpose=Purpose.MARKETING,
        permissions=permissions,
        facts=[ConsentOut(**{name: row[name] for name in ConsentOut.model_fields}) for row in facts],
        suppressions=[
            StandsAgainstOut(channel=row["channel"] or None, **{name: row[name] for name in ("reason", "source", "at")})
            for row in stops
        ],
    )


@router.post(
    "/v1/leads/{lead_id}/consent/grants",
    status_code=CREATED,
    response_model=GrantedOut,
    summary="Record that a lead allowed something",
    dependencies=[CONSENT_WRITE],
)
def grant_consent(lead_id: UUID, body: GrantIn, carrier: ThisCarrier) -> Response:
    """Put a grant on record with its proof; it lifts the lead's own earlier stop on that channel, and nothing else."""

    def work(connection: Connection, now: datetime) -> tuple[int, GrantedOut]:
        stored = _stored(connection, lead_id)
        if address_of(stored, body.channel)[0] is None:
            found = FieldError(
                field="channel", message="The lead has no address for this.", remedy="Add its email or phone first."
            )
            raise Refused(problems.INVALID, errors=[found])
        lock_leads(connection, [stored])
        at = instant_of(body.at, now, "at")
        given = Grant(**{**body.model_dump(exclude={"source"}), "at": at})
        by = carrier.caller.by
        fact_id = grant(carrier.edge.kit, connection, stored, given, now, source=body.source or "api", recorded_by=by)
        return CREATED, GrantedOut(
            id=fact_id, lead_id=str(lead_id), channel=body.channel, kind=given.kind, basis=body.basis, at=at
        )

    return carrier.carry(body, work)


@router.post(
    "/v1/leads/{lead_id}/consent/withdrawals",
    response_model=WithdrawnOut,
    summary="Record that a lead said stop",
    dependencies=[CONSENT_WRITE],
)
def withdraw_consent(lead_id: UUID, body: WithdrawalIn, carrier: ThisCarrier) -> Response:
    """Put a stop on record and carry it out; when this is answered, nothing more can leave."""

    def work() -> tuple[int, WithdrawnOut]:
        kit = carrier.edge.kit
        with kit.database.read() as connection:
            _stored(connection, lead_id)
        stop = Stop(
            channels=frozenset(body.channels),
            source=body.source or "api",
            wording=body.wording,
            recorded_by=carrier.caller.by,
        )
        withdraw(kit, str(lead_id), stop)
        return OK, WithdrawnOut(lead_id=str(lead_id), channels=sorted(stop.covers()))

    return carrier.carry_apart(body, work)


def _permissions(kit: Kit, connection: Connection, stored: StoredLead, now: datetime) -> list[PermissionOut]:
    known = consents.load_gate_facts(connection, [stored], now)[stored.lead.id]
    everybody = senders.all_senders(connection)
    told = []
    for channel in REACHED_BY:
        if address_of(stored, channel)[0] is None:
            continue
        request = request_for(
            stored,
            channel=channel,
            purpose=Purpose.MARKETING,
            planned_at=None,
            sequence="",
            is_rehearsed=is_rehearsal([one for one in everybody if one.channel is channel]),
        )
        answer = gate.decide(request, known, kit.rulebook, now)
        against = [one for one in answer.rules if one.outcome is not Outcome.ALLOW]
        names = tuple(RuleOut.model_fields)
        told.append(
            PermissionOut(
                channel=channel,
                **{name: getattr(answer, name) for name in ("outcome", "reason", "rule", "until")},
                rules=[RuleOut(**{name: getattr(one, name) for name in names}) for one in against],
            )
        )
    return told


def _stored(connection: Connection, lead_id: UUID) -> StoredLead:
    found = leads.load(connection, [str(lead_id)])
    if not found:
        raise Refused(problems.NOT_FOUND, NO_LEAD)
    return found[LeadId(str(lead_id))]
