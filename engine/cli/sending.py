"""`sending`: the one switch that stops everything, the sandbox too."""

from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say
from engine.flows.going_live import switch_sending

app = noun()
APPS = {"sending": app}

By = Annotated[str, typer.Option(help="Who says so, for the audit log.")]


@app.callback()
def sending() -> None:
    """Stop all sending at once, and start it again."""


@app.command()
def stop(
    *,
    by: By = "command-line",
    reason: Annotated[str, typer.Option(help="Why, for whoever sees it.")] = "",
    json: Json = False,
) -> None:
    """Stop all sending: when this answers, nothing more leaves, whatever sends it."""
    _switch(is_stopped=True, by=by, reason=reason, json=json)


@app.command()
def start(*, by: By = "command-line", json: Json = False) -> None:
    """Start sending again, as far as each sender may."""
    _switch(is_stopped=False, by=by, json=json)


def _switch(*, is_stopped: bool, by: str, json: bool, reason: str = "") -> None:
    with opened_kit() as kit:
        switch_sending(kit, is_stopped=is_stopped, by=by, reason=reason)
    if json:
        emit({"is_sending_stopped": is_stopped})
    else:
        say("Nothing leaves any more." if is_stopped else "Sending goes on.")
