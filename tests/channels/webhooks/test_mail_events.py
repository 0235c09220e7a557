"""A mail becomes a reply, a bounce or a complaint, with all that finds whose it is."""

import json
from dataclasses import replace
from typing import Any

import pytest

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.inbound.mail import InboundMail
from channels.webhooks.mail_events import mail_id, read_mail_event
from tests.channels.inbound.mails import delivery_report, feedback_report, mail
from tests.channels.webhooks.forms import NOW


def _event(written: InboundMail, **more: Any) -> ProviderEvent:
    return read_mail_event(written, provider="sendgrid", received_at=NOW, **more)


def test_a_reply_says_what_was_typed_and_whose_it_may_be() -> None:
    headers = (
        "Message-ID: <new@example.com>\nIn-Reply-To: <one@m.example>\nReferences: <zero@m.example> <one@m.example>"
    )

    event = _event(
        mail("Thursday.\n\nOn 3 Nov 2026, Acme wrote:\n> Reply STOP", author="Ann@Example.com", headers=headers)
    )

    assert (event.kind, event.channel, event.text) == (EventKind.REPLIED, Channel.EMAIL, "Thursday.")
    assert (event.address, event.at, event.machine) == ("ann@example.com", NOW, False)
    assert event.extra["tokens"] == ["0193f1a0"]
    assert event.extra["in_reply_to"] == ["one@m.example"]
    assert event.extra["references"] == ["zero@m.example", "one@m.example"]
    json.dumps(event.extra)


def test_a_mail_without_words_says_its_subject() -> None:
    assert _event(mail("", subject="unsubscribe")).text == "unsubscribe"
    assert _event(mail("> Reply STOP", subject="Re: Stop worrying")).text == ""


def test_an_auto_reply_is_marked_as_a_machines() -> None:
    event = _event(mail("I am away until Monday.", headers="Auto-Submitted: auto-replied"))

    assert (event.kind, event.machine, event.extra["mail_kind"]) == (EventKind.REPLIED, True, "auto_reply")


def test_a_newsletter_is_no_reply() -> None:
    assert _event(mail(headers="List-Id: <news>")).kind is EventKind.UNKNOWN


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "kind"),
    [
        ("failed", "5.1.1", "smtp; 550 no such user", EventKind.BOUNCED),
        ("failed", "5.2.2", "smtp; 552 mailbox full", EventKind.UNDELIVERED),
        ("failed", "4.4.7", "", EventKind.UNDELIVERED),
        ("failed", "", "no such user", EventKind.UNDELIVERED),
        ("delayed", "4.4.1", "", EventKind.DEFERRED),
        ("relayed", "2.0.0", "", EventKind.DELIVERED),
    ],
)
def test_a_delivery_report_is_read_by_its_status(action: str, status: str, diagnostic: str, kind: EventKind) -> None:
    event = _event(mail(author="mailer-daemon@mx.example", reports=delivery_report(action, status, diagnostic)))

    assert (event.kind, event.text) == (kind, None)
    assert event.extra["message_ids"] == ["ours-1@mail.example.com"]


@pytest.mark.parametrize(("feedback", "kind"), [("abuse", EventKind.COMPLAINED), ("opt-out", EventKind.UNSUBSCRIBED)])
def test_a_complaint_is_a_complaint(feedback: str, kind: EventKind) -> None:
    assert _event(mail(author="fbl@example.net", reports=feedback_report(feedback))).kind is kind


def test_a_report_speaks_for_no_address() -> None:
    """Anybody can write one: only the ids of a mail it has seen show whom it is about."""
    for reports in (delivery_report(), feedback_report()):
        event = _event(mail(reports=reports))

        assert event.address is None
        assert event.extra["recipient"].lower() == "ann@example.com"


def test_the_same_mail_has_the_same_id_and_another_has_not() -> None:
    headers = "Message-ID: <new@example.com>"

    first, again = _event(mail(headers=headers)), _event(mail(headers=headers))
    elsewhere = _event(mail(headers=headers, envelope_to=("reply+other@mail.example.com",)))
    nameless, other = _event(mail("One")), _event(mail("Two"))

    assert first.event_id == again.event_id
    assert len({first.event_id, elsewhere.event_id, nameless.event_id, other.event_id}) == 4


@pytest.mark.parametrize("headers", ["Message-ID: <new@example.com>", "Date: Mon, 2 Mar 2026 10:00:00 +0000"])
def test_a_mail_has_one_name_whichever_way_it_comes(headers: str) -> None:
    passed_on = mail("Please call me\ntomorrow.", headers=headers, envelope_to=("hello@seller.example",))
    polled = replace(passed_on, envelope_to=(), text="Please call me\r\ntomorrow.\r\n")
    other = mail("Please call me later.", headers=headers.replace("new", "newer"))

    names = [
        mail_id(read_mail_event(one, provider=provider, received_at=NOW).event_id)
        for one, provider in ((passed_on, "sendgrid"), (polled, "imap"), (other, "imap"))
    ]

    assert names[0] == names[1] != names[2]
    assert names[0] is not None


def test_what_is_no_mail_has_no_such_name() -> None:
    assert [mail_id(one) for one in ("", "mail", "mail.x", "e1.a.b", "opened.1.2.person")] == [None] * 5


def test_a_token_of_another_domain_is_not_ours() -> None:
    assert _event(mail(), domain="elsewhere.example").extra["tokens"] == []
    assert _event(mail(), domain="mail.example.com").extra["tokens"] == ["0193f1a0"]
