"""`consent`: what leads allowed and stopped."""

from typing import Annotated, Any

import typer

from channels.address import Channel
from consent.facts import Basis, FactKind, Purpose
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.consent_chain import anchor, verify
from engine.cli.consent_export import export
from engine.cli.consent_file import import_
from engine.cli.instants import At, instant_at
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.cli.whom import lead_named
from engine.flows.draft import Grant
from engine.flows.granting import grant as record
from engine.flows.withdraw import Stop, lock_leads
from engine.flows.withdraw import withdraw as carry_out
from engine.store.lead_list import consents_of, suppressions_of

app = noun()
APPS = {"consent": app}

Lead = Annotated[str, typer.Argument(metavar="LEAD", help="Id, email or phone.")]
By = Annotated[str, typer.Option(help="Who records it.")]


@app.callback()
def consent() -> None:
    """See and record what leads allowed and stopped."""


app.command()(verify)
app.command()(anchor)
app.command("import")(import_)
app.command()(export)


@app.command()
def show(who: Lead, *, json: Json = False) -> None:
    """Show a lead's part of the ledger, and its suppressed addresses."""
    with opened_kit() as kit, kit.database.read() as connection:
        lead_id = lead_named(connection, who).lead.id
        facts = [dict(row) for row in consents_of(connection, lead_id)]
        stops = [dict(row) for row in suppressions_of(connection, lead_id)]
    if json:
        kept = ("kind", "channel", "reason", "source", "at")
        emit(
            {"lead_id": lead_id, "facts": facts, "suppressions": [{name: one[name] for name in kept} for one in stops]}
        )
        return
    rows = [(one["at"], one["channel"], one["kind"], one["basis"], one["source"], _wording(one)) for one in facts]
    table(["when", "channel", "what", "basis", "source", "wording"], rows, empty="Nothing was allowed or stopped.")
    for one in stops:
        say(f"{one['channel'] or one['kind']} is suppressed: {one['reason']} ({one['source']})")


def _wording(fact: dict[str, Any]) -> str:
    return str(fact["personal"].get("wording", "")) if fact["personal"] else "(erased)"


@app.command()
def grant(
    who: Lead,
    channel: Annotated[Channel, typer.Argument(help="What they allowed.")],
    *,
    wording: Annotated[str, typer.Option(help="What exactly they agreed to, in the words they saw or heard.")],
    basis: Annotated[Basis, typer.Option(help="How they agreed.")] = Basis.EXPRESS,
    purpose: Annotated[Purpose, typer.Option(help="For what.")] = Purpose.MARKETING,
    page: Annotated[str, typer.Option(help="Where they saw it.")] = "",
    act: Annotated[str, typer.Option(help="What they did: signed, said so on the telephone ...")] = "told a person",
    evidence: Annotated[str, typer.Option(help="Where more is kept: a recording, a scan.")] = "",
    topic: Annotated[str | None, typer.Option(help="What it is about, if not about everything.")] = None,
    at: At = None,
    by: By = "command-line",
    json: Json = False,
) -> None:
    """Record that a lead allowed a channel."""
    if not wording.strip():
        raise Complaint("say with --wording what they agreed to: without it a consent proves nothing")
    given = Grant(
        channel=channel,
        basis=basis,
        purpose=purpose,
        topic=topic,
        at=instant_at(at) if at else None,
        wording=wording,
        page=page,
        act=act,
        evidence=evidence,
    )
    with opened_kit() as kit, kit.database.write() as connection:
        stored, now = lead_named(connection, who), kit.database.now(connection)
        lock_leads(connection, [stored])
        lead_id = stored.lead.id
        fact_id = record(kit, connection, stored, given, now, source="person", recorded_by=by)
    if json:
        emit({"id": fact_id, "lead_id": lead_id, "channel": channel, "kind": FactKind.GRANTED, "basis": basis})
    else:
        say(f"Recorded: {channel} is allowed ({basis.replace('_', ' ')}).")


@app.command()
def withdraw(
    who: Lead,
    channels: Annotated[
        list[Channel] | None, typer.Argument(metavar="[CHANNEL]...", help="Else every channel.")
    ] = None,
    *,
    wording: Annotated[str, typer.Option(help="What they said.")] = "",
    by: By = "command-line",
    json: Json = False,
) -> None:
    """Stop a lead's channels, with their kin; returns when nothing can leave any more."""
    with opened_kit() as kit:
        with kit.database.read() as connection:
            lead_id = lead_named(connection, who).lead.id
        stop = Stop(channels=frozenset(channels or ()), source="person", wording=wording, recorded_by=by)
        carry_out(kit, lead_id, stop)
    ended = sorted(stop.covers())
    if json:
        emit({"lead_id": lead_id, "channels": ended, "kind": FactKind.WITHDRAWN})
    else:
        say(f"Stopped: {', '.join(ended)}. Nothing more can leave.")
