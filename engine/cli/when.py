"""`when`: what a delay comes to on a calendar."""

from typing import Annotated

import typer

from engine.cli.apps import one_command
from engine.cli.output import Json, emit, say
from engine.clock import SystemClock
from engine.domain.timing import when as find_when

app = one_command()
APPS = {"when": app}


@app.command()
def when(
    *,
    country: Annotated[str, typer.Option(help="ISO 3166 code, such as US; GB-ENG names a region too.")],
    after: Annotated[str, typer.Option(help='Such as "3 business days", "2 weeks at 9:30", "10 minutes".')],
    region: Annotated[str | None, typer.Option(help="Part of the country, such as CA.")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="A day, or an instant; else now.")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA time zone; else where most people there live.")] = None,
    json: Json = False,
) -> None:
    """Say when something falls due, by calendar and clock."""
    code, _, part = country.strip().partition("-")
    found = find_when(
        code, region or part or None, SystemClock().now() if start is None else start.strip(), after, zone=zone
    )
    if json:
        emit({"date": found.date, "at": found.at})
    else:
        say(f"{found.date:%A, %Y-%m-%d} ({found.at:%Y-%m-%d %H:%M} UTC)")
