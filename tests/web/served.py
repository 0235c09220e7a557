"""An app that a real server serves, for what a test client cannot do: answers that go on."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from fastapi import FastAPI

from tests.servers import eventually


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve *app* until the block ends; gives its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        config = uvicorn.Config(app, log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=0)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        eventually(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(timeout=10)
