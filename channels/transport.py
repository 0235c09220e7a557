"""The wire to providers that speak HTTP: one event loop in one thread, pooled connections, a time limit on everything.

Nothing is tried twice and no redirect is followed: what a message needs next is decided by whoever keeps its row.
"""

import asyncio
import atexit
import os
import select
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from ssl import SSLContext
from threading import Lock, Thread
from typing import Any, TypeVar
from weakref import WeakSet, ref

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import BytesPayload

from channels.errors import Unavailable

Key = TypeVar("Key")
Item = TypeVar("Item")

MayStart = Callable[[], bool]
"""Asked once, on an open connection, right before the request's first byte."""

CONNECTIONS_MAX = 256  # more than the messages that all threads of a worker have on the wire together
# Shorter than the 60 s after which load balancers hang up: a connection that dies in use leaves an unknown outcome.
KEEP_ALIVE_SECONDS = 15.0
DNS_SECONDS = 60
STALE_MAX = 5  # dead connections of the pool that one call may meet before it gives up
ANSWER_BYTES_MAX = 4_000_000  # a page of a list is well below 1 MB
CLOSE_SECONDS = 5.0
DETAIL_CHARACTERS_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long is waited; all of a call ends well inside the lease of a message that is being sent (90 s)."""

    connect_seconds: float = 3.0  # no call may start later than 2 s after its attempt: waiting longer is idle
    silence_seconds: float = 25.0  # without any byte of the answer
    total_seconds: float = 55.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; its headers hold keys, so they are not shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; *headers* are looked up in any case. *is_whole* is False where the body broke off or has no end."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """No byte of the request left this machine; *is_ours*: nor was the provider at fault."""

    detail: str
    is_ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Bytes left, and no answer came that could be read."""

    detail: str


Outcome = Answer | NotStarted | NoAnswer


def at_once() -> bool:
    """Let a call start whenever it can."""
    return True


class _GatedBody(BytesPayload):
    """A body that asks whether it may start, and then leaves in one piece with the head of its request.

    aiohttp keeps the head back until the first write of the body, so that here nothing has left yet.
    """

    def __init__(self, body: bytes, may_start: MayStart, used: "WeakSet[asyncio.Transport]") -> None:
        super().__init__(body)
        self._may_start = may_start
        self._used = used
        self.is_begun = False
        self.is_stale = False
        self.is_refused = False

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Write the request, unless the connection died in the pool or it is too late."""
        wire: asyncio.Transport | None = getattr(writer, "transport", None)
        if wire is None or wire.is_closing() or (wire in self._used and _has_news(wire)):
            self.is_stale = True
            raise ConnectionAbortedError("the connection had died")
        if not self._may_start():
            self.is_refused = True
            raise ConnectionAbortedError("the deadline had passed")
        self.is_begun = True
        self._used.add(wire)
        await super().write_with_length(writer, content_length)


def _has_news(wire: asyncio.Transport) -> bool:
    """Return whether an idle connection has something to read: its end, which the loop has not noticed yet."""
    poll = select.poll()
    poll.register(wire.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(poll.poll(0))


class _Line:
    """The loop of one process, in a thread of its own, and what it keeps open."""

    def __init__(self, timeouts: Timeouts, trust: SSLContext | None) -> None:
        self._lock = Lock()
        self._is_closing = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="providers", daemon=True)
        self._thread.start()
        opened = asyncio.run_coroutine_threadsafe(_open_session(timeouts, trust), self._loop)
        self.session = opened.result(timeout=CLOSE_SECONDS)
        self.used: WeakSet[asyncio.Transport] = WeakSet()

    def start(
        self, jobs: Mapping[Key, Callable[[], Awaitable[Item]]], done: Callable[[Key, "asyncio.Task[Item]"], None]
    ) -> bool:
        """Start all *jobs*; return False where the line is being closed."""
        with self._lock:
            if self._is_closing:
                return False
            self._loop.call_soon_threadsafe(self._start, jobs, done)
            return True

    def _start(
        self, jobs: Mapping[Key, Callable[[], Awaitable[Item]]], done: Callable[[Key, "asyncio.Task[Item]"], None]
    ) -> None:
        for key, job in jobs.items():
            task: asyncio.Task[Item] = self._loop.create_task(_await(job))
            self._tasks.add(task)  # the loop itself holds no more than a weak reference
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(partial(done, key))

    def is_running(self) -> bool:
        """Return whether this is the loop that asks."""
        return asyncio.get_running_loop() is self._loop

    def close(self) -> None:
        """End what is under way and close every connection."""
        with self._lock:
            if self._is_closing:
                return
            self._is_closing = True
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=CLOSE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=CLOSE_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    async def _end(self) -> None:
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.session.close()
        await asyncio.sleep(0)  # connections say goodbye in the loop's next round


async def _await(job: Callable[[], Awaitable[Item]]) -> Item:
    return await job()


async def _open_session(timeouts: Timeouts, trust: SSLContext | None) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=CONNECTIONS_MAX,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        ttl_dns_cache=DNS_SECONDS,
        ssl=trust or True,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(
            total=None,
            connect=timeouts.connect_seconds,
            sock_connect=timeouts.connect_seconds,
            sock_read=timeouts.silence_seconds,
        ),
    )


class _Rounds:
    """Hands over all that ended in one round of the loop together: to wake the waiting thread for each costs more."""

    def __init__(self, told: "SimpleQueue[list[Any]]") -> None:
        self._told = told
        self._ended: list[Any] = []

    def __call__(self, key: Any, task: "asyncio.Task[Any]") -> None:
        """Note that *task* has ended."""
        if not self._ended:
            task.get_loop().call_soon(self._hand_over)
        self._ended.append((key, task))

    def _hand_over(self) -> None:
        ended, self._ended = self._ended, []
        self._told.put(ended)


class Transport:
    """Pooled HTTP for every adapter of a process. Its loop starts with the first call, in a forked child anew."""

    def __init__(self, *, timeouts: Timeouts | None = None, trust: SSLContext | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._trust = trust  # whose certificates are believed; None: whom this machine believes
        self._lock = Lock()
        self._line: _Line | None = None
        mine = ref(self)
        os.register_at_fork(after_in_child=lambda: _start_over(mine()))
        atexit.register(lambda: _close(mine()))

    def stream(self, jobs: Mapping[Key, Callable[[], Awaitable[Item]]]) -> Iterator[tuple[Key, Item | BaseException]]:
        """Run all *jobs* together on the loop; yield what each gave, or raised, as soon as it is known."""
        told: SimpleQueue[list[tuple[Key, asyncio.Task[Item]]]] = SimpleQueue()
        while jobs and not self._open().start(jobs, _Rounds(told)):
            continue  # that line was just being closed; the next one is new
        left = len(jobs)
        while left:
            ended = told.get()
            left -= len(ended)
            for key, task in ended:
                yield key, asyncio.CancelledError("closed") if task.cancelled() else task.exception() or task.result()

    async def exchange(self, request: Request, may_start: MayStart = at_once) -> Outcome:
        """Make one call, from a job of `stream`; never raises for what the far side does.

        *may_start* is asked only of requests with a body.
        """
        line = self._line
        if line is None or not line.is_running():
            return NotStarted(detail="closed before it started", is_ours=True)
        body = _GatedBody(request.body, may_start, line.used)
        try:
            async with asyncio.timeout(self._timeouts.total_seconds):
                for _ in range(STALE_MAX):
                    try:
                        return await _call(line.session, request, body)
                    except (aiohttp.ClientError, OSError):
                        if not body.is_stale:
                            raise
                        body = _GatedBody(request.body, may_start, line.used)
        except (aiohttp.ClientError, OSError, ValueError, asyncio.CancelledError) as error:
            if body.is_refused:
                return NotStarted(detail="the deadline had passed", is_ours=True)
            detail = _told(error)
            is_begun = body.is_begun or not request.body
            return NoAnswer(detail=detail) if is_begun else NotStarted(detail=detail)
        return NotStarted(detail="every connection had died")

    def fetch(self, request: Request) -> Answer:
        """Make one call that may be made twice, such as reading a list; raises `Unavailable` without an answer."""
        [(_, outcome)] = self.stream({None: partial(self.exchange, request)})
        if isinstance(outcome, Answer) and outcome.is_whole:
            return outcome
        detail = "the answer broke off" if isinstance(outcome, Answer) else getattr(outcome, "detail", str(outcome))
        host = request.url.split("?", 1)[0]
        raise Unavailable(f"{host} gave no answer: {detail}")

    def close(self) -> None:
        """Close every connection; calls under way end without an answer. A later call opens anew."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()

    def _open(self) -> _Line:
        with self._lock:
            if self._line is None:
                self._line = _Line(self._timeouts, self._trust)
            return self._line

    def _start_over(self) -> None:
        # A child shares its parent's sockets: closing them here would end conversations over there.
        _INHERITED.append(self._line)
        self._line, self._lock = None, Lock()


_INHERITED: list[_Line | None] = []


def _start_over(transport: Transport | None) -> None:
    if transport is not None:
        transport._start_over()  # noqa: SLF001 - the other half of this class


def _close(transport: Transport | None) -> None:
    if transport is not None:
        transport.close()


async def _call(session: aiohttp.ClientSession, request: Request, body: _GatedBody) -> Answer:
    async with session.request(
        request.method,
        request.url,
        headers=dict(request.headers),
        data=body if request.body else None,
        allow_redirects=False,
    ) as response:
        content, is_whole = await _read(response)
        return Answer(status=response.status, headers=response.headers, body=content, is_whole=is_whole)


async def _read(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """Return the body as far as it comes, and whether that is all: the status alone says much already."""
    content = bytearray()
    try:
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > ANSWER_BYTES_MAX:
                response.close()
                return bytes(content[:ANSWER_BYTES_MAX]), False
    except (aiohttp.ClientError, OSError):
        return bytes(content), False
    return bytes(content), True


def _told(error: BaseException) -> str:
    if isinstance(error, asyncio.CancelledError):
        return "closed while under way"
    words: Any = str(error) or "no further word"
    return f"{type(error).__name__}: {words}"[:DETAIL_CHARACTERS_MAX]
