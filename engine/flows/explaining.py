"""Explain what the gate answers, about a lead or about anybody at a place: every rule that applies is asked."""

from dataclasses import dataclass, replace
from datetime import datetime

from channels.address import Address, AddressKind, Channel, InvalidAddress, kind_of
from consent import gate
from consent.answer import Answer
from consent.facts import Basis, ConsentFact, FactKind, GateFacts, Purpose, Request
from consent.jurisdiction import candidates
from consent.rulebook import Rulebook
from engine.flows.asking import is_rehearsal, request_for
from engine.flows.kit import Kit
from engine.store import consents, senders
from engine.store.database import Connection
from engine.store.leads import StoredLead

SOMEWHERE = "an address of this kind"  # stands for the address nobody named: the question is about place and time


class NotAnAddress(ValueError):
    """The address cannot be read, or is none for this channel; the message says what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person nobody has on record: where they are, and how one supposes that they agreed."""

    country: str = ""  # US, or US-FL with its part
    region: str = ""
    zone: str | None = None  # look at this time zone alone
    address: str | None = None  # it tells where somebody may be, too
    agreed: Basis | None = None


def about_somebody(
    rulebook: Rulebook, somebody: Somebody, *, channel: Channel, purpose: Purpose, now: datetime
) -> Answer:
    """Return what the gate answers about *somebody* at *now*; raises `NotAnAddress`."""
    code, _, part = somebody.country.strip().partition("-")
    address = _address(somebody.address, code or None, channel)
    jurisdictions, zones = candidates(
        code or None,
        somebody.region or part or None,
        phone=address.value if address and address.kind is AddressKind.PHONE else None,
        email=address.value if address and address.kind is AddressKind.EMAIL else None,
        given_zone=somebody.zone,
    )
    request = Request(
        channel=channel,
        purpose=purpose,
        address=address.value if address else SOMEWHERE,
        jurisdictions=jurisdictions,
        zones=zones,
    )
    if somebody.agreed is None:
        return gate.decide(request, GateFacts(), rulebook, now)
    return gate.decide(replace(request, is_rehearsed=True), _supposed(channel, somebody.agreed, now), rulebook, now)


def about_lead(
    kit: Kit,
    connection: Connection,
    stored: StoredLead,
    *,
    channel: Channel,
    purpose: Purpose,
    zone: str | None,
    now: datetime,
) -> Answer:
    """Return what the gate answers about *stored* at *now*; *zone* is an order to look at that zone alone."""
    ways = [one for one in senders.all_senders(connection) if one.channel is channel]
    request = request_for(
        stored,
        channel=channel,
        purpose=purpose,
        planned_at=None,
        sequence="",
        is_rehearsed=is_rehearsal(ways),
        given_zone=zone,
    )
    known = consents.load_gate_facts(connection, [stored], now)[stored.lead.id]
    return gate.decide(request, known, kit.rulebook, now)


def _address(text: str | None, country: str | None, channel: Channel) -> Address | None:
    if text is None:
        return None
    try:
        address = Address.email(text) if "@" in text else Address.phone(text, country)
    except InvalidAddress as error:
        raise NotAnAddress(str(error)) from error
    kind = kind_of(channel)
    if kind is not None and address.kind is not kind:
        wanted = "an email address" if kind is AddressKind.EMAIL else "a phone number"
        raise NotAnAddress(f"{text} is no address for {channel}: give {wanted}")
    return address


def _supposed(channel: Channel, basis: Basis, now: datetime) -> GateFacts:
    fact = ConsentFact(
        id="supposed", kind=FactKind.GRANTED, channel=channel, purpose=None, basis=basis, at=now, source="supposed"
    )
    return GateFacts(consents=(fact,))
