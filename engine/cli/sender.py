"""`sender`: the mailboxes and numbers we send from."""

from dataclasses import asdict
from typing import Annotated

import typer

from channels.address import Address, AddressKind, Channel, kind_of
from channels.sandbox import NAME as SANDBOX
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.store import senders

app = noun()
APPS = {"sender": app}


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
            emit(asdict(one))
        return
    rows = [
        (one.channel, one.provider, one.address, one.name, one.pace.rate_per_second, one.pace.daily_max, one.is_paused)
        for one in found
    ]
    table(
        ["channel", "provider", "address", "name", "a second", "a day", "paused"], rows, empty="There is none: add one."
    )


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
    """Add a mailbox or number to send from."""
    kind = kind_of(channel)
    canonical = Address.email(address) if kind is AddressKind.EMAIL else Address.phone(address)
    with opened_kit(make=True) as kit:
        if (provider, channel) not in kit.adapters:
            known = ", ".join(sorted(f"{one} for {way}" for one, way in kit.adapters))
            raise Complaint(f"there is no provider {provider!r} for {channel}. There is: {known}")
        with kit.database.write() as connection:
            row = senders.new_row(
                sender_id=kit.ids.new(),
                channel=channel,
                provider=provider,
                address=canonical.value,
                name=name,
                rate_per_second=rate,
                daily_max=daily_max,
                now=kit.database.now(connection),
            )
            senders.add(connection, row)
            [kept] = [
                one
                for one in senders.all_senders(connection)
                if (one.channel, one.provider, one.address) == (channel, provider, canonical.value)
            ]
    if json:
        emit({**asdict(kept), "is_new": kept.id == row["id"]})
    else:
        say(f"Added {kept.address}." if kept.id == row["id"] else f"{kept.address} was there already; nothing changed.")
