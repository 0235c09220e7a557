"""Far ends of a wire that fail at exact points: a loopback HTTP server whose every byte a test decides."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from ssl import SSLContext

from channels.transport import Outcome, Request, Transport, at_once

HEAD_END = b"\r\n\r\n"


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """Return an HTTP answer on the wire."""
    lines = (f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + HEAD_END + body


@dataclass(slots=True)
class Conversation:
    """One connection at the far end."""

    socket: socket.socket
    number: int  # of the connection, from 0
    requests: int = 0  # how many whole ones have come over it
    is_over: bool = False  # this side has ended it

    def say(self, raw: bytes) -> None:
        """Send *raw* as it is."""
        with suppress(OSError):
            self.socket.sendall(raw)

    def reset(self) -> None:
        """Cut the connection so that the other side gets a reset."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        self.is_over = True

    def hang_up(self) -> None:
        """Close the connection in order."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.is_over = True


Reply = Callable[[Conversation, bytes], None]
"""What happens when a whole request, given as its bytes, has come."""


@dataclass(slots=True)
class Wire:
    """What the far end has seen."""

    url: str
    connections: list[Conversation] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    bytes_seen: int = 0


@contextmanager
def far_end(reply: Reply, *, tls: SSLContext | None = None) -> Iterator[Wire]:
    """Listen on loopback while the block runs, and do what *reply* says with each request."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    host = "localhost" if tls else "127.0.0.1"
    wire = Wire(url=f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}")
    accepting = threading.Thread(target=_accept, args=(listener, wire, reply, tls), daemon=True)
    accepting.start()
    try:
        yield wire
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for one in wire.connections:
            with suppress(OSError):
                one.hang_up()
        accepting.join(timeout=5)


def _accept(listener: socket.socket, wire: Wire, reply: Reply, tls: SSLContext | None) -> None:
    while True:
        try:
            accepted, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(accepted, wire, reply, tls), daemon=True).start()


def _serve(accepted: socket.socket, wire: Wire, reply: Reply, tls: SSLContext | None) -> None:
    with accepted:
        try:
            stream = tls.wrap_socket(accepted, server_side=True) if tls else accepted
        except OSError:
            return
        with stream:
            _talk(Conversation(stream, len(wire.connections)), wire, reply)


def _talk(conversation: Conversation, wire: Wire, reply: Reply) -> None:
    wire.connections.append(conversation)
    pending = b""
    while True:
        try:
            chunk = conversation.socket.recv(65536)
        except OSError:
            return
        if not chunk:
            return
        wire.bytes_seen += len(chunk)
        pending += chunk
        while (length := _length_of(pending)) is not None and len(pending) >= length:
            request, pending = pending[:length], pending[length:]
            wire.requests.append(request)
            conversation.requests += 1
            reply(conversation, request)


def _length_of(pending: bytes) -> int | None:
    """Return how long the request is whose head has come, None while it has not."""
    head, end, _ = pending.partition(HEAD_END)
    if not end:
        return None
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return len(head) + len(end) + (int(lengths[0]) if lengths else 0)


def post(wire: Wire | str, body: bytes = b"hello") -> Request:
    """Return a request with a body to *wire*, or to a whole URL."""
    return Request(method="POST", url=wire if isinstance(wire, str) else f"{wire.url}/send", body=body)


def outcome_of(transport: Transport, request: Request, may_start: Callable[[], bool] = at_once) -> Outcome:
    """Make one call and return what came of it."""
    [(_, outcome)] = transport.stream({0: partial(transport.exchange, request, may_start)})
    assert not isinstance(outcome, BaseException)
    return outcome


def take(conversation: Conversation, _request: bytes) -> None:
    """Accept the request."""
    conversation.say(answer(202, b"taken"))


def reset(conversation: Conversation, _request: bytes) -> None:
    """Cut the connection instead of an answer."""
    conversation.reset()


def hang_up(conversation: Conversation, _request: bytes) -> None:
    """Close the connection instead of an answer."""
    conversation.hang_up()


def talk_nonsense(conversation: Conversation, _request: bytes) -> None:
    """Answer in another language."""
    conversation.say(b"\x16\x03\x01 this is no HTTP\r\n\r\n")


def begin_to_answer(conversation: Conversation, _request: bytes) -> None:
    """Break off within the first line."""
    conversation.say(b"HTTP/1.1 202 Acc")
    conversation.hang_up()


def say_nothing(_conversation: Conversation, _request: bytes) -> None:
    """Leave the request without an answer."""


def take_and_hang_up(conversation: Conversation, request: bytes) -> None:
    """Accept the request, then close the connection without a word about it."""
    take(conversation, request)
    conversation.hang_up()


def take_and_reset(conversation: Conversation, request: bytes) -> None:
    """Accept the request, then cut the connection."""
    take(conversation, request)
    conversation.reset()
