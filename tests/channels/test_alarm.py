"""The contract of an alarm, for the one that ships for tests and for apprise speaking to a real server on loopback."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from channels.alarm import Alarm, Alert, MemoryAlarm
from channels.apprise_alarm import AppriseAlarm, read_alert_urls
from channels.errors import Misconfigured, Unavailable
from tests.shared import REPOSITORY

TWO = Alert(title="Fifth Touch: 2 things need you", body="New: one, with “quotes” & <angles>\nNew: two")


@dataclass(slots=True)
class Board:
    """What a server on loopback was posted, and with which status it answers."""

    status: int = 200
    heard: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def board_server() -> Iterator[tuple[str, Board]]:
    """Yield the apprise address of a server that takes JSON, and what it heard."""
    board = Board()

    class Hearing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            board.heard.append(json.loads(body))
            self.send_response(board.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hearing) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"json://user:s3cret@127.0.0.1:{server.server_port}/", board
        finally:
            server.shutdown()
            thread.join()


@dataclass(slots=True, kw_only=True)
class Bench:
    """An alarm, how to make it deaf, and what it said."""

    alarm: Alarm
    deafen: Callable[[], None]
    heard: Callable[[], list[tuple[str, str]]]


@pytest.fixture(params=["memory", "apprise"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "memory":
        alarm = MemoryAlarm()
        yield Bench(
            alarm=alarm,
            deafen=lambda: setattr(alarm, "is_deaf", True),
            heard=lambda: [(one.title, one.body) for one in alarm.heard],
        )
        return
    with board_server() as (url, board):
        yield Bench(
            alarm=AppriseAlarm([url]),
            deafen=lambda: setattr(board, "status", 500),
            heard=lambda: [(one["title"], one["message"]) for one in board.heard],
        )


def test_what_is_said_is_heard_once_and_whole(bench: Bench) -> None:
    assert list(bench.alarm.tell(TWO)) == []

    assert bench.heard() == [(TWO.title, TWO.body)]


def test_whom_nobody_hears_is_told_so_without_a_secret(bench: Bench) -> None:
    bench.deafen()

    with pytest.raises(Unavailable) as failed:
        bench.alarm.tell(TWO)

    assert "s3cret" not in str(failed.value)


def test_one_place_that_does_not_take_it_hides_it_from_no_other() -> None:
    with board_server() as (url, board):
        deaf = AppriseAlarm(["json://127.0.0.1:9/?cto=1", url]).tell(TWO)

    assert list(deaf) == ["JSON (address 1)"]
    assert len(board.heard) == 1


def test_an_address_that_cannot_be_read_is_named_by_its_number_alone() -> None:
    with pytest.raises(Misconfigured, match="FIFTHTOUCH_ALERT_URLS: address 2 of 2") as failed:
        AppriseAlarm(["json://127.0.0.1/", "nonsense://s3cret"]).names()

    assert "s3cret" not in str(failed.value)


def test_a_place_has_a_name_without_secrets_and_a_time_limit() -> None:
    alarm = AppriseAlarm(["mailto://user:s3cret@example.com?rto=500&cto=500"])

    assert list(alarm.names()) == ["E-Mail (address 1)"]
    [(_, place)] = alarm._places()
    assert (place.socket_connect_timeout, place.socket_read_timeout) == (10.0, 10.0)


def test_commas_stand_between_addresses() -> None:
    assert read_alert_urls(" json://a , slack://b,, ") == ("json://a", "slack://b")


def test_telling_staff_does_not_change_how_our_own_mail_is_encoded() -> None:
    told = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True, cwd=REPOSITORY)

    assert told.stdout.strip() == "True"


_LOADED = """
from email import charset
before = dict(charset.CHARSETS)
from channels.apprise_alarm import AppriseAlarm
AppriseAlarm(["mailto://user:secret@example.com"]).names()
print(charset.CHARSETS == before)
"""
