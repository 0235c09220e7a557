"""The stand-in as Twilio's API: texts and calls made, refused, looked up and listed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from channels.address import Channel
from channels.standin import StandIn, does
from tests.channels.standin.conftest import LEAD, SENDER, twilio_client
from tests.channels.standin.listener import Listener

OUR_ID = "01890000-0000-7000-8000-000000000001"


def test_a_text_of_the_official_library_is_kept_under_our_id(standin: StandIn, text: Callable[..., Any]) -> None:
    sent = text(status_callback=f"http://127.0.0.1:1/status?message={OUR_ID}", body="Hello \u2764")

    [kept] = standin.account.of("twilio")
    assert (sent.status, sent.num_segments, sent.sid) == ("queued", "1", kept.provider_id)
    assert (kept.channel, kept.message_id, kept.to, kept.sender, kept.text) == (
        Channel.SMS, OUR_ID, LEAD, SENDER, "Hello \u2764",
    )  # fmt: skip
    assert kept.raw["StatusCallback"].endswith(OUR_ID)


def test_a_messaging_service_accepts_first_and_chooses_the_sender_later(twilio: Any) -> None:
    sent = twilio.messages.create(to=LEAD, messaging_service_sid="MG" + "0" * 32, body="Hello")

    assert (sent.status, sent.from_, sent.num_segments) == ("accepted", None, "0")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12"}, 21211),
        ({"to": "bob"}, 21211),
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"from_": "!"}, 21212),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "not a URL"}, 21609),
    ],
    ids=str,
)
def test_a_wrong_text_is_refused_with_twilios_code_and_not_kept(
    standin: StandIn, text: Callable[..., Any], fields: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        text(**fields)

    assert (refused.value.code, refused.value.status) == (code, 400)
    assert refused.value.msg.startswith("Unable to create record: ")
    assert len(standin.account) == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, 21201),
        ({"from_": ""}, 21213),
        ({"url": ""}, 21205),
        ({"url": "nowhere"}, 21205),
        ({"to": "x"}, 21211),
    ],
    ids=str,
)
def test_a_wrong_call_is_refused_with_twilios_code(
    standin: StandIn, twilio: Any, fields: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls.create(**{"to": LEAD, "from_": SENDER, "url": "http://127.0.0.1:1/voice", **fields})

    assert refused.value.code == code
    assert len(standin.account) == 0


@pytest.mark.parametrize(("wrong", "status"), [("token", 401), ("sid", 401)])
def test_wrong_keys_are_refused(standin: StandIn, wrong: str, status: int) -> None:
    sid, token = ("AC" + "0" * 32, standin.twilio_token) if wrong == "sid" else (standin.twilio_sid, "wrong")

    with pytest.raises(TwilioRestException) as refused:
        twilio_client(sid, token, standin.twilio_url).messages.create(to=LEAD, from_=SENDER, body="Hello")

    assert (refused.value.status, refused.value.code) == (status, 20003)


def test_whoever_stopped_is_texted_nothing_until_start(standin: StandIn, text: Callable[..., Any]) -> None:
    standin.text_in(LEAD, SENDER, "stop")

    with pytest.raises(TwilioRestException) as refused:
        text()
    standin.text_in(LEAD, SENDER, "START")
    text()

    assert refused.value.code == 21610
    assert len(standin.account) == 1


def test_a_number_may_be_refused_by_its_script(standin: StandIn, text: Callable[..., Any]) -> None:
    standin.leads.script(LEAD, does("refused", code="21614"))

    with pytest.raises(TwilioRestException) as refused:
        text()

    assert refused.value.code == 21614


def test_a_text_is_found_by_its_id_with_what_became_of_it(
    standin: StandIn, twilio: Any, text: Callable[..., Any]
) -> None:
    standin.leads.script(LEAD, does("sent"), does("undelivered", code="30005"))
    sid = text().sid
    standin.settle()

    found = twilio.messages(sid).fetch()

    assert (found.status, found.error_code, found.error_message) == (
        "undelivered",
        30005,
        "Unknown destination handset",
    )


def test_an_unknown_id_is_not_found(twilio: Any) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages("SM" + "0" * 32).fetch()

    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_texts_are_listed_by_number_and_day_the_newest_first(twilio: Any, text: Callable[..., Any]) -> None:
    first, second, other = text(), text(), text(to="+15035550121")

    listed = twilio.messages.list(to=LEAD, from_=SENDER, date_sent=first.date_created.date())
    since = twilio.messages.list(date_sent_after=first.date_created - timedelta(hours=1))
    before = twilio.messages.list(date_sent_before=datetime(2020, 1, 1, tzinfo=UTC))

    assert [one.sid for one in listed] == [second.sid, first.sid]
    assert {one.sid for one in since} == {first.sid, second.sid, other.sid}
    assert (before, twilio.messages.list(date_sent=date(2020, 1, 1))) == ([], [])


def test_a_long_list_comes_in_pages(twilio: Any, text: Callable[..., Any]) -> None:
    sent = [text().sid for _ in range(5)]

    listed = [one.sid for one in twilio.messages.list(page_size=2)]

    assert listed == sent[::-1]


def test_a_call_is_found_listed_and_hung_up(standin: StandIn, twilio: Any, engine: Listener) -> None:
    standin.leads.script(LEAD, does("answered", "human", steps=200))
    sid = twilio.calls.create(to=LEAD, from_=SENDER, url=f"{engine.url}/voice").sid

    twilio.calls(sid).update(status="completed")
    standin.settle()

    assert twilio.calls(sid).fetch().status == "completed"
    assert [one.sid for one in twilio.calls.list(to=LEAD, status="completed")] == [sid]
    assert engine.at("/voice") == []


def test_the_account_is_active(standin: StandIn, twilio: Any) -> None:
    assert twilio.api.accounts(standin.twilio_sid).fetch().status == "active"
