"""`gate explain`: may a lead be contacted, here, now, this way, and why (not)."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from channels.address import Channel
from consent.answer import Answer, Outcome, RuleAnswer
from consent.facts import Basis, Purpose
from consent.places import zone_named
from consent.rulebook import load_rulebook
from consent.wire import to_json
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import At, instant_at
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, say, shown, table
from engine.flows.explaining import NotAnAddress, Somebody, about_lead, about_somebody
from engine.flows.lifting import allowed_from, lifted_by

app = noun()
APPS = {"gate": app}

ALIASES = {"voicemail_drop": Channel.VOICEMAIL, "manual_call": Channel.CALL}
"""What compliance.yaml calls some of our channels."""


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
        book = load_rulebook(settings_now().rulebook)
        somebody = Somebody(country=country or "", region=region or "", zone=zone, address=to, agreed=consent)
        try:
            answer = about_somebody(book, somebody, channel=way, purpose=purpose, now=now)
        except NotAnAddress as error:
            raise Complaint(str(error)) from error
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


def _about_lead(
    text: str, channel: Channel, purpose: Purpose, zone: str | None, at: datetime | None
) -> tuple[Answer, datetime]:
    from engine.cli.opening import opened_kit
    from engine.cli.whom import lead_named

    with opened_kit() as kit, kit.database.read() as connection:
        stored, now = lead_named(connection, text), at or kit.database.now(connection)
        return about_lead(kit, connection, stored, channel=channel, purpose=purpose, zone=zone, now=now), now


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
