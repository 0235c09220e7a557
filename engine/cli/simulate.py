"""`simulate`: a sequence rehearsed on paper."""

from collections import Counter
from dataclasses import asdict, replace
from typing import Annotated

import typer

from consent.rulebook import load_rulebook
from engine.cli.apps import one_command
from engine.cli.complaints import Complaint
from engine.cli.content import Templates, Trade, all_sequences
from engine.cli.instants import instant_at
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, say, table
from engine.content.library import Library, load_library
from engine.content.preview import HARD_CASES
from engine.domain.lead_place import place_of
from engine.domain.task import TaskOutcome
from engine.simulation.rehearsal import Cast, Step, rehearse
from engine.simulation.trial import try_out

app = one_command()
APPS = {"simulate": app}


@app.command()
def simulate(
    sequence: Annotated[str, typer.Argument(help="The sequence's name.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far to look.")] = 180,
    start: Annotated[str | None, typer.Option("--from", metavar="INSTANT", help="When they enter; else now.")] = None,
    country: Annotated[str, typer.Option(help="Where the invented lead lives.")] = "US",
    region: Annotated[str | None, typer.Option(help="Part of the country.")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA time zone; else where most people there live.")] = None,
    calls: Annotated[TaskOutcome, typer.Option(help="How every call ends.")] = TaskOutcome.NO_ANSWER,
    no_consent: Annotated[bool, typer.Option("--no-consent", help="Suppose that they agreed to nothing.")] = False,
    leads: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Let so many invented leads live through it instead.")
    ] = None,
    seed: Annotated[int, typer.Option(help="With --leads: the same seed gives the same story.")] = 7,
    templates: Templates = None,
    trade: Trade = None,
    json: Json = False,
) -> None:
    """Show when a sequence would say what, to one silent lead; or with --leads to many, who answer and stop."""
    library = load_library(templates, trade=trade)
    sequences = all_sequences(library)
    if sequence not in sequences:
        raise Complaint(f"there is no usable sequence {sequence!r}; there is {', '.join(sorted(sequences))}")
    if leads is not None:
        _try_out(library, sequence, leads=leads, days=days, seed=seed, start=start, json=json)
        return
    begin = instant_at(start)
    lead = replace(HARD_CASES["typical"], country=country.strip().upper(), region=region, zone=zone, created_at=begin)
    # A number of fiction: whatever is rehearsed, nobody's telephone is in it.
    lead = replace(lead, phone="+12025550123" if lead.country == "US" else "+447700900123", zone=place_of(lead).zone)
    cast = Cast(lead=lead, rulebook=load_rulebook(settings_now().rulebook), outcome=calls, consented=not no_consent)
    steps = rehearse(sequences, sequence, cast, start=begin, days=days)
    if json:
        for step in steps:
            emit(asdict(step))
        return
    table(["when", "sequence", "stage", "what", ""], [_row(step) for step in steps], empty="Nothing would be said.")
    say()
    agreed = "nothing" if no_consent else "everything, in writing"
    say(f"Supposed: a lead in {lead.zone} who agreed to {agreed} and never answers.")


def _try_out(
    library: Library, sequence: str, *, leads: int, days: int, seed: int, start: str | None, json: bool
) -> None:
    settings_now()  # what the engine logs meanwhile belongs on standard error, and only when it is a warning
    begin = None if start is None else instant_at(start)
    trial = try_out(library, sequence, leads=leads, days=days, seed=seed, start=begin)
    if json:
        touches = [asdict(touch) for touch in trial.touches]
        emit({"touches": touches, "holds": [asdict(one) for one in trial.holds], "summary": trial.summary.to_json()})
        return
    counted = Counter((one.sequence, one.stage, one.channel, one.state) for one in trial.touches)
    rows = [(*what, count) for what, count in counted.items()]
    table(["sequence", "stage", "channel", "state", "touches"], rows, empty="Nothing would be said.")
    if trial.holds:
        say()
        table(["held for", "rule", "touches"], [(one.reason, one.rule, one.touches) for one in trial.holds], empty="")


def _row(step: Step) -> tuple[object, ...]:
    because = f"held: {step.held_for}" if step.held_for else f"skipped: {step.skipped_for}" if step.skipped_for else ""
    return step.at, step.sequence, step.stage, step.what, because.replace("_", " ")
