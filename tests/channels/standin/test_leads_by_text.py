"""What leads with a mobile do, as the engine hears of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from channels.events import EventKind, ProviderEvent
from channels.standin import Deed, Does, StandIn, does
from channels.webhooks import twilio_signature, twilio_sms, twilio_status
from tests.channels.standin.conftest import LEAD, SENDER
from tests.channels.standin.listener import Came, Listener, Said

NOW = datetime(2040, 1, 1, tzinfo=UTC)


def _statuses(engine: Listener) -> list[str]:
    return [one.form["MessageStatus"] for one in engine.at("/status")]


def test_a_text_is_told_sent_and_delivered_at_the_very_url_it_named(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    sid = text(status_callback=f"{engine.url}/status?message=7&x=a%20b").sid

    standin.settle()

    assert [one.path for one in engine.came] == ["/status?message=7&x=a%20b"] * 2
    assert _statuses(engine) == ["sent", "delivered"]
    assert {one.form["MessageSid"] for one in engine.came} == {sid}
    assert engine.came[1].form["RawDlrDoneDate"].isdigit()


def test_status_callbacks_are_signed_as_the_official_library_and_ours_check(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    text(status_callback=f"{engine.url}/status?message=7&x=a%20b")
    standin.settle()

    for came in engine.came:
        url = engine.url + came.path
        signature = came.headers["X-Twilio-Signature"]
        assert RequestValidator(standin.twilio_token).validate(url, came.form, signature)
        assert twilio_signature.verify(url, came.headers, came.body, [standin.twilio_token])


def test_an_error_code_comes_with_what_was_not_delivered(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    standin.leads.script(LEAD, does("undelivered", code="30006"))
    text()
    standin.settle()

    [event] = twilio_status.parse(engine.came[0].body, received_at=NOW)

    assert isinstance(event, ProviderEvent)
    assert (event.kind, event.extra["code"]) == (EventKind.UNDELIVERED, "30006")


def test_a_reply_comes_in_signed_and_from_the_lead(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    standin.leads.script(LEAD, does("replied", "Yes please, call me \u2764"))
    text()
    standin.settle()

    [came] = engine.at("/webhooks/twilio/sms")
    [event] = twilio_sms.parse(came.body, received_at=NOW)
    assert isinstance(event, ProviderEvent)
    assert (event.kind, event.text, event.address) == (EventKind.REPLIED, "Yes please, call me \u2764", LEAD)
    assert event.extra["to"] == SENDER
    assert twilio_signature.verify(engine.url + came.path, came.headers, came.body, [standin.twilio_token])


@pytest.mark.parametrize(
    ("service", "opt_out"),
    [({}, None), ({"messaging_service_sid": "MG" + "0" * 32}, "STOP")],
    ids=["number", "service"],
)
def test_only_a_messaging_service_names_a_stop(
    standin: StandIn, engine: Listener, text: Callable[..., Any], service: dict[str, str], opt_out: str | None
) -> None:
    standin.leads.script(LEAD, does("stopped"))
    text(**service)
    standin.settle()

    [came] = engine.at("/webhooks/twilio/sms")
    assert (came.form["Body"], came.form.get("OptOutType")) == ("STOP", opt_out)
    assert LEAD in standin.twilio.stopped


def test_a_text_may_come_out_of_the_blue(standin: StandIn, engine: Listener) -> None:
    posted = standin.text_in("+15035550171", SENDER, "Do you open on Sundays?")

    assert posted is not None
    assert posted.status == 204
    assert engine.came[0].form["Body"] == "Do you open on Sundays?"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Said(status=200, body=b"<Response/>"), []),
        (Said(status=200, body=b"<Response><Message>Thanks!</Message></Response>"), ["Thanks!"]),
        (Said(status=200, body=b"<Response><Message><Body>Thanks!</Body></Message></Response>"), ["Thanks!"]),
        (Said(status=200, body=b"OK", content_type="text/plain"), ["OK"]),
        (Said(status=500, body=b"Sorry", content_type="text/plain"), []),
    ],
    ids=["nothing", "message", "body", "plain text", "error"],
)
def test_what_the_engine_answers_to_a_text_is_texted_to_its_writer(
    standin: StandIn, engine: Listener, answer: Said, said: list[str]
) -> None:
    engine.answer = lambda _came: answer

    standin.text_in(LEAD, SENDER, "Hello")

    assert [one.text for one in standin.account.to(LEAD)] == said


def test_twilio_tries_once_more_where_nobody_answers_and_not_after_an_answer(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    standin.leads.script(LEAD, does("delivered"))
    engine.answer = lambda _came: Said(status=500)
    text()
    text(status_callback="http://127.0.0.1:1/status")
    standin.settle()

    assert sorted(one.status or 0 for one in standin.posts.of("status")) == [0, 0, 500]


def test_nothing_is_ever_posted_to_another_machine(standin: StandIn, text: Callable[..., Any]) -> None:
    standin.leads.script(LEAD, does("delivered"))
    text(status_callback="https://hello.example.com/status")
    standin.settle()

    [posted] = standin.posts.made
    assert (posted.status, posted.problem) == (None, "not on this machine: hello.example.com")


def test_a_public_url_is_signed_as_it_is_and_posted_behind_the_proxy(engine: Listener) -> None:
    with StandIn(engine.url, public_url="https://hello.example.com/ft") as standin:
        standin.text_in(LEAD, SENDER, "Hello")

        [came] = engine.came
        url = "https://hello.example.com/ft/webhooks/twilio/sms"
        assert (came.path, came.headers["Host"]) == ("/webhooks/twilio/sms", "hello.example.com")
        assert came.headers["X-Forwarded-Proto"] == "https"
        assert twilio_signature.verify(url, came.headers, came.body, [standin.twilio_token])


@pytest.mark.parametrize(
    ("digits", "heard"),
    [
        ("91", ["sent", "undelivered"]),
        ("93", ["sent", "delivered", "STOP"]),
        ("94", ["sent", "delivered", "What would that cost for a house of 1,800 square feet?"]),
        ("96", ["sent", "delivered", "You have the wrong number."]),
        ("23", ["sent", "delivered"]),
    ],
)
def test_numbers_behave_as_in_the_sandbox(
    standin: StandIn, engine: Listener, text: Callable[..., Any], digits: str, heard: list[str]
) -> None:
    text(to=f"+150355501{digits}")
    standin.settle()

    assert [one.form.get("MessageStatus") or one.form["Body"] for one in engine.came] == heard


def test_a_behaviour_decides_for_whoever_has_no_script(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    standin.leads.behave(lambda message: [Does(deed=Deed.REPLIED, text=f"You said {message.text}")])
    standin.leads.script("+15035550121")
    text()
    text(to="+15035550121")
    standin.settle()

    assert [one.form["Body"] for one in engine.came] == ["You said Hello"]


def test_a_muted_text_is_accepted_and_nothing_is_told_of_it(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    standin.faults.add("mute", provider="twilio", times=1)

    text()
    standin.settle()

    assert (len(standin.account), engine.came) == (1, [])


def test_callbacks_come_forged_unsigned_doubled_and_cut_off(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    standin.leads.script(LEAD, does("delivered"))
    for trick in ("forged", "unsigned", "doubled", "cut_off"):
        standin.posts.play(trick, provider="twilio", times=1)
        text()
        standin.settle()

    def _is_true(came: Came) -> bool:
        return twilio_signature.verify(engine.url + came.path, came.headers, came.body, [standin.twilio_token])

    assert [_is_true(came) for came in engine.came] == [False, False, True, True, False]
    assert engine.came[2].body == engine.came[3].body


def test_a_status_may_come_after_the_one_that_follows_it(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    standin.posts.play("reordered", times=1)

    text()
    standin.settle()

    assert _statuses(engine) == ["delivered", "sent"]


def test_a_status_that_nothing_follows_comes_all_the_same(
    standin: StandIn, engine: Listener, text: Callable[..., Any]
) -> None:
    standin.posts.play("reordered")

    text()
    standin.settle()

    assert sorted(_statuses(engine)) == ["delivered", "sent"]
