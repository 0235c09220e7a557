"""Run the parts: all in one process for embedded use, or one part a process in production."""

import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import Event, Thread
from types import FrameType

import structlog
import uvicorn

from channels.errors import ChannelError
from channels.guard import Guarded
from engine.bootstrap import World, add_live_senders, open_kit, prepare, real_world
from engine.flows.claiming import FIRST, MAIN
from engine.flows.kit import Kit
from engine.flows.people import MadeLink
from engine.flows.welcoming import first_admin_link
from engine.jobs import DOUBT, UPKEEP, declare, make_brokers, make_worker
from engine.settings import Settings
from engine.store.errors import Unreachable
from engine.ticker import Ticker
from engine.web.app import bell_of, create_app, create_preview_app, nobody_waits
from engine.web.console.content.desk import Desk

log = structlog.get_logger(__name__)

EMBEDDED_THREADS = {FIRST: 2, MAIN: 2, UPKEEP: 2, DOUBT: 1}
WORKER_THREADS = 4
BESIDE = {UPKEEP: 2, DOUBT: 1}  # threads of each worker of the main lane, beside those that deliver
BACKLOG = 2048
STOP_SECONDS = 10.0  # how long a part may take to finish what it holds; leases cover the rest
DATABASE_AGAIN_SECONDS = 2.0


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


def run_worker(settings: Settings, lane: str, *, threads: int = WORKER_THREADS) -> None:
    """Answer the bells of *lane* until told to stop; needs Redis, since the bell must reach this process.

    Workers of the main lane do the upkeep too.
    """
    stop = _until_told_to_stop()
    world = real_world(settings)
    kit = _open_patiently(settings, world, stop)
    if kit is None:
        return
    brokers = make_brokers(settings.redis_url)
    declare(brokers, kit)
    _open_adapters(kit)
    share = {lane: threads} | (BESIDE if lane == MAIN else {})
    workers = [make_worker(brokers, queue, count) for queue, count in share.items()]
    for worker in workers:
        worker.start()
    log.info("worker.started", lane=lane, threads=threads)
    stop.wait()
    log.info("worker.stopping", lane=lane)
    for worker in workers:
        worker.stop(timeout=int(STOP_SECONDS * 1000))
    close(kit, world)
    log.info("worker.stopped", lane=lane)


def run_ticker(settings: Settings) -> None:
    """Beat once a second until told to stop."""
    stop = _until_told_to_stop()
    world = real_world(settings)
    kit = _open_patiently(settings, world, stop)
    if kit is None:
        return
    bells = declare(make_brokers(settings.redis_url), kit)
    log.info("ticker.started")
    Ticker(kit, bells).run(stop)
    close(kit, world)


def _open_patiently(settings: Settings, world: World, stop: Event) -> Kit | None:
    """Return a kit as soon as the database answers; None when told to stop before.

    Machines come up in any order; a part that gave up would only be started again. What waiting cannot mend is raised.
    """
    while not stop.is_set():
        try:
            kit = replace(open_kit(settings, world), is_stopping=stop.is_set)
            add_live_senders(kit)
        except Unreachable as error:
            log.warning("database.unreachable", error=str(error))
            stop.wait(DATABASE_AGAIN_SECONDS)
        else:
            return kit
    return None


def _open_adapters(kit: Kit) -> None:
    """Load what providers take to talk to, before the first message has two seconds left for its call."""
    for adapter in kit.adapters.values():
        if isinstance(adapter, Guarded):
            try:
                adapter.open()
            except ChannelError as error:
                log.error("adapter.misconfigured", provider=adapter.name, channel=adapter.channel, problem=str(error))  # noqa: TRY400


def close(kit: Kit, world: World) -> None:
    """Give back what a kit holds."""
    kit.database.close()
    world.journal.close()


def _until_told_to_stop() -> Event:
    stop = Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, tell)
    return stop
