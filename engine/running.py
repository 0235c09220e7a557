"""Run the parts: all in one process for embedded use, or one part a process in production."""

import signal
from collections.abc import Callable
from threading import Event, Thread
from types import FrameType

import structlog
import uvicorn

from engine.bootstrap import World, open_kit, prepare, real_world
from engine.flows.claiming import FIRST, MAIN
from engine.flows.kit import Kit
from engine.jobs import Bells, declare, make_broker, make_worker
from engine.settings import Settings
from engine.ticker import Ticker
from engine.web.app import create_app

log = structlog.get_logger(__name__)

EMBEDDED_THREADS = {FIRST: 2, MAIN: 2}
WORKER_THREADS = 4
STOP_SECONDS = 10.0  # how long a part may take to finish what it holds; leases cover the rest


def serve_all(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Run web, ticker and workers in this process until it is told to stop; *announce* gets the console's address."""
    world = real_world(settings)
    kit = prepare(settings, world)
    broker = make_broker(settings.redis_url)
    bells = declare(broker, kit)
    workers = [make_worker(broker, lane, threads) for lane, threads in EMBEDDED_THREADS.items()]
    stop = Event()
    ticker = Thread(target=Ticker(kit, bells).run, args=(stop,), name="ticker", daemon=True)
    for worker in workers:
        worker.start()
    ticker.start()
    try:
        serve_web(kit, settings, bells, announce=announce)
    finally:
        stop.set()
        ticker.join(timeout=STOP_SECONDS)
        for worker in workers:
            worker.stop(timeout=int(STOP_SECONDS * 1000))
        close(kit, world)


def serve_web(kit: Kit, settings: Settings, bells: Bells | None, *, announce: Callable[[str], None]) -> None:
    """Serve the console, the lead pages and the API until told to stop."""
    app = create_app(kit, settings, ring=bells.ring if bells else None)
    config = uvicorn.Config(app, host=settings.host, port=settings.port, log_config=None, server_header=False)
    server = uvicorn.Server(config)
    announce(f"http://{settings.host}:{settings.port}/console")
    server.run()


def run_worker(settings: Settings, lane: str, *, threads: int = WORKER_THREADS) -> None:
    """Answer the bells of *lane* until told to stop; needs Redis, since the bell must reach this process."""
    world = real_world(settings)
    kit = open_kit(settings, world)
    broker = make_broker(settings.redis_url)
    declare(broker, kit)
    worker = make_worker(broker, lane, threads)
    worker.start()
    log.info("worker.started", lane=lane, threads=threads)
    _until_told_to_stop().wait()
    worker.stop(timeout=int(STOP_SECONDS * 1000))
    close(kit, world)


def run_ticker(settings: Settings) -> None:
    """Beat once a second until told to stop."""
    world = real_world(settings)
    kit = open_kit(settings, world)
    bells = declare(make_broker(settings.redis_url), kit)
    log.info("ticker.started")
    Ticker(kit, bells).run(_until_told_to_stop())
    close(kit, world)


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
