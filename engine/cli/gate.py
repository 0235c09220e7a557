"""`gate explain`: may a lead be contacted, here, now, this way, and why (not)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from channels.address import Address, AddressKind, Channel, kind_of
from consent import gate as the_gate
from consent.answer import Answer, Outcome, RuleAnswer
from consent.facts import Basis, ConsentFact, FactKind, GateFacts, Purpose, Request
from consent.jurisdiction import candidates
from consent.places import zone_named
from consent.rulebook import load_rulebook
from consent.wire import to_json
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import At, instant_at
from engine.cli.lifting import allowed_from, lifted_by
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, say, shown, table

app = noun()
APPS = {"gate": app}

ALIASES = {"voicemail_drop": Channel.VOICEMAIL, "manual_call": Channel.CALL}
"""What compliance.yaml calls some of our channels."""

SOMEWHERE = "an address of this kind"  # stands for the address nobody named: the question is about place and time


@app.callback()
def gate() -> None:
    """Ask whether a lead may be contacted, and why."""


@app.command()
def explain(
    *,
    channel: Annotated[str, typer.Option(help="email, sms, voicemail, call, letter or social.")],
    lead: Annotated[str | None, typer.Option(help="A lead in the database: its id, email or phone.")] = None,
    country: Annotated[str | None, typer.Option(help="Without a lead: where somebody is, such as US.")] = None,
    region: Annotated[str | None, typer.Option(help="Part of the country, such as FL.")] = None,
    zone: Annotated[str | None, typer.Option(help="Look at this time zone alone.")] = None,
    to: Annotated[str | None, typer.Option(help="The address: it tells where somebody may be, too.")] = None,
    consent: Annotated[Basis | None, typer.Option(help="Suppose that they agreed in this way.")] = None,
    purpose: Annotated[Purpose, typer.Option(help="Why we write.")] = Purpose.MARKETING,
    at: At = None,
    json: Json = False,
) -> None:
    """Ask every rule that applies, and say what each answers."""
    way, now = channel_named(channel), instant_at(at).astimezone(UTC)
    if zone is not None and zone_named(zone) is None:
        raise Complaint(f"there is no time zone {zone!r}: write an IANA name such as America/New_York")
    if lead is not None:
        answer, now = _about_lead(lead, way, purpose, zone, now if at else None)
    elif country is not None or to is not None:
        request = replace(_about_anybody(way, purpose, country, region, zone, to), is_rehearsed=consent is not None)
        supposed = _supposed(way, consent, now) if consent else GateFacts()
        answer = the_gate.decide(request, supposed, load_rulebook(settings_now().rulebook), now)
    else:
        raise Complaint("about whom? Give --lead, or --country with --region, --zone or --to")
    if json:
        emit({**to_json(answer), "allowed_from": allowed_from(answer, now), "lifted_by": lifted_by(answer)})
    else:
        _tell(answer)


def channel_named(text: str) -> Channel:
    """Return the channel that *text* names; raises `Complaint`."""
    word = text.strip().lower()
    if word in ALIASES:
        return ALIASES[word]
    try:
        return Channel(word)
    except ValueError as error:
        raise Complaint(f"there is no channel {text!r}: write {', '.join(Channel)}") from error


def _about_anybody(
    channel: Channel, purpose: Purpose, country: str | None, region: str | None, zone: str | None, to: str | None
) -> Request:
    code, _, part = (country or "").strip().partition("-")
    address = _address(to, code or None)
    jurisdictions, zones = candidates(
        code or None,
        region or part or None,
        phone=address.value if address and address.kind is AddressKind.PHONE else None,
        email=address.value if address and address.kind is AddressKind.EMAIL else None,
        given_zone=zone,
    )
    kind = kind_of(channel)
    if address is not None and kind is not None and address.kind is not kind:
        raise Complaint(
            f"{to} is no address for {channel}: give {'an email address' if kind == 'email' else 'a phone number'}"
        )
    return Request(
        channel=channel,
        purpose=purpose,
        address=address.value if address else SOMEWHERE,
        jurisdictions=jurisdictions,
        zones=zones,
    )


def _address(text: str | None, country: str | None) -> Address | None:
    if text is None:
        return None
    return Address.email(text) if "@" in text else Address.phone(text, country)


def _supposed(channel: Channel, basis: Basis, now: datetime) -> GateFacts:
    fact = ConsentFact(
        id="supposed", kind=FactKind.GRANTED, channel=channel, purpose=None, basis=basis, at=now, source="supposed"
    )
    return GateFacts(consents=(fact,))


def _about_lead(
    text: str, channel: Channel, purpose: Purpose, zone: str | None, at: datetime | None
) -> tuple[Answer, datetime]:
    from engine.cli.opening import opened_kit
    from engine.cli.whom import lead_named
    from engine.flows.asking import is_rehearsal, request_for
    from engine.store import consents, senders

    with opened_kit() as kit, kit.database.read() as connection:
        stored, now = lead_named(connection, text), at or kit.database.now(connection)
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
        return the_gate.decide(request, known, kit.rulebook, now), now


def _tell(answer: Answer) -> None:
    say(verdict(answer.outcome, answer.until, answer.reason, answer.rule))
    for one in lifted_by(answer):
        say(f"Would be lifted by {one}.")
    if answer.evidence:
        say("Where: " + ", ".join(f"{sign.value} ({sign.source})" for sign in answer.evidence))
    say()
    rows = [(one.id, one.outcome, one.until, one.reason, _looked_at(one), one.citation) for one in answer.rules]
    table(["rule", "answer", "until", "reason", "looked at", "source"], rows, empty="No rule applies.")
    say()
    say(f"Rulebook {answer.rulebook}. Engineering material, not legal advice.")


def _looked_at(answer: RuleAnswer) -> str:
    told = [f"{name.replace('_', ' ')}: {shown(value)}" for name, value in answer.inputs.items() if value is not None]
    return "; ".join(told)


def verdict(outcome: str, until: datetime | None, reason: str, rule: str) -> str:
    """Return the gate's answer as a sentence."""
    because = f"{reason.replace('_', ' ')}, {rule}" if rule else reason.replace("_", " ")
    match Outcome(outcome):
        case Outcome.ALLOW:
            return "Allowed, at this instant."
        case Outcome.HOLD:
            return f"Held until {shown(until) or 'somebody decides'}: {because}."
        case Outcome.BLOCK:
            return f"Blocked: {because}."
