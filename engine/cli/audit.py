"""`audit`: is anybody forgotten."""

import typer

from engine.cli.apps import one_command
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts
from engine.store import installation, reports

app = one_command()
APPS = {"audit": app}


@app.command()
def audit(*, json: Json = False) -> None:
    """Count the leads, and those without a next step."""
    with opened_kit() as kit, kit.database.read() as connection:
        counts = reports.audit(connection, installation.lived_until(connection, kit.database.now(connection)))
    if json:
        emit(counts)
    else:
        facts((name.replace("_", " "), value) for name, value in counts.items())
    if counts["forgotten"]:
        raise typer.Exit(1)
