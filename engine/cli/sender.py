"""`sender`: the mailboxes and numbers we send from, how fast they are, and whether they rest."""

from dataclasses import asdict
from typing import Annotated

import typer

from channels.address import Address, AddressKind, Channel, kind_of
from channels.sandbox import NAME as SANDBOX
from consent.places import zone_named
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, shown, table
from engine.domain.pacing import daily_limit
from engine.flows.going_live import Limits, change_limits, pause_sender, resume_sender
from engine.flows.kit import Kit
from engine.store import installation, senders

app = noun()
APPS = {"sender": app}

OPERATOR = "command-line"


@app.callback()
def sender() -> None:
    """Look after the mailboxes and numbers we send from."""


@app.command("list")
def list_(*, json: Json = False) -> None:
    """List every sender with its pace."""
    with opened_kit() as kit, kit.database.read() as connection:
        found = senders.all_senders(connection)
    if json:
        for one in found:
            emit({**asdict(one), "rests_for": one.rests_for})
        return
    rows = [
        (
            one.channel,
            one.provider,
            one.address,
            one.name,
            one.pace.rate_per_second,
            _a_day(one),
            one.pace.trial_left,
            one.rests_for.replace("_", " "),
            _failing(one),
        )
        for one in found
    ]
    headers = ["channel", "provider", "address", "name", "a second", "a day", "trial left", "rests", "fails"]
    table(headers, rows, empty="There is none: add one.")


def _a_day(one: senders.Sender) -> str:
    """Say how much may go in a day, with the warm-up and the limit by domain."""
    limit = daily_limit(one.pace)
    said = "" if limit is None else f"{limit} warming up" if limit != one.pace.daily_max else str(limit)
    by_domain = f"{one.domain_daily_max} to a domain" if one.domain_daily_max else ""
    return ", ".join(part for part in (said, by_domain) if part)


def _failing(one: senders.Sender) -> str:
    at = one.breaker.probe_at
    return f"{one.fails_by.replace('_', ' ')}, tried again {shown(at)}" if at else ""


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="The mailbox or number, as leads see it.")],
    *,
    channel: Annotated[Channel, typer.Option(help="email, sms or voicemail.")],
    provider: Annotated[str, typer.Option(help="Whose adapter sends for it.")] = SANDBOX,
    name: Annotated[str, typer.Option(help="As leads see it.")] = "",
    rate: Annotated[float, typer.Option(min=0.001, max=10_000, help="Messages a second.")] = 1.0,
    daily_max: Annotated[int | None, typer.Option(min=0, help="Messages a day; else no limit.")] = None,
    json: Json = False,
) -> None:
    """Add a mailbox or number to send from; one of a real provider rests until `live start`."""
    kind = kind_of(channel)
    canonical = Address.email(address) if kind is AddressKind.EMAIL else Address.phone(address)
    with opened_kit(make=True) as kit:
        if (provider, channel) not in kit.adapters:
            known = ", ".join(sorted(f"{one} for {way}" for one, way in kit.adapters))
            raise Complaint(f"there is no provider {provider!r} for {channel}. There is: {known}")
        with kit.database.write() as connection:
            if provider != SANDBOX and installation.is_demonstration(connection):
                raise Complaint(
                    "this database holds a demonstration, whose leads are invented: nobody real sends for it"
                )
            row = senders.new_row(
                sender_id=kit.ids.new(),
                channel=channel,
                provider=provider,
                address=canonical.value,
                name=name,
                rate_per_second=rate,
                daily_max=daily_max,
                now=kit.database.now(connection),
                paused_reason="" if provider == SANDBOX else senders.NOT_LIVE_YET,
            )
            senders.add(connection, row)
            [kept] = [
                one
                for one in senders.all_senders(connection)
                if (one.channel, one.provider, one.address) == (channel, provider, canonical.value)
            ]
    if json:
        emit({**asdict(kept), "is_new": kept.id == row["id"], "rests_for": kept.rests_for})
        return
    say(f"Added {kept.address}." if kept.id == row["id"] else f"{kept.address} was there already; nothing changed.")
    if kept.rests_for == senders.NOT_LIVE_YET:
        say("It rests until `fifthtouch live start`.")


Which = Annotated[str, typer.Argument(metavar="SENDER", help="Its address, or its id.")]
By = Annotated[str, typer.Option(help="Who says so, for the audit log.")]
Provider = Annotated[str | None, typer.Option(help="Where one address has several.")]


@app.command()
def pause(which: Which, *, provider: Provider = None, by: By = OPERATOR, json: Json = False) -> None:
    """Let a sender rest: when this answers, nothing more leaves by it."""
    with opened_kit() as kit:
        found = _named(kit, which, provider)
        for one in found:
            pause_sender(kit, one, by=by)
    _tell(found, "rests", json=json)


@app.command()
def resume(
    which: Which,
    *,
    provider: Provider = None,
    trial: Annotated[
        int | None, typer.Option(min=1, help="Send so many, then rest again; else without an end.")
    ] = None,
    by: By = OPERATOR,
    json: Json = False,
) -> None:
    """Let a sender go on that rests or whose trial is over."""
    with opened_kit() as kit:
        found = _named(kit, which, provider)
        for one in found:
            resume_sender(kit, one, by=by, trial=trial)
    _tell(found, "goes on", json=json)


@app.command()
def change(
    which: Which,
    *,
    provider: Provider = None,
    rate: Annotated[
        float | None, typer.Option(min=0.001, max=10_000, help="Messages a second; of texts segments.")
    ] = None,
    daily_max: Annotated[int | None, typer.Option(min=0, help="As many a day.")] = None,
    no_daily_max: Annotated[bool, typer.Option("--no-daily-max", help="No limit a day.")] = False,
    domain_max: Annotated[
        int | None, typer.Option(min=0, help="As many a day to one recipient domain; 0 for no limit.")
    ] = None,
    warm_up: Annotated[
        str | None,
        typer.Option(metavar="FIRST[xFACTOR]", help="From today on so many, and each day more: 50x1.5; or `off`."),
    ] = None,
    day_zone: Annotated[str | None, typer.Option(help="Whose midnight begins a day, such as America/New_York.")] = None,
    by: By = OPERATOR,
    json: Json = False,
) -> None:
    """Change how fast and how much a sender may send."""
    if (rate, daily_max, no_daily_max, domain_max, warm_up, day_zone) == (None, None, False, None, None, None):
        raise Complaint("say what to change: --rate, --daily-max, --domain-max, --warm-up ...; see --help")
    if day_zone is not None and zone_named(day_zone) is None:
        raise Complaint(f"there is no time zone {day_zone!r}: write an IANA name such as America/New_York")
    with opened_kit() as kit:
        found = _named(kit, which, provider)
        for one in found:
            limits = Limits(
                rate=rate,
                daily_max=None if no_daily_max else _or(daily_max, one.pace.daily_max),
                day_zone=day_zone or one.pace.day_zone,
                domain_daily_max=_or(domain_max, one.domain_daily_max) or None,
                ramp=_ramp(warm_up),
                keeps_ramp=warm_up is None,
            )
            change_limits(kit, one, limits, by=by)
    _tell(found, "was changed", json=json)


def _or(given: int | None, kept: int | None) -> int | None:
    return kept if given is None else given


RAMP_FACTOR = 1.5
"""How much more a warming sender takes each day where nobody says: mailbox providers look for steady growth."""


def _ramp(text: str | None) -> tuple[int, float] | None:
    """Read `50` or `50x1.5`; None for `off`. Raises `Complaint`."""
    if text is None or text.strip().lower() == "off":
        return None
    first, _, factor = text.strip().lower().partition("x")
    try:
        ramp = int(first), float(factor or RAMP_FACTOR)
    except ValueError:
        ramp = (0, 0.0)
    if ramp[0] < 1 or not 1 < ramp[1] <= RAMP_FACTOR_MAX:
        raise Complaint(
            f"a warm-up of {text!r} can't be read: write 50x1.5 for fifty today and half as many more each day"
        )
    return ramp


RAMP_FACTOR_MAX = 10.0


def _named(kit: Kit, which: str, provider: str | None) -> list[senders.Sender]:
    """Return the senders with this address or id; raises `Complaint` when there is none."""
    with kit.database.read() as connection:
        everyone = senders.all_senders(connection)
    found = [
        one for one in everyone if which.strip().lower() in (one.address, one.id) and provider in (None, one.provider)
    ]
    if not found:
        there = ", ".join(f"{one.address} ({one.channel} by {one.provider})" for one in everyone)
        raise Complaint(f"there is no sender {which!r}. There is: {there or 'none'}")
    return found


def _tell(found: list[senders.Sender], what: str, *, json: bool) -> None:
    for one in found:
        if json:
            emit({"id": one.id, "channel": one.channel, "provider": one.provider, "address": one.address, "did": what})
        else:
            say(f"{one.address} ({one.channel} by {one.provider}) {what}.")
