"""`up` and `web`: serve the console, the lead pages and the API."""

from typing import Annotated

import typer

from engine.cli.apps import one_command
from engine.cli.opening import settings_now
from engine.cli.output import warn
from engine.serving import run_web, serve_all
from engine.settings import Settings
from engine.web.access import is_loopback

APPS = {name: one_command() for name in ("up", "web")}

Host = Annotated[
    str | None,
    typer.Option(
        help="Which address of this machine to listen on; others than 127.0.0.1 let the network in. Put a proxy with TLS "
        "before it, and set FIFTHTOUCH_PUBLIC_URL."
    ),
]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free one.")]


@APPS["up"].command()
def up(*, host: Host = None, port: Port = None) -> None:
    """Run web, ticker and workers in one process."""
    settings = _settings(host, port)
    warn("Bringing the database up to date and publishing the messages; the first time this can take half a minute.")
    serve_all(settings, announce=_announce)


@APPS["web"].command()
def web(*, host: Host = None, port: Port = None) -> None:
    """Serve the console, the lead pages and the API."""
    run_web(_settings(host, port), announce=_announce)


def _settings(host: str | None, port: int | None) -> Settings:
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings_now(is_service=True).model_copy(update=given)
    if not is_loopback(settings.host):
        warn(
            f"Listening on {settings.host}: whoever reaches this machine reaches the console's sign-in page, the lead pages "
            "and the API, without encryption unless a proxy with TLS stands before it."
        )
    return settings


def _announce(address: str, link: str | None) -> None:
    warn(f"The console is at {address} (Ctrl+C ends it)")
    if link is not None:
        warn(
            f"Nobody can sign in yet. Whoever opens this link first becomes the admin; it works once, for a day: {link}"
        )
