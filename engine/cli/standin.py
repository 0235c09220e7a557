"""`standin`: SendGrid, Twilio and a mail relay on this machine, to try the product as it will be used."""

import shlex
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from channels.address import mask
from channels.standin import Accepted, StandIn
from engine.cli.apps import one_command
from engine.cli.complaints import Complaint
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, say, warn

app = one_command()
APPS = {"standin": app}

LOOK_SECONDS = 0.3
PORT_BASE_MAX = 65_532

# Addresses of fiction, which no real provider would be asked to write to; and replies that find their message.
TRYING = {"FIFTHTOUCH_ALLOW_LIST": "@example.com,+1503555*", "FIFTHTOUCH_REPLY_DOMAIN": "reply.example.com"}

PortBase = Annotated[
    int, typer.Option(min=0, max=PORT_BASE_MAX, help="The first of its three ports; 0 takes free ones.")
]


@app.command()
def standin(
    *,
    port_base: PortBase = 8025,
    callbacks: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the web server listens; else 127.0.0.1 and its port.")
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="What the engine calls itself: brought to --callbacks, as by a proxy."),
    ] = None,
    no_callbacks: Annotated[bool, typer.Option("--no-callbacks", help="Take everything and tell nothing.")] = False,
    account: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write what it accepts here.")] = None,
    seed: Annotated[
        str | None, typer.Option(help="Make the same keys again; whoever knows it can forge callbacks.")
    ] = None,
    no_bodies: Annotated[bool, typer.Option("--no-bodies", help="Keep whom and when, not what: for many.")] = False,
    pace: Annotated[float, typer.Option(min=0, max=3600, help="Seconds between what a lead does and what next.")] = 2.0,
    json: Json = False,
) -> None:
    """Play SendGrid, Twilio and a mail relay on this machine."""
    settings = settings_now()
    base = None if no_callbacks else callbacks or f"http://127.0.0.1:{settings.port}"
    made = StandIn(
        base,
        public_url=public_url or settings.public_url,
        account_file=account,
        seed=seed,
        port_base=port_base,
        pace_seconds=pace,
        bodies=not no_bodies,
    )
    ended = _ended_by_signal()
    try:
        running = made.__enter__()
    except OSError as error:
        raise Complaint(
            f"ports {port_base} to {port_base + 2} are not all free: choose others with --port-base"
        ) from error
    try:
        _announce(running, base, json=json)
        _watch(running, ended)
    finally:
        made.__exit__(None, None, None)


def _announce(running: StandIn, base: str | None, *, json: bool) -> None:
    environment = {**running.environment(), **TRYING}
    if base is not None:
        environment["FIFTHTOUCH_PUBLIC_URL"] = running.posts.public
    if json:
        emit({"environment": environment, "smtp_url": running.smtp_url, "callbacks": base})
        return
    for line in _lines(environment):
        say(line)
    say(f"# Or, for email by the relay: SMTP_URL={running.smtp_url} instead of SENDGRID_API_KEY")
    warn("Set these where `fifthtouch` runs, such as in .env. Nothing leaves this machine; Ctrl+C ends it.")


def _lines(environment: Mapping[str, str]) -> list[str]:
    return [f"{name}={shlex.quote(value)}" for name, value in environment.items()]


def _watch(running: StandIn, ended: threading.Event) -> None:
    """Tell of each message as it is accepted, until a signal comes."""
    seen = 0
    while not ended.wait(LOOK_SECONDS):
        accepted = running.account.accepted
        for one in accepted[seen:]:
            warn(f"{one.provider} took {_told(one)}")
        seen = len(accepted)


def _told(message: Accepted) -> str:
    said = message.subject or message.text
    return f"{message.channel} to {mask(message.to)}{f': {said[:70]}' if said else ''}"


def _ended_by_signal() -> threading.Event:
    ended = threading.Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, tell)
    return ended
