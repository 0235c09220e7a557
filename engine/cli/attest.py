"""`attest`: vouch for what the law asks of the business and no machine can see."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from channels.address import Channel
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.flows import vouching
from engine.flows.kit import Kit
from engine.flows.vouching import Standing

GIVE = "give"


class NameFirst(TyperGroup):
    """Takes `attest NAME` for `attest give NAME`: what is done most is said shortest."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the verb that is named, else the one that vouches."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [GIVE, *args]
        return super().resolve_command(ctx, args)


app = noun()
app.info.cls = NameFirst
APPS = {"attest": app}

By = Annotated[str, typer.Option(help="Who vouches: a person's name.")]


@app.callback()
def attest() -> None:
    """Vouch for what the law asks of the business."""


@app.command(GIVE)
def give(
    name: Annotated[str, typer.Argument(help="What for, by the name its rules use: see `attest list`.")],
    *,
    by: By,
    expires: Annotated[str | None, typer.Option(metavar="DATE", help="When somebody must vouch again.")] = None,
    note: Annotated[str, typer.Option(help="What it rests on: a number, a contract, where it is kept.")] = "",
    json: Json = False,
) -> None:
    """Put on record that somebody vouches for one thing; `attest NAME` does the same."""
    expires_at = instant_at(expires) if expires else None
    with opened_kit() as kit:
        known = vouching.asked_for(kit.rulebook)
        if name not in known:
            raise Complaint(f"no rule asks for {name!r}: the rulebook knows {', '.join(known) or 'none'}")
        if not by.strip():
            raise Complaint("say with --by who vouches")
        with kit.database.read() as connection:
            now = kit.database.now(connection)
        if expires_at is not None and expires_at <= now:
            raise Complaint(f"{expires} is over already: to take a word back use `fifthtouch attest revoke {name}`")
        fact_id = vouching.vouch(kit, name, by=by, expires_at=expires_at, note=note)
    if json:
        emit({"id": fact_id, "name": name, "by": by, "expires_at": expires_at})
    else:
        say(f"Recorded: {by} vouches for {name}{f' until {expires_at:%Y-%m-%d}' if expires_at else ''}.")


@app.command("list")
def list_(*, json: Json = False) -> None:
    """Show everything the rulebook wants vouched for, who did, and what is blocked meanwhile."""
    with opened_kit() as kit, kit.database.read() as connection:
        now = kit.database.now(connection)
        found = vouching.standing(connection, kit.rulebook)
    if json:
        for one in found:
            emit(_row(one, now))
        return
    rows = [
        (one.asked.name, _state(one, now), one.asked.channels, one.asked.places, one.asked.asks, one.asked.rules)
        for one in found
    ]
    headers = ["name", "standing", "channels", "places", "asks", "rules"]
    table(headers, rows, empty="The rulebook asks nothing of the business.")


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="What nobody vouches for any more.")],
    *,
    by: By,
    json: Json = False,
) -> None:
    """Take a word back; what its rules ask for is blocked from now on."""
    with opened_kit() as kit:
        if not vouching.revoke(kit, name, by=by):
            raise Complaint(f"nobody vouches for {name!r}: see `fifthtouch attest list`")
    if json:
        emit({"name": name, "by": by, "revoked": True})
    else:
        say(f"Recorded: nobody vouches for {name} any more.")


def missing_for(kit: Kit, channels: Collection[Channel]) -> list[Standing]:
    """Return what is missing for *channels* that go live: their touches are blocked in some places meanwhile."""
    with kit.database.read() as connection:
        return vouching.missing(connection, kit.rulebook, kit.database.now(connection), channels)


def told_missing(found: Sequence[Standing]) -> list[str]:
    """Return one sentence for each thing that is missing, with the remedy."""
    return [
        f"{', '.join(sorted(one.asked.channels))} to {', '.join(one.asked.places)} is blocked until somebody vouches: "
        f"`fifthtouch attest {one.asked.name} --by NAME` ({one.asked.asks})"
        for one in found
    ]


def _row(one: Standing, now: datetime) -> dict[str, object]:
    word = one.word
    return {
        "name": one.asked.name,
        "asks": one.asked.asks,
        "rules": list(one.asked.rules),
        "places": list(one.asked.places),
        "channels": sorted(one.asked.channels),
        "is_waiver": one.asked.is_waiver,
        "in_force_from": one.asked.starts_at,
        "stands": one.stands(now),
        "is_missing": one.is_missing(now),
        "by": word.by if word else None,
        "at": word.at if word else None,
        "expires_at": word.expires_at if word else None,
    }


def _state(one: Standing, now: datetime) -> str:
    if one.word is not None and one.stands(now):
        until = f" until {one.word.expires_at:%Y-%m-%d}" if one.word.expires_at else ""
        return f"{one.word.by}, since {one.word.at:%Y-%m-%d}{until}"
    if one.asked.is_waiver:
        return "not given: the rule counts"
    if not one.is_missing(now):
        return f"wanted from {one.asked.starts_at:%Y-%m-%d}"
    return "run out: blocks" if one.word is not None else "missing: blocks"
