"""The loop behind the transport: many calls at once, each told as it ends, through closing, opening anew and forking."""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from threading import Event, Thread

import pytest

from channels.errors import Unavailable
from channels.transport import Answer, NoAnswer, Outcome, Request, Transport
from tests.channels.wires import (
    Conversation,
    answer,
    far_end,
    outcome_of,
    post,
    say_nothing,
    take,
)
from tests.servers import eventually


def test_many_calls_are_under_way_at_once(transport: Transport) -> None:
    """The far end answers nobody before it has heard from all."""
    waiting: list[Conversation] = []

    def reply(conversation: Conversation, _request: bytes) -> None:
        waiting.append(conversation)
        if len(waiting) == 100:
            for one in waiting:
                one.say(answer(202))

    with far_end(reply) as wire:
        jobs = dict.fromkeys(range(100), partial(transport.exchange, post(wire)))
        told = [outcome for _, outcome in transport.stream(jobs)]

    assert {type(outcome) for outcome in told} == {Answer}


def test_what_is_known_is_told_while_others_wait(transport: Transport) -> None:
    told = Event()

    def reply(conversation: Conversation, request: bytes) -> None:
        if request.endswith(b"slow"):
            told.wait(10)
        take(conversation, request)

    with far_end(reply) as wire:
        jobs = {name: partial(transport.exchange, post(wire, name.encode())) for name in ("slow", "fast")}
        stream = transport.stream(jobs)
        first, _ = next(stream)
        told.set()
        second, _ = next(stream)

    assert (first, second) == ("fast", "slow")


def test_closing_ends_what_is_under_way_and_says_what_is_true_of_it(transport: Transport) -> None:
    outcomes: list[Outcome] = []
    with far_end(say_nothing) as wire:
        waiting = Thread(target=lambda: outcomes.append(outcome_of(transport, post(wire))))
        waiting.start()
        eventually(lambda: len(wire.requests) == 1)

        transport.close()
        waiting.join(timeout=10)

    assert [type(outcome) for outcome in outcomes] == [NoAnswer]


def test_after_closing_a_call_opens_anew(transport: Transport) -> None:
    with far_end(take) as wire:
        outcome_of(transport, post(wire))
        transport.close()

        assert isinstance(outcome_of(transport, post(wire)), Answer)


def test_an_error_of_our_own_is_handed_over_and_stops_nobody_else(transport: Transport) -> None:
    async def fail() -> Outcome:
        raise ZeroDivisionError

    with far_end(take) as wire:
        jobs: dict[str, Callable[[], Awaitable[Outcome]]] = {
            "bad": fail,
            "good": partial(transport.exchange, post(wire)),
        }
        told: dict[str, Outcome | BaseException] = dict(transport.stream(jobs))

    assert isinstance(told["bad"], ZeroDivisionError)
    assert isinstance(told["good"], Answer)


def test_a_list_is_fetched(transport: Transport) -> None:
    with far_end(take) as wire:
        told = transport.fetch(Request(method="GET", url=f"{wire.url}/list?from=1"))

        assert told.body == b"taken"
        assert wire.requests[0].startswith(b"GET /list?from=1 HTTP/1.1\r\n")


def test_a_list_that_cannot_be_fetched_is_an_error_that_hides_the_question(impatient: Transport) -> None:
    with far_end(say_nothing) as wire, pytest.raises(Unavailable) as caught:
        impatient.fetch(Request(method="GET", url=f"{wire.url}/list?email=ann@example.com"))

    assert "/list gave no answer" in str(caught.value)
    assert "ann@example.com" not in str(caught.value)


FORKED = """
import os, sys
from functools import partial
from channels.transport import Answer, Request, Transport

transport = Transport()
def ask(word):
    request = Request(method="POST", url=sys.argv[1], body=word)
    [(_, told)] = transport.stream({0: partial(transport.exchange, request)})
    return isinstance(told, Answer)
assert ask(b"before")
child = os.fork()
if child == 0:
    os._exit(0 if ask(b"child") and ask(b"child again") else 1)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert ask(b"parent")
"""


def test_a_forked_child_has_connections_of_its_own() -> None:
    with far_end(take) as wire:
        done = subprocess.run([sys.executable, "-c", FORKED, wire.url], check=False, capture_output=True, timeout=60)

        assert (done.returncode, done.stderr.decode()) == (0, "")  # nor is anything left open at the end
        over = [one.requests for one in wire.connections]
        assert over == [2, 2]  # the parent's, before and after; the child's
