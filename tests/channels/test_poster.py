"""Posting to programs elsewhere: signed as their libraries verify it, never inward, never on, and little is read."""

from ipaddress import ip_address

import pytest
from standardwebhooks import Webhook

from channels.poster import ANSWER_BYTES_MAX, HttpPoster, may_reach
from channels.posting import Answered, Post, networks_in
from engine.clock import SystemClock
from tests.channels.wires import Conversation, answer, far_end

HERE = networks_in("127.0.0.0/8")
SECRET = "whsec_" + "c2VjcmV0LW9mLXRlc3RzLXRoYXQtb3BlbnMtbm90aGluZw=="


def post_one(poster: HttpPoster, url: str) -> Answered:
    [answered] = poster.post([Post(id="m1", url=url, body=b'{"a":1}', secrets=(SECRET,))], SystemClock().now()).values()
    return answered


def test_what_is_posted_carries_a_signature_that_verifies() -> None:
    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(answer(202, b"thanks" + b"!" * 5_000))

    with far_end(reply) as wire:
        answered = post_one(HttpPoster(allowed=HERE), f"{wire.url}/hooks")

    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert Webhook(SECRET).verify(body, headers) == {"a": 1}
    assert (answered.status, answered.is_taken, answered.text[:6]) == (202, True, "thanks")
    assert len(answered.text) <= ANSWER_BYTES_MAX


def test_a_redirect_is_not_followed_and_is_no_success() -> None:
    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(answer(302, b"", "Location: /elsewhere"))

    with far_end(reply) as wire:
        answered = post_one(HttpPoster(allowed=HERE), wire.url)

    assert (answered.is_taken, len(wire.requests)) == (False, 1)
    assert "redirects" in answered.problem


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_is_opened_inward(scheme: str, host: str) -> None:
    with far_end(lambda conversation, _: conversation.hang_up()) as wire:
        port = wire.url.rsplit(":", 1)[1]
        answered = post_one(HttpPoster(), f"{scheme}://{host}:{port}/")

    assert (answered.status, wire.connections) == (None, [])
    assert answered.problem


def test_a_name_that_leads_nowhere_is_told_in_words() -> None:
    answered = post_one(HttpPoster(), "https://127.0.0.1:1/")

    assert "not public" in answered.problem


@pytest.mark.parametrize(
    ("address", "is_plain", "expected"),
    [
        ("8.8.8.8", False, True), ("8.8.8.8", True, False), ("10.0.0.1", False, False), ("127.0.0.1", False, False),
        ("169.254.169.254", False, False), ("100.64.0.1", False, False), ("192.0.2.1", False, False),
        ("224.0.0.1", False, False), ("::1", False, False), ("fd00::1", False, False), ("fe80::1", False, False),
        ("::ffff:10.0.0.1", False, False), ("::ffff:8.8.8.8", False, True), ("64:ff9b::a00:1", False, False),
        ("2002:a00:1::", False, False), ("2606:4700::1111", False, True), ("192.168.7.7", False, True),
        ("192.168.7.7", True, True), ("::10.0.0.1", False, False), ("::ffff:0:10.0.0.1", False, False),
        ("64:ff9b:1::a00:1", False, False), ("fec0::1", False, False), ("192.0.0.192", False, False),
    ],
)  # fmt: skip
def test_only_the_public_and_what_was_named_is_reached(address: str, is_plain: bool, expected: bool) -> None:  # noqa: FBT001
    assert may_reach(ip_address(address), networks_in("192.168.7.0/24"), is_plain=is_plain) is expected
