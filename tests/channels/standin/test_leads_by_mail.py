"""What leads with a mailbox do, as the engine hears of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sendgrid.helpers.eventwebhook import EventWebhook

from channels.events import EventKind, ProviderEvent
from channels.inbound.mail import InboundMail
from channels.standin import StandIn, does
from channels.standin.clock import system_now
from channels.webhooks import sendgrid_events, sendgrid_inbound, sendgrid_signature
from channels.webhooks.mail_events import read_mail_event
from tests.channels.standin.conftest import events_in, mail_to
from tests.channels.standin.listener import Listener, Said

ANN = "ann@example.com"
EVENTS, INBOUND = "/webhooks/sendgrid/events", "/webhooks/sendgrid/inbound"
LATER = datetime(2040, 1, 1, tzinfo=UTC)


def _told(engine: Listener) -> list[ProviderEvent]:
    found = [one for came in engine.at(EVENTS) for one in sendgrid_events.parse(came.body, received_at=LATER)]
    return [one for one in found if isinstance(one, ProviderEvent)]


def _html(engine: Listener) -> list[dict[str, str]]:
    return [
        {"type": "text/plain", "value": f"Read {engine.url}/c/plain"},
        {
            "type": "text/html",
            "value": f'<a href="{engine.url}/u/stop">Stop</a> <a href="{engine.url}/c/one?a=1&amp;b=2">Read</a>'
            f'<img alt="" src="{engine.url}/o/seen"><img src="https://elsewhere.example/x.png">',
        },
    ]


def test_a_mail_is_told_processed_and_delivered_with_both_its_ids(
    standin: StandIn, mail: Any, engine: Listener
) -> None:
    provider_id = mail.mail.send.post(request_body=mail_to(ANN)).headers["X-Message-Id"]
    standin.settle()

    told = sorted(_told(engine), key=lambda event: str(event.kind))
    assert [(one.extra["event"]) for one in told] == ["processed", "delivered"]
    assert {(one.message_id, one.provider_message_id, one.address) for one in told} == {("m-" + ANN, provider_id, ANN)}
    assert len({one.event_id for one in told}) == 2


def test_batches_are_signed_as_the_official_library_and_ours_check(
    standin: StandIn, mail: Any, engine: Listener
) -> None:
    mail.mail.send.post(request_body=mail_to(ANN))
    standin.settle()

    [came, *_] = engine.at(EVENTS)
    signature = came.headers["X-Twilio-Email-Event-Webhook-Signature"]
    timestamp = came.headers["X-Twilio-Email-Event-Webhook-Timestamp"]
    official = EventWebhook()
    key = official.convert_public_key_to_ecdsa(standin.sendgrid_webhook_key)
    assert official.verify_signature(came.body.decode(), signature, timestamp, key)
    assert sendgrid_signature.verify(came.headers, came.body, [standin.sendgrid_webhook_key], now=system_now())


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        ("deferred", EventKind.DEFERRED),
        ("bounced", EventKind.BOUNCED),
        ("blocked", EventKind.UNDELIVERED),
        ("opened", EventKind.OPENED),
        ("complained", EventKind.COMPLAINED),
        ("unsubscribed", EventKind.UNSUBSCRIBED),
    ],
)
def test_each_deed_is_told_in_sendgrids_words(
    standin: StandIn, mail: Any, engine: Listener, deed: str, kind: EventKind
) -> None:
    standin.leads.script(ANN, does(deed))
    mail.mail.send.post(request_body=mail_to(ANN))
    standin.settle()

    assert [one.kind for one in _told(engine)] == [kind]


def test_an_opening_fetches_the_pictures_that_are_on_this_machine(
    standin: StandIn, mail: Any, engine: Listener
) -> None:
    standin.leads.script(ANN, does("opened"))
    mail.mail.send.post(request_body=mail_to(ANN, content=_html(engine)))
    standin.settle()

    assert [one.method for one in engine.at("/o/seen")] == ["GET"]
    assert [one.problem for one in standin.posts.of("picture")] == ["", "not on this machine: elsewhere.example"]


def test_a_click_follows_the_link_that_stops_nothing_as_a_browser_would(
    standin: StandIn, mail: Any, engine: Listener
) -> None:
    standin.leads.script(ANN, does("clicked"), does("clicked", "/u/", machine=True))
    mail.mail.send.post(request_body=mail_to(ANN, content=_html(engine)))
    standin.settle()

    [click] = engine.at("/c/one")
    [scan] = engine.at("/u/stop")
    assert (click.method, click.path) == ("GET", "/c/one?a=1&b=2")
    assert "Chrome" in click.headers["User-Agent"]
    assert [one.machine for one in sorted(_told(engine), key=lambda one: one.machine)] == [False, True]
    assert scan.method == "GET"


def test_nothing_is_told_of_openings_and_clicks_where_sendgrids_tracking_is_off(
    standin: StandIn, mail: Any, engine: Listener
) -> None:
    standin.leads.script(ANN, does("opened"), does("clicked"), does("delivered"))
    off = {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}}
    mail.mail.send.post(request_body=mail_to(ANN, content=_html(engine), tracking_settings=off))
    standin.settle()

    assert [one["event"] for one in events_in(engine)] == ["delivered"]
    assert len(engine.at("/c/one")) == 1


@pytest.mark.parametrize("encoding", ["", "multipart"])
def test_one_click_posts_what_rfc_8058_says(standin: StandIn, mail: Any, engine: Listener, encoding: str) -> None:
    standin.leads.script(ANN, does("one_click", encoding))
    headers = {
        "List-Unsubscribe": f"<mailto:stop@seller.example>, <{engine.url}/u/token>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    mail.mail.send.post(request_body=mail_to(ANN, headers=headers))
    standin.settle()

    [came] = engine.at("/u/token")
    assert came.method == "POST"
    assert came.headers["Content-Type"].startswith(f"{encoding or 'application'}/")
    assert b"List-Unsubscribe" in came.body
    assert b"One-Click" in came.body


def test_a_mail_that_offers_no_one_click_gets_none(standin: StandIn, mail: Any, engine: Listener) -> None:
    standin.leads.script(ANN, does("one_click"))
    mail.mail.send.post(request_body=mail_to(ANN, headers={"List-Unsubscribe": f"<{engine.url}/u/token>"}))
    standin.settle()

    assert engine.came == []


def test_a_reply_is_a_signed_mail_to_the_reply_to_with_what_it_answers_quoted(
    standin: StandIn, mail: Any, engine: Listener
) -> None:
    standin.leads.script(ANN, does("replied", "Thursday suits us, \u00fcbrigens."))
    reply_to = {"email": "reply+abcd@seller.example"}
    mail.mail.send.post(request_body=mail_to(ANN, reply_to=reply_to, headers={"Message-ID": "<one@seller.example>"}))
    standin.settle()

    [came] = engine.at(INBOUND)
    read = sendgrid_inbound.parse(came.headers["Content-Type"], came.body)
    assert isinstance(read, InboundMail)
    event = read_mail_event(read, provider="sendgrid", received_at=LATER)
    assert (event.kind, event.text, event.address) == (EventKind.REPLIED, "Thursday suits us, \u00fcbrigens.", ANN)
    assert (event.extra["tokens"], event.extra["in_reply_to"]) == (["abcd"], ["one@seller.example"])
    assert read.problems == ()
    assert sendgrid_signature.verify(came.headers, came.body, [standin.sendgrid_inbound_key], now=system_now())
    assert not sendgrid_signature.verify(came.headers, came.body, [standin.sendgrid_webhook_key], now=system_now())


def test_a_machine_that_answers_is_known_for_one(standin: StandIn, mail: Any, engine: Listener) -> None:
    mail.mail.send.post(request_body=mail_to("away+ann@example.com"))
    standin.settle()

    [came] = engine.at(INBOUND)
    read = sendgrid_inbound.parse(came.headers["Content-Type"], came.body)
    assert isinstance(read, InboundMail)
    assert read_mail_event(read, provider="sendgrid", received_at=LATER).machine


def test_a_batch_that_fails_is_posted_again_the_same(standin: StandIn, mail: Any, engine: Listener) -> None:
    answers = iter([500, 503])
    engine.answer = lambda _came: Said(status=next(answers, 204))
    standin.leads.script(ANN, does("delivered"))
    mail.mail.send.post(request_body=mail_to(ANN))
    standin.settle()

    assert len(engine.at(EVENTS)) == 3
    assert len({(one.body, one.headers["X-Twilio-Email-Event-Webhook-Timestamp"]) for one in engine.came}) == 1


@pytest.mark.parametrize(("status", "times"), [(500, 2), (403, 1)])
def test_a_mail_in_is_lost_by_a_4xx_and_posted_again_after_a_5xx(
    standin: StandIn, engine: Listener, status: int, times: int
) -> None:
    answers = iter([status])
    engine.answer = lambda _came: Said(status=next(answers, 200))

    posted = standin.mail_in(ANN, "hello@seller.example", subject="Hello", text="Are you open?")

    assert len(engine.at(INBOUND)) == times
    assert posted is not None
    assert posted.is_good == (times == 2)


def test_batches_come_forged_unsigned_stale_cut_off_doubled_and_backwards(standin: StandIn, engine: Listener) -> None:
    batch = [{"event": "delivered", "sg_event_id": "1"}, {"event": "open", "sg_event_id": "2"}]
    tricks = ("forged", "unsigned", "stale", "cut_off", "doubled", "reordered")

    for trick in tricks:
        standin.post_events(batch, trick=trick)

    key = [standin.sendgrid_webhook_key]
    verdicts = [sendgrid_signature.verify(one.headers, one.body, key, now=system_now()) for one in engine.came]
    assert verdicts == [False, False, False, False, True, True, True]
    assert [one.event_id for one in _told(engine)[-2:]] == ["2.open", "1.delivered"]


@pytest.mark.parametrize(
    ("word", "events"),
    [
        ("bounce", ["bounce", "processed"]),
        ("refuse", ["dropped"]),
        ("open", ["delivered", "open", "processed"]),
        ("complain", ["delivered", "open", "processed", "spamreport"]),
        ("anybody", ["delivered", "processed"]),
    ],
)
def test_addresses_behave_as_in_the_sandbox(
    standin: StandIn, mail: Any, engine: Listener, word: str, events: list[str]
) -> None:
    mail.mail.send.post(request_body=mail_to(f"{word}+ann@example.com"))
    standin.settle()

    assert sorted(one["event"] for one in events_in(engine)) == events
