"""A network of our own on loopback: relays that delay, cut, half-close and break connections, and note what went over them.

They try the same faults on any machine: what is cut waits, as it does in the queues of a real network, and comes late or
never. What happens to single packets is tried on the cable to a second machine, where there can be one: see `hosts`.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Lock, Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from engine.clock import SystemClock

CHUNK_BYTES = 65_536
HOST = "127.0.0.1"
ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
ID_BYTES = 36
WAIT_SECONDS = 15.0
CLOCK = SystemClock()

Result = TypeVar("Result")
WayOn = asyncio.Future[asyncio.StreamWriter]


class Witness:
    """When the first byte of each call with an id of ours was on the wire, whatever became of it there."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: dict[str, list[datetime]] = defaultdict(list)

    def note(self, ids: set[bytes], at: datetime) -> None:
        """Note calls for the messages *ids*."""
        with self._lock:
            for one in ids:
                self._calls[one.decode()].append(at)

    def calls(self) -> dict[str, list[datetime]]:
        """Return when each message was called for, by message id."""
        with self._lock:
            return {one: list(at) for one, at in self._calls.items()}


class Wire:
    """The way to one server; all of it is used from the loop's thread."""

    def __init__(self, host: str, port: int, witness: Witness | None) -> None:
        self.delay_seconds = 0.0
        self._target = (host, port)
        self._witness = witness
        self._whole = asyncio.Event()
        self._whole.set()
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Let nothing through, in either direction, until it is mended."""
        self._whole.clear()

    def mend(self) -> None:
        """Let through what waits, and all that follows."""
        self._whole.set()

    def break_all(self) -> None:
        """Reset every connection: what waits on it never arrives."""
        for writer in list(self._writers):
            writer.transport.abort()

    def half_close(self) -> None:
        """Let every server hear that its client has nothing more to say, and every client that its server has not."""
        for writer in list(self._writers):
            with suppress(OSError, RuntimeError):
                writer.write_eof()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection until both ends are done; what is said is heard before the way on is open."""
        ends = [writer]
        self._writers.add(writer)
        there: WayOn = asyncio.get_running_loop().create_future()
        back: WayOn = asyncio.get_running_loop().create_future()
        back.set_result(writer)

        async def answer() -> None:
            await self._whole.wait()
            answers, onward = await asyncio.open_connection(*self._target)
            ends.append(onward)
            self._writers.add(onward)
            there.set_result(onward)
            await self._relay(answers, back, None)

        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._relay(reader, there, self._witness))
                ways.create_task(answer())
        except* (OSError, RuntimeError):
            pass  # an end that went away, or was told that nothing more comes, takes the other with it
        finally:
            for one in ends:
                self._writers.discard(one)
                one.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, there: WayOn, witness: Witness | None) -> None:
        """Read at once, as a network takes what it is given; write it when it may arrive."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def forward() -> None:
            writer = await there
            while True:
                at, data = await waiting.get()
                await asyncio.sleep(max(0.0, at - loop.time()))
                await self._whole.wait()
                if not data:
                    writer.write_eof()
                    return
                writer.write(data)
                await writer.drain()

        forwarding = asyncio.create_task(forward())
        tail, sends = b"", False
        try:
            while not forwarding.done():
                data = await reader.read(CHUNK_BYTES)
                if witness is not None and data:
                    if data[:5] in {b"POST ", b"GET /"}:
                        tail, sends = b"", data.startswith(b"POST ")
                    if sends:
                        witness.note(set(ID.findall(tail + data)), CLOCK.now())
                        tail = data[-ID_BYTES + 1 :]
                waiting.put_nowait((loop.time() + self.delay_seconds, data))
                if not data:
                    break
            await forwarding
        finally:
            forwarding.cancel()


class Wires:
    """All ways between the parts and their servers, on a thread of their own; parts reach them at *host*."""

    def __init__(self, host: str = HOST, witness: Witness | None = None) -> None:
        self.host = host
        self.witness = witness or Witness()
        self.by_port: dict[int, Wire] = {}
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []

    def around(self, url: str, *, is_provider: bool = False) -> str:
        """Return the *url* that leads over a wire of ours to the same server; calls to a provider are witnessed."""
        parts = urlsplit(url)
        assert parts.port is not None
        port = self._do(self._open(parts.hostname or HOST, parts.port, self.witness if is_provider else None))
        user, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}{at}{self.host}:{port}"))

    def of(self, url: str) -> Wire:
        """Return the wire that *url* leads over."""
        return self.by_port[urlsplit(url).port or 0]

    def tell(self, act: str, wires: Iterable[Wire]) -> None:
        """Let *act*, the name of what a wire can do, happen to *wires*."""

        async def done() -> None:
            for one in wires:
                getattr(one, act)()

        self._do(done())

    def slow(self, seconds: float, wires: Iterable[Wire]) -> None:
        """Let everything on *wires* take *seconds* longer from now on."""

        async def done() -> None:
            for one in wires:
                one.delay_seconds = seconds

        self._do(done())

    async def _open(self, host: str, port: int, witness: Witness | None) -> int:
        wire = Wire(host, port, witness)
        server = await asyncio.start_server(wire.serve, self.host, 0)
        self._servers.append(server)
        own: int = server.sockets[0].getsockname()[1]
        self.by_port[own] = wire
        return own

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_SECONDS)

    def run(self, enter: Callable[[], None]) -> None:
        """Relay until `end`; *enter* goes to the machine on which all connections are made."""
        enter()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.1))
        self._loop.close()

    def end(self) -> None:
        """Close every wire."""
        self.tell("break_all", list(self.by_port.values()))
        for server in self._servers:
            self._loop.call_soon_threadsafe(server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)


@contextmanager
def laid_wires(
    host: str = HOST, *, witness: Witness | None = None, enter: Callable[[], None] = lambda: None
) -> Iterator[Wires]:
    """Yield a network that ends with the block.

    Its near ends are at the address *host*, of this machine or of the one whose network a thread is in after *enter*;
    *witness* is another's that sees these calls too.
    """
    wires = Wires(host, witness)
    thread = Thread(target=wires.run, args=(enter,), name="wires", daemon=True)
    thread.start()
    try:
        yield wires
    finally:
        wires.end()
        thread.join(WAIT_SECONDS)
