"""The stand-in as Twilio's telephone: calls ring, are answered, follow TwiML, and end."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.events import EventKind, ProviderEvent
from channels.standin import StandIn, does
from channels.webhooks import twilio_signature, twilio_voice
from tests.channels.standin.conftest import LEAD, SENDER
from tests.channels.standin.listener import Came, Listener, Said

LATER = datetime(2040, 1, 1, tzinfo=UTC)
DETECTS = {"machine_detection": "DetectMessageEnd"}


@pytest.fixture
def call(standin: StandIn, twilio: Any, engine: Listener) -> Callable[..., Any]:
    """Return what places a call and waits for its end; *say* is the TwiML for each path."""

    def place(say: dict[str, str] | None = None, **fields: Any) -> Any:
        answers = {path: f"<Response>{twiml}</Response>".encode() for path, twiml in (say or {}).items()}

        def answer(came: Came) -> Said:
            body = answers.get(came.path.partition("?")[0])
            return Said(status=204) if body is None else Said(status=200, body=body)

        engine.answer = answer
        asked = {"to": LEAD, "from_": SENDER, "url": f"{engine.url}/answer", "status_callback": f"{engine.url}/status"}
        sid = twilio.calls.create(**{**asked, **fields}).sid
        standin.settle()
        return standin.twilio.calls.get(sid)

    return place


def test_a_machine_hears_the_message_after_the_beep(call: Callable[..., Any], engine: Listener) -> None:
    ended = call({"/answer": "<Pause length='1'/><Say>Hello, this is <emphasis>Seller</emphasis>.</Say>"}, **DETECTS)

    [answer] = engine.at("/answer")
    assert (answer.form["CallStatus"], answer.form["AnsweredBy"]) == ("in-progress", "machine_end_beep")
    assert [(one.verb, one.text) for one in ended.heard] == [("Pause", ""), ("Say", "Hello, this is Seller.")]
    assert (ended.status, ended.said()) == ("completed", "Hello, this is Seller.")


def test_the_end_is_told_with_who_answered_and_how_long_it_took(call: Callable[..., Any], engine: Listener) -> None:
    call({"/answer": "<Say>Hello there.</Say>"}, **DETECTS)

    [status] = engine.at("/status")
    [event] = twilio_voice.parse_status(status.body, received_at=LATER)
    assert isinstance(event, ProviderEvent)
    assert (event.kind, event.address) == (EventKind.DELIVERED, LEAD)
    assert (status.form["CallStatus"], status.form["SipResponseCode"]) == ("completed", "200")
    assert int(status.form["CallDuration"]) > 0


def test_every_request_of_a_call_is_signed(call: Callable[..., Any], standin: StandIn, engine: Listener) -> None:
    call({"/answer": "<Gather action='/keypress?x=1'/>"}, status_callback_event=["initiated", "ringing", "completed"])

    assert [one.path for one in engine.came] == ["/status", "/status", "/answer", "/status"]
    for came in engine.came:
        url = engine.url + came.path
        assert twilio_signature.verify(url, came.headers, came.body, [standin.twilio_token])


def test_progress_is_told_as_asked_for_in_numbered_steps(call: Callable[..., Any], engine: Listener) -> None:
    call({"/answer": ""}, status_callback_event=["initiated", "ringing", "answered", "completed"])

    told = [(one.form["CallStatus"], one.form["SequenceNumber"]) for one in engine.at("/status")]
    assert told == [("initiated", "0"), ("ringing", "1"), ("in-progress", "2"), ("completed", "3")]


def test_a_person_presses_a_key_and_the_answer_to_it_is_followed(
    call: Callable[..., Any], standin: StandIn, engine: Listener
) -> None:
    standin.leads.script(LEAD, does("answered", "human"), does("pressed", "99"))

    ended = call(
        {
            "/answer": "<Gather numDigits='1' action='/keypress?message=7'><Say>Press 9 to stop.</Say></Gather>"
            "<Say>Goodbye.</Say>",
            "/keypress": "<Say>You will not be called again.</Say><Hangup/>",
        },
        **DETECTS,
    )

    [pressed] = engine.at("/keypress")
    assert pressed.path == "/keypress?message=7"
    assert (pressed.form["Digits"], engine.at("/answer")[0].form["AnsweredBy"]) == ("9", "human")
    assert ended.said() == "Press 9 to stop.\nYou will not be called again."


def test_whoever_presses_nothing_hears_the_rest(call: Callable[..., Any], standin: StandIn) -> None:
    standin.leads.script(LEAD, does("answered", "human"))

    ended = call({"/answer": "<Gather><Say>Press 9.</Say></Gather><Say>Goodbye.</Say>"}, **DETECTS)

    assert ended.said() == "Press 9.\nGoodbye."


def test_whoever_hangs_up_hears_no_more(call: Callable[..., Any], standin: StandIn) -> None:
    standin.leads.script(LEAD, does("answered", "human"), does("hung_up"))

    ended = call({"/answer": "<Gather><Say>Press 9.</Say></Gather><Say>Goodbye.</Say>"}, **DETECTS)

    assert (ended.said(), ended.status) == ("Press 9.", "completed")


@pytest.mark.parametrize(
    ("how", "code", "sip", "kind"),
    [
        ("busy", "", "486", EventKind.UNDELIVERED),
        ("no-answer", "", "487", EventKind.UNDELIVERED),
        ("failed", "404", "404", EventKind.BOUNCED),
        ("canceled", "", "487", EventKind.UNDELIVERED),
    ],
)
def test_a_call_that_nobody_takes_asks_for_no_words(
    call: Callable[..., Any], standin: StandIn, engine: Listener, how: str, code: str, sip: str, kind: EventKind
) -> None:
    standin.leads.script(LEAD, does("missed", how, code=code))

    call({"/answer": "<Say>Hello.</Say>"}, **DETECTS)

    [status] = engine.came
    [event] = twilio_voice.parse_status(status.body, received_at=LATER)
    assert isinstance(event, ProviderEvent)
    assert (status.form["CallStatus"], status.form["SipResponseCode"], event.kind) == (how, sip, kind)


def test_a_redirect_is_followed_and_a_circle_ends(call: Callable[..., Any], engine: Listener) -> None:
    ended = call({"/answer": "<Redirect>/answer?again=1</Redirect>"})

    assert len(engine.at("/answer")) == 30
    assert ended.heard[-1].text == "too many documents"


def test_a_dial_asks_what_comes_after_it(call: Callable[..., Any], standin: StandIn, engine: Listener) -> None:
    standin.leads.script(LEAD, does("answered", "human"), does("dialled", "no-answer"))

    ended = call(
        {"/answer": "<Dial action='/after'><Number>+15035550111</Number></Dial>", "/after": "<Say>Sorry.</Say>"}
    )

    [after] = engine.at("/after")
    assert after.form["DialCallStatus"] == "no-answer"
    assert ("Number", "+15035550111") in [(one.verb, one.text) for one in ended.heard]
    assert ended.said() == "Sorry."


def test_what_is_played_is_fetched(call: Callable[..., Any], standin: StandIn, engine: Listener) -> None:
    call({"/answer": "<Play>/audio/one.mp3</Play>"})

    assert [one.url for one in standin.posts.of("audio")] == [f"{engine.url}/audio/one.mp3"]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (Said(status=500), "11200"),
        (Said(status=200, body=b"<Response>", content_type="text/xml"), "12100"),
        (Said(status=200, body=b"<html/>", content_type="text/xml"), "12100"),
        (Said(status=200, body=b"{}", content_type="application/json"), "12300"),
    ],
    ids=["error", "broken", "not TwiML", "not XML"],
)
def test_an_answer_that_is_no_twiml_is_an_error_on_the_call(
    standin: StandIn, twilio: Any, engine: Listener, said: Said, error: str
) -> None:
    engine.answer = lambda _came: said
    sid = twilio.calls.create(to=LEAD, from_=SENDER, url=f"{engine.url}/answer").sid
    standin.settle()

    found = standin.twilio.calls.get(sid)
    assert found is not None
    assert [(one.verb, one.text[:5]) for one in found.heard] == [("Error", error)]


def test_detection_that_does_not_wait_tells_only_that_it_is_a_machine(
    call: Callable[..., Any], engine: Listener
) -> None:
    call({"/answer": ""}, machine_detection="Enable")

    assert engine.at("/answer")[0].form["AnsweredBy"] == "machine_start"


def test_asynchronous_detection_tells_apart_from_the_answer(call: Callable[..., Any], engine: Listener) -> None:
    call(
        {"/answer": ""},
        machine_detection="DetectMessageEnd",
        async_amd="true",
        async_amd_status_callback=f"{engine.url}/detected",
    )

    assert "AnsweredBy" not in engine.at("/answer")[0].form
    assert engine.at("/detected")[0].form["AnsweredBy"] == "machine_end_beep"


def test_a_call_in_asks_what_to_say_and_tells_its_end(standin: StandIn, engine: Listener) -> None:
    twiml = b"<Response><Say>We are closed.</Say><Record action='/recorded'/></Response>"
    engine.answer = lambda came: Said(status=200, body=twiml if "inbound" in came.path else b"<Response/>")

    ended = standin.call_in(LEAD, SENDER, does("answered"), does("spoke", "Please call back"))

    assert [one.path for one in engine.came] == [
        "/webhooks/twilio/voice/inbound", "/recorded", "/webhooks/twilio/voice/status",
    ]  # fmt: skip
    [event] = twilio_voice.parse_inbound(engine.came[0].body, received_at=LATER)
    assert isinstance(event, ProviderEvent)
    assert (event.kind, event.address) == (EventKind.CALLED, LEAD)
    assert (ended.said(), ended.status, ended.direction) == ("We are closed.", "completed", "inbound")
    assert engine.came[1].form["RecordingDuration"] == "8"


@pytest.mark.parametrize(
    ("digits", "heard"),
    [
        ("91", ["no-answer"]),
        ("93", ["human", "9", "completed"]),
        ("94", ["human", "1", "completed"]),
        ("96", ["busy"]),
        ("23", ["machine_end_beep", "completed"]),
    ],
)
def test_numbers_behave_as_in_the_sandbox(
    call: Callable[..., Any], engine: Listener, digits: str, heard: list[str]
) -> None:
    call({"/answer": "<Gather action='/keypress'/>"}, to=f"+150355501{digits}", **DETECTS)

    names = {"/answer": "AnsweredBy", "/keypress": "Digits", "/status": "CallStatus"}
    assert [one.form[names[one.path]] for one in engine.came] == heard
