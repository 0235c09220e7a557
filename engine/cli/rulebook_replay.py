"""`rulebook replay`: what would have been decided otherwise under another rulebook. `rulebook` registers it."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from consent.rulebook import load_rulebook
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.flows.replaying import replay as ask_again


def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Your own rules, as you would have them.")],
    *,
    days: Annotated[int, typer.Option(min=1, help="How far back.")] = 30,
    limit: Annotated[int, typer.Option(min=1, help="At most so many answers, the newest.")] = 10_000,
    json: Json = False,
) -> None:
    """Ask the gate again what it was asked, by the packaged rules with FILE beside them; change nothing."""
    edited = load_rulebook(file)
    with opened_kit() as kit:
        found = ask_again(kit, edited, span=timedelta(days=days), limit=limit)
    if json:
        emit(asdict(found))
        return
    say(f"{found.asked} answers were asked for again, {found.changed} would be others.")
    rows = [(one.before, one.after, one.rule, one.count, one.examples) for one in found.changes]
    table(["from", "to", "rule", "answers", "for example"], rows, empty="No answer changes.")
    if found.drifted:
        say(
            f"{found.drifted} differ from what was answered then under today's rules too: not all of the past can be asked."
        )
