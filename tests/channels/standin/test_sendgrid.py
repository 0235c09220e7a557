"""The stand-in as SendGrid: what it takes, what it refuses and in which shape, what its lists say."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from python_http_client.exceptions import HTTPError
from sendgrid.helpers.mail import Mail

from channels.standin import Does, StandIn, does
from channels.standin.leads import Deed
from tests.channels.standin.conftest import events_in, mail_to
from tests.channels.standin.listener import Listener

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_a_mail_of_the_official_library_is_kept_with_all_it_says(standin: StandIn, mail: Any) -> None:
    body = Mail("hello@seller.example", "ann@example.com", "Hello", "In text", "<p>In HTML").get()

    answer = mail.mail.send.post(request_body=body)

    [kept] = standin.account.of("sendgrid")
    assert (answer.status_code, answer.headers["X-Message-Id"]) == (202, kept.provider_id)
    assert (kept.to, kept.sender, kept.subject, kept.text) == (
        "ann@example.com", "hello@seller.example", "Hello", "In text",
    )  # fmt: skip
    assert kept.html == "<p>In HTML"


def test_every_recipient_is_an_entry_of_its_own_under_our_id(standin: StandIn, mail: Any) -> None:
    mail.mail.send.post(request_body=mail_to("ann@example.com", "bob@example.com"))

    assert standin.account.message_ids("sendgrid") == ["m-ann@example.com", "m-bob@example.com"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": None}, "from.email"),
        ({"from": {"email": "nobody"}}, "from.email"),
        ({"subject": ""}, "subject"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to"),
        ({"personalizations": [{"to": [{"email": "a@b.example"}]}] * 1001}, "personalizations"),
        ({"personalizations": [{"to": [{"email": "a@b.example"}, {"email": "A@b.example"}]}]}, "personalizations.0"),
        ({"personalizations": [{"to": [{"email": "a@b"}]}]}, "personalizations.0.to.0.email"),
        ({"headers": {"Reply-To": "a@b.example"}}, "headers"),
        ({"headers": {"X-One": "a\r\nBcc: b@c.example"}}, "headers"),
        ({"custom_args": {"one": "x" * 10_001}}, "custom_args"),
        ({"reply_to": {"email": "nobody"}}, "reply_to.email"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_sendgrid_would_refuse_is_refused_in_its_shape_and_not_kept(
    standin: StandIn, mail: Any, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(HTTPError) as refused:
        mail.mail.send.post(request_body=mail_to("ann@example.com", **changes))

    told = json.loads(refused.value.body)["errors"]
    assert refused.value.status_code == 400
    assert field in [one["field"] for one in told]
    assert all(set(one) == {"message", "field"} and one["message"] for one in told)
    assert len(standin.account) == 0


def test_a_wrong_key_is_refused(standin: StandIn, mail: Any) -> None:
    mail.request_headers["Authorization"] = "Bearer SG.wrong.key"

    with pytest.raises(HTTPError) as refused:
        mail.mail.send.post(request_body=mail_to("ann@example.com"))

    assert refused.value.status_code == 401
    assert len(standin.account) == 0


def test_a_mail_in_sandbox_mode_is_checked_and_not_kept(standin: StandIn, mail: Any) -> None:
    settings = {"sandbox_mode": {"enable": True}}

    answer = mail.mail.send.post(request_body=mail_to("ann@example.com", mail_settings=settings))

    assert answer.status_code == 200
    assert len(standin.account) == 0


def test_a_bounced_address_is_on_the_list_and_the_next_mail_to_it_is_dropped(
    standin: StandIn, mail: Any, engine: Listener
) -> None:
    standin.leads.script("ann@example.com", does("bounced"))
    mail.mail.send.post(request_body=mail_to("ann@example.com"))
    standin.settle()

    mail.mail.send.post(request_body=mail_to("ann@example.com"))
    standin.settle()

    [entry] = json.loads(mail.suppression.bounces.get().body)
    assert (entry["email"], entry["status"]) == ("ann@example.com", "5.1.1")
    assert [(one["event"], one["reason"][:15]) for one in events_in(engine)] == [
        ("bounce", "550 5.1.1 The e"),
        ("dropped", "Bounced Address"),
    ]


def test_what_was_taken_off_a_list_is_sent_again(standin: StandIn, mail: Any, engine: Listener) -> None:
    standin.leads.script("ann@example.com", does("complained"))
    mail.mail.send.post(request_body=mail_to("ann@example.com"))
    standin.settle()
    standin.leads.script("ann@example.com", does("delivered"))

    mail.suppression.spam_reports._("ann@example.com").delete()
    mail.mail.send.post(request_body=mail_to("ann@example.com"))
    standin.settle()

    assert json.loads(mail.suppression.spam_reports.get().body) == []
    assert [one["event"] for one in events_in(engine)] == ["spamreport", "delivered"]


def test_lists_come_in_pages_and_from_a_time_on(standin: StandIn, mail: Any) -> None:
    for number in range(5):
        standin.sendgrid.lists.add("unsubscribes", f"lead{number}@example.com", START + timedelta(seconds=number))

    pages = [
        json.loads(mail.suppression.unsubscribes.get(query_params={"limit": 2, "offset": offset}).body)
        for offset in (0, 2, 4)
    ]
    late = json.loads(mail.suppression.unsubscribes.get(query_params={"start_time": int(START.timestamp()) + 3}).body)

    assert [[one["email"][4] for one in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    assert [one["email"][4] for one in late] == ["4", "3"]
    assert set(late[0]) == {"created", "email"}


def test_what_nobody_lives_at_is_taken_and_then_dropped_as_invalid(
    standin: StandIn, mail: Any, engine: Listener
) -> None:
    standin.leads.script("ann@example.com", Does(deed=Deed.REFUSED))

    mail.mail.send.post(request_body=mail_to("ann@example.com"))
    standin.settle()

    assert [(one["event"], one["reason"]) for one in events_in(engine)] == [("dropped", "Invalid")]


def test_a_doctor_finds_the_scopes_the_webhook_and_its_key(standin: StandIn, mail: Any, engine: Listener) -> None:
    scopes = json.loads(mail.scopes.get().body)["scopes"]
    settings = json.loads(mail.user.webhooks.event.settings.get().body)
    parse = json.loads(mail.user.webhooks.parse.settings.get().body)["result"]

    assert "mail.send" in scopes
    assert settings["url"] == f"{engine.url}/webhooks/sendgrid/events"
    assert settings["public_key"] == standin.sendgrid_webhook_key
    assert [one["url"] for one in parse] == [f"{engine.url}/webhooks/sendgrid/inbound"]
