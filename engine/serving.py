"""Serve the web: alone, beside workers and clock in one process, or nothing but the pages about content."""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import Event, Thread

import uvicorn

from engine.bootstrap import add_live_senders, open_kit, prepare, real_world
from engine.flows.claiming import FIRST, MAIN
from engine.flows.kit import Kit
from engine.flows.people import MadeLink
from engine.flows.welcoming import first_admin_link
from engine.jobs import DOUBT, UPKEEP, declare, make_brokers, make_worker
from engine.running import STOP_SECONDS, close
from engine.settings import Settings
from engine.ticker import Ticker
from engine.web.app import bell_of, create_app, create_preview_app, nobody_waits
from engine.web.console.content.desk import Desk

EMBEDDED_THREADS = {FIRST: 2, MAIN: 2, UPKEEP: 2, DOUBT: 1}
BACKLOG = 2048

Announce = Callable[[str, str | None], None]
"""Tells the console's address, and the address by which somebody comes in, if there is one."""


class PortTaken(RuntimeError):
    """The web server's port cannot be listened on; the message says what to do."""


def serve_all(settings: Settings, *, announce: Announce) -> None:
    """Run web, ticker and workers in this process until it is told to stop; *announce* as `serve_web` takes it."""
    stop = Event()
    world = real_world(settings)
    kit = replace(prepare(settings, world), is_stopping=stop.is_set)
    brokers = make_brokers(settings.redis_url)
    bells = declare(brokers, kit)
    workers = [make_worker(brokers, queue, threads) for queue, threads in EMBEDDED_THREADS.items()]
    ticker = Thread(target=Ticker(kit, bells).run, args=(stop,), name="ticker", daemon=True)
    for worker in workers:
        worker.start()
    ticker.start()
    try:
        serve_web(kit, settings, ring=lambda: bells.ring("first"), announce=announce, link=first_admin_link)
    finally:
        stop.set()
        ticker.join(timeout=STOP_SECONDS)
        for worker in workers:
            worker.stop(timeout=int(STOP_SECONDS * 1000))
        close(kit, world)


def run_web(settings: Settings, *, announce: Announce) -> None:
    """Serve the console, the lead pages and the API until told to stop."""
    world = real_world(settings)
    kit = open_kit(settings, world)
    add_live_senders(kit)
    try:
        serve_web(kit, settings, ring=bell_of(kit, settings), announce=announce, link=first_admin_link)
    finally:
        close(kit, world)


def serve_web(
    kit: Kit,
    settings: Settings,
    *,
    ring: Callable[[], object] = nobody_waits,
    announce: Announce,
    link: Callable[[Kit], MadeLink | None],
) -> None:
    """Serve the console and the lead pages until told to stop; *ring* is called after each commit that made work.

    *announce* gets the console's address and, where *link* makes one, the address by which somebody comes in.
    """
    app = create_app(kit, settings, ring=ring)
    with _listen(settings) as listener:
        here = f"http://{settings.host}:{listener.getsockname()[1]}"
        made = link(kit)
        announce(
            f"{here}/console",
            made.under(settings.public_url.rstrip("/") if settings.public_url else here) if made else None,
        )
        config = uvicorn.Config(
            app, log_config=None, server_header=False, proxy_headers=False,
            timeout_graceful_shutdown=int(STOP_SECONDS),
        )  # fmt: skip
        with suppress(KeyboardInterrupt):  # uvicorn has shut down in order by then, and raises the signal again
            uvicorn.Server(config).run(sockets=[listener])


def serve_preview(desk: Desk, *, announce: Callable[[str], None]) -> None:
    """Serve the pages about content to this machine, on a free port, until told to stop; *announce* gets the address."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        announce(f"http://127.0.0.1:{listener.getsockname()[1]}")
        config = uvicorn.Config(create_preview_app(desk), log_config=None, server_header=False, lifespan="off")
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    """Return a listening socket; raises `PortTaken`, before anything is announced that would not answer."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=BACKLOG)
    except OSError as error:
        message = (
            f"nothing can listen on {settings.host}:{settings.port} ({error.strerror}): choose another with --port"
        )
        raise PortTaken(message) from error
