"""`up`, `web`, `work` and `tick`: start the running parts."""

from enum import StrEnum
from typing import Annotated

import typer

from engine.bootstrap import open_kit, real_world
from engine.cli.apps import one_command
from engine.cli.complaints import Complaint
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, say, warn
from engine.flows.claiming import FIRST, MAIN
from engine.flows.rounds import run_due
from engine.flows.sandboxed import tell_events
from engine.flows.seal import seal_facts
from engine.running import close, run_ticker, run_web, run_worker, serve_all
from engine.settings import Settings
from engine.web.access import is_loopback

APPS = {name: one_command() for name in ("up", "web", "work", "tick")}

Host = Annotated[
    str | None,
    typer.Option(
        help="Which address of this machine to listen on; others than 127.0.0.1 let the network in. Put a proxy with TLS "
        "before it, and set FIFTHTOUCH_PUBLIC_URL."
    ),
]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free one.")]


class Lane(StrEnum):
    """Which bells a worker answers."""

    FIRST = FIRST  # first touches, answers and confirmations
    MAIN = MAIN  # everything else


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


@APPS["work"].command()
def work(
    *,
    lane: Annotated[Lane, typer.Option(help="Which bells to answer.")] = Lane.MAIN,
    threads: Annotated[int, typer.Option(min=1, max=64, help="How many batches at once.")] = 4,
    once: Annotated[bool, typer.Option("--once", help="Do all that is due now, in every lane, and end.")] = False,
    json: Json = False,
) -> None:
    """Answer the bells of one lane."""
    if once:
        _work_once(settings_now(), json=json)
        return
    settings = settings_now(is_service=True)
    _need_redis(settings, "work")
    run_worker(settings, lane, threads=threads)


@APPS["tick"].command()
def tick() -> None:
    """Look once a second at what is due, and ring for it."""
    settings = settings_now(is_service=True)
    _need_redis(settings, "tick")
    run_ticker(settings)


def _work_once(settings: Settings, *, json: bool) -> None:
    world = real_world(settings)
    kit = open_kit(settings, world)
    try:
        done = run_due(kit)
        while told := tell_events(kit):
            done += told + run_due(kit)
        seal_facts(kit)
    finally:
        close(kit, world)
    if json:
        emit({"done": done})
    else:
        say(f"{done} things done, nothing more is due now")


def _need_redis(settings: Settings, command: str) -> None:
    if settings.redis_url is None:
        raise Complaint(
            f"`{command}` needs the bell of other processes: set REDIS_URL, or run everything in one with `fifthtouch up`"
        )


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
