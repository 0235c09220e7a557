"""The bell: Dramatiq actors that carry no work, only the news that there is some. Each asks the database what is due.

A bell may be lost, doubled or late; the ticker rings again. That is why the queue may be flushed at any moment.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import dramatiq
import redis
import structlog
from dramatiq import Broker, Worker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import Retries
from redis.backoff import NoBackoff
from redis.retry import Retry

from engine.flows.absorb import absorb
from engine.flows.advance import advance
from engine.flows.claiming import FIRST, LANES, MAIN
from engine.flows.deliver import deliver
from engine.flows.fetch_mail import fetch_mail
from engine.flows.kit import Kit
from engine.flows.reconcile import reconcile
from engine.flows.sandboxed import tell_events
from engine.flows.seal import seal_facts
from engine.flows.sync_lists import sync_lists

log = structlog.get_logger(__name__)

REDIS_TIMEOUT_SECONDS = 2.0
SILENT_SECONDS = 5.0  # how long a queue that did not answer is left alone: whoever rings must not wait for it each time
WAITING_MAX = 4  # bells of one kind that may wait: more would only find the same work
WORK_SECONDS = 3.0  # how long one bell may find more work before it lets another have its thread
NAMESPACE = "fifthtouch"  # Redis may serve others too
UPKEEP = "upkeep"
"""The queue of all work that waits for no send: planning, and what providers said.

Its threads are its own. A provider that hangs takes every thread that delivers, for as long as its calls may last.
"""
DOUBT = "doubt"
"""The queue of what nobody told the end of, which waits for no send and no planning: it has its lease behind it."""
QUEUES = (*LANES, UPKEEP, DOUBT)
POLL_MS = {FIRST: 20, MAIN: 100, UPKEEP: 100, DOUBT: 200}
"""How long an idle worker sleeps: 20 ms starts a job within 9 ms."""

Brokers = dict[str, Broker]
"""The broker of each queue."""


class Silence:
    """Remembers that the queue did not answer a moment ago."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until = 0.0

    def begin(self) -> None:
        """Leave the queue alone for a while."""
        self._until = self._monotonic() + SILENT_SECONDS

    def lasts(self) -> bool:
        """Return whether the queue is left alone now."""
        return self._monotonic() < self._until


@dataclass(frozen=True, slots=True, kw_only=True)
class Bells:
    """The bells there are, each rung by name."""

    brokers: Brokers
    actors: dict[str, "dramatiq.Actor[[], None]"]
    silence: Silence = field(default_factory=Silence)

    def ring(self, name: str) -> bool:
        """Ring one bell if enough do not wait already; return whether it was rung.

        False too when the queue can't be reached, which costs seconds and no work.
        """
        if not self.has_room(name):
            return False
        try:
            self.actors[name].send()
        except (redis.RedisError, dramatiq.errors.BrokerConnectionError) as error:
            self._fall_silent(name, error)
            return False
        return True

    def _fall_silent(self, name: str, error: Exception) -> None:
        log.warning("bell.unreachable", bell=name, error=str(error))
        self.silence.begin()

    def has_room(self, name: str) -> bool:
        """Return whether one more bell of this *name* makes sense: False too when the queue can't be reached."""
        if self.silence.lasts():
            return False
        queue = self.actors[name].queue_name
        broker = self.brokers[queue]
        sharing = sum(actor.queue_name == queue for actor in self.actors.values())
        try:
            return _waiting(broker, queue) < WAITING_MAX * sharing
        except redis.RedisError as error:
            self._fall_silent(name, error)
            return False


def _waiting(broker: Broker, queue: str) -> int:
    if isinstance(broker, StubBroker):
        return int(broker.queues[queue].qsize())
    assert isinstance(broker, RedisBroker)
    return int(broker.client.llen(f"{broker.namespace}:{queue}"))


def make_brokers(redis_url: str | None) -> Brokers:
    """Return the broker of each queue: the one on Redis, or one a queue inside this process.

    The client is built here, because the broker's own `url=` form never retries a connection.
    """
    if redis_url is None:
        return {queue: StubBroker(middleware=_middleware()) for queue in QUEUES}
    client = redis.Redis.from_url(
        redis_url,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),  # once, for a connection that a restart of the server has ended
    )
    broker = RedisBroker(client=client, namespace=NAMESPACE, middleware=_middleware())  # type: ignore[no-untyped-call]
    return dict.fromkeys(QUEUES, broker)


def _middleware() -> list[dramatiq.Middleware]:
    return [Retries(max_retries=0)]  # retries are rows, not jobs: see domain.retry


def declare(brokers: Brokers, kit: Kit) -> Bells:
    """Declare every bell on the broker of its queue, working with *kit*."""
    bells = Bells(brokers=brokers, actors={})

    def answer(name: str, queue: str, work: Callable[[], int], *then: str) -> None:
        def job() -> None:
            if _work_off(name, work, kit.is_stopping):
                for other in then:
                    bells.ring(other)

        bells.actors[name] = dramatiq.actor(broker=brokers[queue], actor_name=name, queue_name=queue, max_retries=0)(
            job
        )

    for lane in LANES:
        answer(f"deliver.{lane}", lane, lambda lane=lane: deliver(kit, lane), "advance")  # type: ignore[misc]
    answer("advance", UPKEEP, lambda: advance(kit), *(f"deliver.{lane}" for lane in LANES))
    answer("first", FIRST, lambda: advance(kit) + deliver(kit, FIRST))
    answer("absorb", UPKEEP, lambda: absorb(kit), "advance")
    answer("reconcile", DOUBT, lambda: reconcile(kit), "advance")
    # What an invented lead says is heard at once, as what a provider posts is.
    answer("tell_sandbox", UPKEEP, lambda: tell_events(kit), "absorb", "first", "advance")
    answer("seal", UPKEEP, lambda: seal_facts(kit))
    answer("sync_lists", UPKEEP, lambda: sync_lists(kit), "advance")
    answer("fetch_mail", UPKEEP, lambda: fetch_mail(kit), "advance")
    return bells


def _work_off(
    name: str, work: Callable[[], int], is_stopping: Callable[[], bool], monotonic: Callable[[], float] = time.monotonic
) -> int:
    """Do *work* while it finds some, for `WORK_SECONDS`; an error is logged once here, and the rows tell the rest.

    Whoever is told to stop begins nothing more: the bell rings again, and others answer it.
    """
    total, until = 0, monotonic() + WORK_SECONDS
    try:
        while not is_stopping():
            done = work()
            total += done
            if done == 0 or monotonic() > until:
                break
    except Exception:
        log.exception("job.failed", job=name)
    return total


def make_worker(brokers: Brokers, queue: str, threads: int) -> Worker:
    """Return a worker, not started, that answers the bells of *queue* alone."""
    return Worker(brokers[queue], queues={queue}, worker_threads=threads, worker_timeout=POLL_MS[queue])
