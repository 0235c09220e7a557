"""Open pages hear that something changed: in order, whoever changed it, and without a gap between two connections."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from socket import SHUT_RDWR
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.flows.kit import Kit
from engine.store.changes import Marks, Topic
from engine.web.console.live import read_place, write_place
from engine.web.watch import LISTENERS_MAX, Sight, Watch
from tests.servers import eventually
from tests.web.scenes import arrive, work
from tests.web.served import served


class Page:
    """An open page: what it heard, in order."""

    def __init__(self, answer: HTTPResponse) -> None:
        self._answer = answer
        self.events: list[tuple[str, list[str], str]] = []
        self.head = dict(answer.getheaders())
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def hears(self, name: str, topic: str | None = None) -> None:
        """Wait for an event called *name* about *topic*."""
        eventually(lambda: any(event[0] == name and (topic is None or topic in event[1]) for event in self.events))

    def ended(self) -> None:
        """Wait until the server, or whoever cut the line, has ended it."""
        self._thread.join(timeout=10)

    def _read(self) -> None:
        with suppress(OSError, HTTPException):
            self._read_on()

    def _read_on(self) -> None:
        told: dict[str, str] = {}
        while line := self._answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                told[name] = value
            elif "event" in told:
                self.events.append((told["event"], json.loads(told["data"]), told["id"]))
                told = {}


@contextmanager
def opened(address: str, topics: str, **headers: str) -> Iterator[Page]:
    """Listen to *topics* until the block ends."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request("GET", f"/console/live?topics={topics}", headers=headers)
    page = Page(connection.getresponse())
    try:
        yield page
    finally:
        connection.sock.shutdown(SHUT_RDWR)
        page.ended()
        connection.close()


@pytest.fixture
def address(app: FastAPI, browser: TestClient) -> Iterator[str]:
    with served(app) as address:
        yield address


def signed_in(browser: TestClient) -> dict[str, str]:
    """Return the headers with which *browser* would ask."""
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}


def test_a_new_message_is_heard_of_by_whoever_asked(kit: Kit, browser: TestClient, address: str) -> None:
    who = signed_in(browser)
    with opened(address, "messages", **who) as page, opened(address, "replies", **who) as other:
        page.hears("listening")
        other.hears("listening")

        arrive(kit)
        work(kit)

        page.hears("changed", "messages")
        assert [name for name, _, _ in other.events] == ["listening"]
        assert "text/event-stream" in page.head["content-type"]


def test_what_changed_while_a_page_was_away_is_told_when_it_comes_back(
    kit: Kit, browser: TestClient, address: str
) -> None:
    who = signed_in(browser)
    with opened(address, "messages,leads", **who) as page:
        page.hears("listening")
        last = page.events[-1][2]

    arrive(kit)

    with opened(address, "messages,leads", **who, **{"Last-Event-ID": last}) as page:
        page.hears("changed", "leads")
        assert page.events[0][0] == "changed"


def test_a_page_that_went_away_is_let_go(app: FastAPI, browser: TestClient, address: str) -> None:
    with opened(address, "messages", **signed_in(browser)) as page:
        page.hears("listening")
        watch = app.state.watch
        assert len(watch._listeners) == 1

    eventually(lambda: not watch._listeners)


@pytest.mark.parametrize("topics", ["", "weather", "messages,weather"])
def test_topics_that_there_are_not_are_refused(browser: TestClient, topics: str) -> None:
    answer = browser.get(f"/console/live?topics={topics}")

    assert answer.status_code == 400
    assert "Say which topics" in answer.text


def test_one_page_too_many_is_asked_to_come_again(app: FastAPI, kit: Kit, browser: TestClient) -> None:
    watch: Any = Watch(kit.database)
    watch._listeners.update(object() for _ in range(LISTENERS_MAX))
    app.state.watch = watch

    answer = browser.get("/console/live?topics=messages")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def marks(number: int, *writers: str) -> Marks:
    return Marks(numbers=dict.fromkeys(Topic, 0) | {Topic.TASKS: number}, writers=frozenset(writers))


def test_a_change_is_told_once() -> None:
    sight = Sight()

    assert [set(), {Topic.TASKS}, set()] == [sight.look(marks(number)) for number in (1, 2, 2)]


def test_a_change_that_may_not_be_committed_yet_is_told_again_when_it_must_be() -> None:
    sight = Sight()
    sight.look(marks(1))

    under_way = sight.look(marks(2, "3/7"))
    place = sight.settled[Topic.TASKS]
    still = sight.look(marks(2, "3/7", "4/1"))
    over = sight.look(marks(2, "4/1"))

    assert [{Topic.TASKS}, set(), {Topic.TASKS}] == [set(one) for one in (under_way, still, over)]
    assert (place, sight.settled[Topic.TASKS]) == (0, 2)


def test_a_page_that_comes_back_hears_only_of_what_moved() -> None:
    sight = Sight(marks(1).numbers)

    assert {Topic.TASKS} == sight.look(marks(2))


def test_a_place_reads_as_it_was_written() -> None:
    seen = dict(zip(Topic, range(5), strict=True))

    assert seen == read_place(write_place(seen))


@pytest.mark.parametrize("text", ["", "1.2", "a.b.c.d.e", "1.2.3.4.5.6", "-1.2.3.4.5", "٣.1.1.1.1"])
def test_a_place_that_is_none_begins_anew(text: str) -> None:
    assert read_place(text) is None
