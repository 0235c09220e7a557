"""Run the parts that need no web, each in a process of its own: workers and clocks."""

import signal
from dataclasses import replace
from threading import Event
from types import FrameType

import structlog

from channels.errors import ChannelError
from channels.guard import Guarded
from engine.bootstrap import World, add_live_senders, open_kit, real_world
from engine.flows.claiming import MAIN
from engine.flows.kit import Kit
from engine.jobs import DOUBT, UPKEEP, declare, make_brokers, make_worker
from engine.settings import Settings
from engine.store.errors import Unreachable
from engine.ticker import Ticker

log = structlog.get_logger(__name__)

WORKER_THREADS = 4
BESIDE = {UPKEEP: 2, DOUBT: 1}  # threads of each worker of the main lane, beside those that deliver
STOP_SECONDS = 10.0  # how long a part may take to finish what it holds; leases cover the rest
DATABASE_AGAIN_SECONDS = 2.0


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
