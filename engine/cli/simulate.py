"""`simulate`: a sequence rehearsed, on paper for one lead or to the second for many."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from consent.rulebook import load_rulebook
from engine.cli.apps import one_command
from engine.cli.complaints import Complaint
from engine.cli.content import Templates, Trade, all_sequences
from engine.cli.instants import instant_at
from engine.cli.leads_file import bytes_of_file, read_file, tell_errors
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, say, table
from engine.cli.progress import progress_bar
from engine.cli.rehearsed import emit_trial, tell_trial
from engine.content.library import Library, load_library
from engine.content.preview import HARD_CASES
from engine.domain.lead_place import place_of
from engine.domain.task import TaskOutcome
from engine.simulation.audience import Audience, Installed, Invented, Listed
from engine.simulation.behaviour import BEHAVIOURS, TYPICAL, Behaviour, UnknownBehaviour, named, read_behaviour
from engine.simulation.rehearsal import Cast, Step, rehearse
from engine.simulation.trial import try_out

app = one_command()
APPS = {"simulate": app}

LEADS_MAX = 10_000


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
        str | None,
        typer.Option(metavar="N|FILE", help="Let so many invented leads live through it, or those of a CSV file."),
    ] = None,
    real: Annotated[
        bool, typer.Option("--real", help="Let a copy of the installation's own leads; with --leads N the newest N.")
    ] = False,
    behaviour: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE", help="With many leads: silent, typical, eager, weary, or a YAML file of rates."
        ),
    ] = TYPICAL.name,
    segment_cents: Annotated[
        float, typer.Option(min=0, max=1_000, help="With many leads: what a segment of a text costs, in cents.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="With many leads: the same seed and --from give the same story.")] = 7,
    templates: Templates = None,
    trade: Trade = None,
    json: Json = False,
) -> None:
    """Show when a sequence would say what, to one silent lead; or with --leads to many, who answer and stop."""
    library = load_library(templates, trade=trade)
    sequences = all_sequences(library)
    if sequence not in sequences:
        raise Complaint(f"there is no usable sequence {sequence!r}; there is {', '.join(sorted(sequences))}")
    if leads is not None or real:
        asked = Asked(days=days, seed=seed, begin=instant_at(start).replace(microsecond=0))
        audience, behaves = (
            _audience(leads, country if leads_are_file(leads) else None, real=real),
            _behaviour(behaviour),
        )
        _try_out(library, sequence, audience, behaves, asked, cents=segment_cents, json=json)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How long, from when, and by which seed many leads live."""

    days: int
    seed: int
    begin: datetime


def _try_out(
    library: Library, sequence: str, audience: Audience, behaviour: Behaviour, asked: Asked, *, cents: float, json: bool
) -> None:
    settings_now()  # what the engine logs meanwhile belongs on standard error, and only when it is a warning
    with progress_bar("Rehearsing", 100) as show:
        trial = try_out(
            library,
            sequence,
            leads=audience,
            days=asked.days,
            seed=asked.seed,
            start=asked.begin,
            behaviour=behaviour,
            progress=lambda far: show(int(far.share * 100)),
        )
    if json:
        emit_trial(trial, sequence=sequence, behaviour=behaviour.name, cents=cents)
    else:
        tell_trial(trial, behaviour=behaviour.name, cents=cents)


def leads_are_file(leads: str | None) -> bool:
    """Return whether *leads* names a file, and is no number."""
    return leads is not None and not (leads.isascii() and leads.isdigit())


def _audience(leads: str | None, country: str | None, *, real: bool) -> Audience:
    if leads_are_file(leads):
        assert leads is not None
        if real:
            raise Complaint("--real takes the installation's own leads: give --leads a number with it, or leave it out")
        leadfile = read_file(leads, country)
        if not leadfile.rows:
            tell_errors(leadfile)
            raise Complaint(f"{leads} has no lead that can be used")
        return Listed(leadfile=leadfile, source=Path(leads).name)
    count = LEADS_MAX if leads is None else int(leads)
    if not 1 <= count <= LEADS_MAX:
        raise Complaint(f"--leads takes a number from 1 to {LEADS_MAX:,}, or a CSV file")
    return Installed(settings=settings_now(), limit=count) if real else Invented(count=count)


def _behaviour(text: str) -> Behaviour:
    try:
        if text in BEHAVIOURS or not text.endswith((".yaml", ".yml")):
            return named(text)
        return read_behaviour(bytes_of_file(text).decode(errors="replace"), file=text)
    except UnknownBehaviour as error:
        raise Complaint(str(error)) from error


def _row(step: Step) -> tuple[object, ...]:
    because = f"held: {step.held_for}" if step.held_for else f"skipped: {step.skipped_for}" if step.skipped_for else ""
    return step.at, step.sequence, step.stage, step.what, because.replace("_", " ")
