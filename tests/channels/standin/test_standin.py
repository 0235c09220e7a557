"""The stand-in as a whole: it starts and ends cleanly, does wrong when told to, and keeps an account that lasts."""

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from channels.address import Channel
from channels.standin import Accepted, Fault, FaultKind, StandIn, does, read_account, read_notes
from channels.webhooks import sendgrid_signature
from tests.channels.standin.conftest import LEAD, SENDER, events_in, mail_to, twilio_client
from tests.channels.standin.listener import Listener


def _post_mail(standin: StandIn, timeout: float = 5) -> requests.Response:
    keys = {"Authorization": f"Bearer {standin.sendgrid_api_key}"}
    body = mail_to("ann@example.com")
    return requests.post(f"{standin.sendgrid_url}/v3/mail/send", json=body, headers=keys, timeout=timeout)


def test_it_ends_with_its_block_and_leaves_no_thread() -> None:
    before = threading.active_count()

    with StandIn() as standin:
        port = int(standin.sendgrid_url.rpartition(":")[2])
        assert threading.active_count() == before + 1

    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_it_ends_while_requests_wait_for_an_answer_and_leads_have_plans(engine: Listener) -> None:
    with StandIn(engine.url, pace_seconds=60) as standin:
        _post_mail(standin)
        standin.faults.be_silent()
        with pytest.raises(requests.ReadTimeout):
            _post_mail(standin, timeout=0.2)

    assert engine.came == []


def test_a_port_that_somebody_has_is_told_at_once() -> None:
    with StandIn() as first:
        port = int(first.sendgrid_url.rpartition(":")[2])

        with pytest.raises(OSError, match="address already in use"), StandIn(port_base=port):
            pass


def test_the_same_seed_gives_the_same_keys_and_another_others() -> None:
    one, same, other = StandIn(seed="one"), StandIn(seed="one"), StandIn(seed="other")

    assert one.environment().keys() == other.environment().keys()
    assert (one.sendgrid_webhook_key, one.twilio_token) == (same.sendgrid_webhook_key, same.twilio_token)
    assert one.sendgrid_webhook_key not in (other.sendgrid_webhook_key, one.sendgrid_inbound_key)


def test_without_an_engine_nothing_is_posted_and_everything_is_kept() -> None:
    with StandIn() as standin:
        client = twilio_client(standin.twilio_sid, standin.twilio_token, standin.twilio_url)
        sid = client.messages.create(to=LEAD, from_=SENDER, body="Hello", status_callback="http://127.0.0.1:1/x").sid
        _post_mail(standin)
        standin.settle()

        assert client.messages(sid).fetch().status == "delivered"
        assert (len(standin.account), standin.posts.made) == (2, ())


def test_its_clock_may_be_anothers(engine: Listener) -> None:
    then = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    with StandIn(engine.url, now=lambda: then) as standin:
        standin.post_events([{"event": "delivered"}])

        [came] = engine.came
        assert sendgrid_signature.verify(came.headers, came.body, [standin.sendgrid_webhook_key], now=then)


@pytest.mark.parametrize(
    ("fault", "status", "kept"),
    [("throttle", 429, 0), ("fail", 503, 0), ("refuse", 400, 0), ("mute", 202, 1), ("malformed", 202, 1)],
)
def test_a_fault_strikes_as_often_as_it_was_told_to(standin: StandIn, fault: str, status: int, kept: int) -> None:
    standin.faults.add(fault, provider="sendgrid", times=2)

    statuses = [_post_mail(standin).status_code for _ in range(3)]

    assert statuses == [status, status, 202]
    assert len(standin.account) == 2 * kept + 1


def test_too_fast_says_when_to_come_again(standin: StandIn, text: Callable[..., Any]) -> None:
    standin.faults.add(Fault(kind=FaultKind.THROTTLE, seconds=7))

    assert _post_mail(standin).headers["Retry-After"] == "7"
    with pytest.raises(TwilioRestException) as refused:
        text()
    assert (refused.value.status, refused.value.code) == (429, 20429)


@pytest.mark.parametrize(("fault", "kept"), [("reset_early", 0), ("reset_late", 1)])
def test_a_reset_leaves_the_sender_in_doubt(standin: StandIn, fault: str, kept: int) -> None:
    standin.faults.add(fault, times=1)

    with pytest.raises(requests.ConnectionError):
        _post_mail(standin)

    assert len(standin.account) == kept


def test_a_slow_answer_is_the_right_one(standin: StandIn) -> None:
    standin.faults.add(Fault(kind=FaultKind.SLOW, seconds=0.3), times=1)

    with pytest.raises(requests.ReadTimeout):
        _post_mail(standin, timeout=0.1)
    answer = _post_mail(standin)

    assert (answer.status_code, len(standin.account)) == (202, 2)


def test_a_provider_may_lie(standin: StandIn) -> None:
    standin.faults.add(Fault(kind=FaultKind.FAIL, status=500, accepts=True), times=1)
    standin.faults.add(Fault(kind=FaultKind.RESET_LATE, accepts=False), times=1)

    lied = _post_mail(standin)
    with pytest.raises(requests.ConnectionError):
        _post_mail(standin)

    assert (lied.status_code, len(standin.account)) == (500, 1)


def test_a_fault_may_strike_a_share_and_only_one_provider(standin: StandIn, text: Callable[..., Any]) -> None:
    standin.faults.add("fail", provider="sendgrid", share=0.5)

    statuses = [_post_mail(standin).status_code for _ in range(40)]
    text()

    assert 8 < statuses.count(503) < 32
    assert len(standin.account.of("twilio")) == 1


def test_lookups_are_spared_unless_they_are_meant(standin: StandIn, twilio: Any, text: Callable[..., Any]) -> None:
    sid = text().sid
    standin.faults.be_refusing()

    assert twilio.messages(sid).fetch().sid == sid
    standin.faults.add("fail", reads=True)
    with pytest.raises(TwilioRestException):
        twilio.messages(sid).fetch()


def test_the_moods_of_the_contract_are_set_in_a_word(standin: StandIn) -> None:
    standin.faults.be_refusing()
    refused = _post_mail(standin).status_code
    standin.faults.be_willing()
    taken = _post_mail(standin).status_code

    assert (refused, taken, len(standin.account)) == (400, 202, 1)


def test_the_account_outlives_the_stand_in_in_a_file(engine: Listener, tmp_path: Path) -> None:
    file = tmp_path / "account.jsonl"
    with StandIn(engine.url, account_file=file) as standin:
        _post_mail(standin)
        written = read_account(file)
        client = twilio_client(standin.twilio_sid, standin.twilio_token, standin.twilio_url)
        client.calls.create(to=LEAD, from_=SENDER, twiml="<Response><Say>Line\u2028break</Say></Response>")
        standin.settle()
        kept = standin.account.accepted

    assert written == [kept[0]]
    assert read_account(file) == list(kept)
    [call] = read_notes(file, "call")
    assert (call["status"], call["heard"][0]["verb"]) == ("completed", "Say")
    assert isinstance(kept[0], Accepted)


def test_a_line_that_was_cut_off_was_never_answered(tmp_path: Path) -> None:
    file = tmp_path / "account.jsonl"
    with StandIn(account_file=file) as standin:
        _post_mail(standin)
        _post_mail(standin)

    file.write_text(file.read_text()[:-20])

    assert len(read_account(file)) == 1


def test_scripts_may_differ_by_channel(standin: StandIn, twilio: Any, engine: Listener) -> None:
    standin.leads.script(LEAD, does("delivered"), channel=Channel.SMS)
    standin.leads.script(LEAD, does("missed", "busy"), channel=Channel.VOICEMAIL)

    twilio.messages.create(to=LEAD, from_=SENDER, body="Hello", status_callback=f"{engine.url}/text")
    twilio.calls.create(to=LEAD, from_=SENDER, url=f"{engine.url}/voice", status_callback=f"{engine.url}/call")
    standin.settle()

    assert [one.form["MessageStatus"] for one in engine.at("/text")] == ["delivered"]
    assert [one.form["CallStatus"] for one in engine.at("/call")] == ["busy"]


def test_for_many_messages_it_keeps_whom_and_when_and_tells_of_them_all_the_same(engine: Listener) -> None:
    with StandIn(engine.url, bodies=False) as standin:
        _post_mail(standin)
        standin.settle()

        [kept] = standin.account.accepted
        assert (kept.to, kept.message_id, kept.text, kept.raw) == ("ann@example.com", "m-ann@example.com", "", None)
        assert sorted(one["event"] for one in events_in(engine)) == ["delivered", "processed"]
        assert {one.body for one in standin.posts.made} == {b""}
