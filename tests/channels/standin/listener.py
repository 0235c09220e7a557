"""A web server that keeps what it is posted, in the place of the engine."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """Its fields."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is answered."""

    status: int = 204
    body: bytes = b""
    content_type: str = "text/xml"


@dataclass(slots=True)
class Listener:
    """Where it listens, what came, and what it answers."""

    url: str
    came: list[Came] = field(default_factory=list)
    answer: Callable[[Came], Said] = lambda _came: Said()

    def at(self, path: str) -> list[Came]:
        """Return what came for *path*, whatever its query."""
        return [one for one in self.came if one.path.partition("?")[0] == path]


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen on a free port while the block runs."""
    found = Listener("")

    class Request(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            came = Came(method=self.command, path=self.path, headers=dict(self.headers), body=body)
            found.came.append(came)
            said = found.answer(came)
            self.send_response(said.status)
            self.send_header("Content-Type", said.content_type)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            if said.body:
                self.wfile.write(said.body)

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
