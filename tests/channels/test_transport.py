"""The transport says exactly whether a request may have left, whatever the far end does, and never sends one twice."""

from functools import partial
from ssl import PROTOCOL_TLS_SERVER, SSLContext, create_default_context

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import transport as module
from channels.transport import Answer, NoAnswer, NotStarted, Outcome, Transport
from tests.channels.wires import (
    Conversation,
    Reply,
    Wire,
    answer,
    begin_to_answer,
    far_end,
    hang_up,
    outcome_of,
    post,
    reset,
    say_nothing,
    take,
    take_and_hang_up,
    take_and_reset,
    talk_nonsense,
)
from tests.servers import eventually, free_port


def test_an_answer_comes_with_its_status_its_head_and_its_body(transport: Transport) -> None:
    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(answer(429, b"slower", "Retry-After: 7"))

    with far_end(reply) as wire:
        told = outcome_of(transport, post(wire))

    assert isinstance(told, Answer)
    assert (told.status, told.headers["retry-after"], told.body, told.is_whole) == (429, "7", b"slower", True)


def test_a_connection_is_used_again(transport: Transport) -> None:
    with far_end(take) as wire:
        for _ in range(5):
            outcome_of(transport, post(wire))

        assert (len(wire.connections), len(wire.requests)) == (1, 5)


def test_where_nobody_listens_nothing_starts(transport: Transport) -> None:
    asked: list[str] = []

    def may_start() -> bool:
        asked.append("now")
        return True

    told = outcome_of(transport, post(f"http://127.0.0.1:{free_port()}/"), may_start)

    assert isinstance(told, NotStarted)
    assert asked == []


@pytest.mark.parametrize("url", ["http://", "nonsense", "http://127.0.0.1:99999/", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_starts_nothing(transport: Transport, url: str) -> None:
    assert isinstance(outcome_of(transport, post(url)), NotStarted)


def test_the_deadline_is_asked_on_an_open_connection_before_the_first_byte(transport: Transport) -> None:
    seen: list[tuple[bool, int]] = []
    with far_end(take) as wire:

        def may_start() -> bool:
            eventually(lambda: bool(wire.connections))
            seen.append((bool(wire.connections), wire.bytes_seen))
            return True

        outcome_of(transport, post(wire), may_start)

        assert seen == [(True, 0)]
        assert len(wire.requests) == 1


def test_after_the_deadline_no_byte_leaves_and_no_connection_is_lost(transport: Transport) -> None:
    """More calls are refused than there may be connections: were one lost each time, the last would have none."""
    with far_end(take) as wire:
        refused = dict.fromkeys(range(module.CONNECTIONS_MAX + 10), partial(exchange_late, transport, wire))
        told = [outcome for _, outcome in transport.stream(refused)]

        assert {type(outcome) for outcome in told} == {NotStarted}
        assert wire.bytes_seen == 0
        assert isinstance(outcome_of(transport, post(wire)), Answer)


async def exchange_late(transport: Transport, wire: Wire) -> Outcome:
    return await transport.exchange(post(wire), lambda: False)


def test_a_late_call_on_a_used_connection_sends_nothing_either(transport: Transport) -> None:
    with far_end(take) as wire:
        outcome_of(transport, post(wire))
        before = wire.bytes_seen

        told = outcome_of(transport, post(wire), lambda: False)

        assert isinstance(told, NotStarted)
        assert wire.bytes_seen == before


def test_a_deadline_that_fails_starts_nothing(transport: Transport) -> None:
    def may_start() -> bool:
        raise OSError("no space left on device")

    with far_end(take) as wire:
        told = outcome_of(transport, post(wire), may_start)

        assert isinstance(told, NotStarted)
        assert wire.bytes_seen == 0


@pytest.mark.parametrize("reply", [reset, hang_up, talk_nonsense, begin_to_answer, say_nothing])
def test_a_request_without_an_answer_is_sent_once(impatient: Transport, reply: Reply) -> None:
    with far_end(reply) as wire:
        told = outcome_of(impatient, post(wire))

        assert isinstance(told, NoAnswer)
        assert len(wire.requests) == 1


@pytest.mark.parametrize("reply", [reset, hang_up, talk_nonsense, begin_to_answer, say_nothing])
def test_a_request_on_a_used_connection_is_sent_once_too(impatient: Transport, reply: Reply) -> None:
    def take_the_first(conversation: Conversation, request: bytes) -> None:
        (take if conversation.requests == 1 else reply)(conversation, request)

    with far_end(take_the_first) as wire:
        outcome_of(impatient, post(wire))

        told = outcome_of(impatient, post(wire))

        assert isinstance(told, NoAnswer)
        assert (len(wire.connections), len(wire.requests)) == (1, 2)


@pytest.mark.parametrize("reply", [take_and_hang_up, take_and_reset])
def test_a_connection_closed_between_two_requests_costs_no_message(transport: Transport, reply: Reply) -> None:
    """The far end announces nothing: only the end itself, which waits to be read, tells."""
    with far_end(reply) as wire:
        told = []
        for number in range(40):
            told.append(outcome_of(transport, post(wire, b"%d" % number)))
            eventually(lambda: all(one.is_over for one in wire.connections))

        assert {type(outcome) for outcome in told} == {Answer}
        assert len(wire.requests) == 40


FATES: tuple[Reply, ...] = (take, take_and_hang_up, take_and_reset, reset, hang_up, talk_nonsense, begin_to_answer)


@given(fates=st.lists(st.sampled_from(FATES), max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_to_connections_outcomes_are_true(impatient: Transport, fates: list[Reply]) -> None:
    left = iter(fates)

    def reply(conversation: Conversation, request: bytes) -> None:
        next(left, take)(conversation, request)

    with far_end(reply) as wire:
        told = {number: outcome_of(impatient, post(wire, b"<%d>" % number)) for number in range(len(fates))}
        arrived = {number: sum(one.endswith(b"<%d>" % number) for one in wire.requests) for number in told}

    assert all(arrived[number] == 1 for number, outcome in told.items() if isinstance(outcome, Answer))
    assert all(arrived[number] == 0 for number, outcome in told.items() if isinstance(outcome, NotStarted))
    assert all(arrived[number] <= 1 for number in told)


def test_an_answer_that_breaks_off_still_tells_its_status(transport: Transport) -> None:
    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(b"HTTP/1.1 400 No\r\nContent-Length: 100\r\n\r\nbecause")
        conversation.hang_up()

    with far_end(reply) as wire:
        told = outcome_of(transport, post(wire))

    assert isinstance(told, Answer)
    assert (told.status, told.body, told.is_whole) == (400, b"because", False)


def test_an_answer_without_end_is_cut(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_BYTES_MAX", 1000)

    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(b"HTTP/1.1 202 Fine\r\nContent-Length: 100000\r\n\r\n" + b"x" * 5000)

    with far_end(reply) as wire:
        told = outcome_of(transport, post(wire))

    assert isinstance(told, Answer)
    assert (told.status, len(told.body), told.is_whole) == (202, 1000, False)


def test_a_body_that_stops_coming_leaves_the_status(impatient: Transport) -> None:
    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(b"HTTP/1.1 404 No\r\nContent-Length: 100\r\n\r\nbecau")

    with far_end(reply) as wire:
        told = outcome_of(impatient, post(wire))

    assert isinstance(told, Answer)
    assert (told.status, told.is_whole) == (404, False)


def test_a_redirect_is_not_followed(transport: Transport) -> None:
    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(answer(307, b"", "Location: /elsewhere"))

    with far_end(reply) as wire:
        told = outcome_of(transport, post(wire))

        assert isinstance(told, Answer)
        assert told.status == 307
        assert len(wire.requests) == 1


def server_context(authority: trustme.CA) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def test_tls_that_is_not_trusted_starts_nothing(transport: Transport) -> None:
    with far_end(take, tls=server_context(trustme.CA())) as wire:
        told = outcome_of(transport, post(wire))

        assert isinstance(told, NotStarted)
        assert wire.requests == []


@pytest.mark.parametrize("reply", [take, take_and_hang_up])
def test_calls_over_tls_share_the_pool_and_notice_its_dead(reply: Reply) -> None:
    authority = trustme.CA()
    trust = create_default_context()
    authority.configure_trust(trust)
    transport = Transport(trust=trust)
    with far_end(reply, tls=server_context(authority)) as wire:
        told = []
        for _ in range(10):
            told.append(outcome_of(transport, post(wire)))
            eventually(lambda: reply is take or all(one.is_over for one in wire.connections))
        transport.close()

        assert {type(outcome) for outcome in told} == {Answer}
        assert len(wire.requests) == 10
