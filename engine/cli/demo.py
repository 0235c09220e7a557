"""`demo`: invented leads walk half a year; then a summary, and a console to look around in."""

from collections.abc import Callable
from typing import Annotated

import typer

from engine.cli.apps import one_command
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, facts, say, warn
from engine.cli.progress import progress_bar
from engine.settings import Settings
from engine.simulation.demo import DAYS, LEADS, SEED, run_demo
from engine.simulation.summary import Summary

app = one_command()
APPS = {"demo": app}


@app.command()
def demo(
    *,
    leads: Annotated[int, typer.Option(min=1, max=100_000, help="How many invented leads.")] = LEADS,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many virtual days.")] = DAYS,
    seed: Annotated[int, typer.Option(help="The same seed gives the same story.")] = SEED,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only the summary, no console.")] = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Of the console; 0 takes a free one.")] = None,
    json: Json = False,
) -> None:
    """Watch invented leads walk half a year, then look around."""
    settings = settings_now()
    summary = _run(settings, leads, days, seed)
    if json:
        emit(summary.to_json())
    else:
        tell(summary)
    if not no_serve:
        _serve(settings if port is None else settings.model_copy(update={"port": port}), warn if json else say)


def _run(settings: Settings, leads: int, days: int, seed: int) -> Summary:
    with progress_bar(f"{leads} leads, {days} days", 100) as show:
        return run_demo(
            settings,
            leads=leads,
            days=days,
            seed=seed,
            progress=lambda progress: show(round(progress.share * 100)),
        )


def tell(summary: Summary) -> None:
    """Say in a few lines what came of it."""
    say(
        f"{summary.leads} leads followed up for {summary.days} days in {summary.seconds:g} seconds (seed {summary.seed})"
    )
    say()
    facts([
        ("touches", sum(summary.touches.values())),
        *((f"  {channel}", count) for channel, count in summary.touches.items()),
        ("held until allowed", summary.held),
        ("skipped, with a reason", summary.skipped),
        ("replies", summary.replies),
        ("opted out", summary.opt_outs),
    ])  # fmt: skip
    say()
    facts([
        ("sent after an opt-out", summary.sent_after_opt_out),
        ("sent twice", summary.duplicates),
        ("leads forgotten", summary.forgotten),
    ])  # fmt: skip


def _serve(settings: Settings, announce: Callable[[str], None]) -> None:
    from engine.bootstrap import open_kit, real_world
    from engine.flows.welcoming import look_around_link
    from engine.running import close
    from engine.serving import serve_web

    settings = settings.model_copy(update={"public_url": None})  # it shows itself here, whatever it plays
    world = real_world(settings)
    kit = open_kit(settings, world)
    announce("")
    try:
        serve_web(
            kit,
            settings,
            announce=lambda address, link: announce(f"Look around: {link or address} (Ctrl+C ends it)"),
            link=look_around_link,
        )
    finally:
        close(kit, world)
