"""`lead add`: take one lead in, as a person types it."""

from typing import Annotated

import typer

from channels.address import Address, Channel
from consent.facts import Basis
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, say
from engine.domain.timing import Place
from engine.flows.checking import ask_online, checked, in_words, with_answer
from engine.flows.draft import Draft, Grant
from engine.flows.intake import Arrival, receive_leads


def add(
    *,
    email: Annotated[str | None, typer.Option(help="Email address.")] = None,
    phone: Annotated[str | None, typer.Option(help="Phone number, with + or with --country.")] = None,
    first_name: Annotated[str, typer.Option(help="Given name.")] = "",
    last_name: Annotated[str, typer.Option(help="Family name.")] = "",
    company: Annotated[str, typer.Option(help="Company.")] = "",
    country: Annotated[str | None, typer.Option(help="Where they live, such as US.")] = None,
    region: Annotated[str | None, typer.Option(help="Part of the country, such as FL.")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA time zone, if they told it.")] = None,
    language: Annotated[str, typer.Option(help="BCP 47, such as es.")] = "en",
    interest: Annotated[str, typer.Option(help="What they asked about.")] = "",
    source: Annotated[str, typer.Option(help="Where they came from: web-form, missed-call, phone ...")] = "phone",
    note: Annotated[str, typer.Option(help="Something to remember.")] = "",
    consent: Annotated[list[Channel] | None, typer.Option(help="A channel they agreed to; may be repeated.")] = None,
    basis: Annotated[Basis, typer.Option(help="How they agreed.")] = Basis.EXPRESS,
    wording: Annotated[str, typer.Option(help="What exactly they agreed to, in the words they saw or heard.")] = "",
    json: Json = False,
) -> None:
    """Take one lead in; sequences for new leads begin at once."""
    if not email and not phone:
        raise Complaint("a lead needs an address: give --email, --phone or both")
    if consent and not wording:
        raise Complaint("say with --wording what they agreed to: without it a consent proves nothing")
    if zone is not None:
        Place(zone=zone)
    draft = Draft(
        email=Address.email(email).value if email else None,
        phone=Address.phone(phone, country).value if phone else None,
        first_name=first_name,
        last_name=last_name,
        company=company,
        country=country.strip().upper() if country else None,
        region=region,
        zone=zone,
        language=language,
        interest=interest,
        source=source,
        note=note,
        grants=tuple(Grant(channel=one, basis=basis, wording=wording, act="told a person") for one in consent or ()),
    )
    with opened_kit(make=True) as kit:
        draft = checked(draft)
        [arrival] = receive_leads(kit, [draft], recorded_by="command-line")
        checks = with_answer(draft.checks, takes_mail=ask_online(kit, arrival.lead_id))
    if json:
        emit({**_plain(arrival), "checks": checks})
    else:
        _tell(arrival)
        for remark in in_words(checks):
            say(f"Note: {remark}.")


def _plain(arrival: Arrival) -> dict[str, object]:
    entries = [
        {
            "sequence": one.sequence,
            "enrollment_id": one.enrollment_id,
            "reason": one.answer.reason,
            "detail": one.answer.detail,
        }
        for one in arrival.entries
    ]
    return {"id": arrival.lead_id, "is_new": arrival.is_new, "entries": entries}


def _tell(arrival: Arrival) -> None:
    say(arrival.lead_id)
    say("A new lead." if arrival.is_new else "Known already: what was missing was filled in.")
    facts(
        (one.sequence, "begins now" if one.enrollment_id else f"not entered: {one.answer.reason} {one.answer.detail}")
        for one in arrival.entries
    )
    if any(one.enrollment_id for one in arrival.entries):
        say("Sent by `fifthtouch up` while it runs; `fifthtouch work --once` does what is due now.")
    elif arrival.is_new:
        say("No sequence takes this lead, so its owner has a task: see `fifthtouch task list`.")
    say(f"Follow it with `fifthtouch lead show {arrival.lead_id}`.")
