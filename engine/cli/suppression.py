"""`suppression`: addresses that must not be used, whoever has them."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from channels.address import Address, Channel, InvalidAddress, kind_of
from consent.facts import SuppressionReason
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.leads_file import bytes_of_file
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, say, table, warn
from engine.flows.suppress_addresses import Wanted, suppress
from engine.leadfile.suppression_rows import read_suppressions
from engine.store import dossiers

app = noun()
APPS = {"suppression": app}

One = Annotated[str, typer.Argument(metavar="ADDRESS", help="Email address, or phone number with +.")]
Why = Annotated[SuppressionReason, typer.Option(help="Why it must not be used.")]
By = Annotated[str, typer.Option(help="Who says so; kept in the audit log.")]


@app.callback()
def suppression() -> None:
    """Look after the addresses that must not be used."""


@app.command()
def add(
    address: One,
    *,
    reason: Why,
    channel: Annotated[Channel | None, typer.Option(help="Only this channel; else all of the address.")] = None,
    by: By = "command-line",
    json: Json = False,
) -> None:
    """Stop using an address, for every lead that has it now or later; returns when nothing more can leave."""
    read = _address(address)
    if channel is not None and kind_of(channel) is not read.kind:
        raise Complaint(f"{channel} doesn't go to {'an email address' if '@' in address else 'a number'}: leave it out")
    with opened_kit() as kit:
        fresh = suppress(kit, [Wanted(address=read, reason=reason, channel=channel)], by=by)
    if json:
        emit({"kind": read.kind, "reason": reason, "channel": channel, "new": fresh > 0})
    else:
        say("It is not used any more." if fresh else "It was suppressed for this already.")


@app.command("list")
def list_(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 50,
    json: Json = False,
) -> None:
    """List what is suppressed, the newest first; addresses are kept as keyed hashes alone."""
    with opened_kit() as kit, kit.database.read() as connection:
        rows = [dict(row) for row in dossiers.latest_suppressions(connection, limit=limit)]
    if json:
        for row in rows:
            emit(row)
        return
    shown = [(row["at"], row["channel"] or row["kind"], row["reason"], row["source"], row["key"][:12]) for row in rows]
    table(["since", "what", "reason", "source", "hash"], shown, empty="No address is suppressed.")


@app.command()
def check(address: One, *, json: Json = False) -> None:
    """Say whether an address may be used; exits with 1 where something stands against it."""
    read = _address(address)
    with opened_kit() as kit, kit.database.read() as connection:
        key = kit.address_key.key_of(read.kind, read.value)
        rows = dossiers.suppressions_of_key(connection, read.kind, key)
    found = [{name: row[name] for name in ("channel", "reason", "source", "at")} for row in rows]
    if json:
        emit({"suppressed": bool(found), "suppressions": found})
    else:
        shown = [(one["at"], one["channel"] or read.kind, one["reason"], one["source"]) for one in found]
        table(["since", "what", "reason", "source"], shown, empty="Nothing stands against it.")
    if found:
        raise typer.Exit(1)


@app.command("import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV file, or one address a line; - reads input.")],
    *,
    reason: Annotated[SuppressionReason, typer.Option(help="For rows that name none.")] = SuppressionReason.OPTED_OUT,
    country: Annotated[str | None, typer.Option(help="Where numbers without + are, such as US.")] = None,
    by: By = "import",
    json: Json = False,
) -> None:
    """Stop using every address in a file."""
    found, errors = read_suppressions(bytes_of_file(file), country=country)
    source = f"{by}: {Path(file).name}"
    wanted = [Wanted(address=one.address, reason=one.reason or reason, channel=one.channel) for one in found]
    fresh = 0
    with opened_kit() as kit:
        for start in range(0, len(wanted), 500):
            fresh += suppress(kit, wanted[start : start + 500], by=source)
    counts = Counter(str(one.reason) for one in wanted)
    if json:
        emit({"rows": len(found) + len(errors), "new": fresh, "reasons": counts, "errors": errors})
    else:
        for error in errors[:20]:
            warn(f"line {error.line}: {error.problem} {error.remedy}")
        facts([("addresses", len(found)), ("new", fresh), ("refused", len(errors))])
    if errors:
        raise typer.Exit(1)


def _address(text: str) -> Address:
    try:
        return Address.email(text) if "@" in text else Address.phone(text)
    except InvalidAddress as error:
        raise Complaint("this is no email address, and no number with + and country code") from error
