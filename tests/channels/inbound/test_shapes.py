"""What real servers and mail programs write is read for what it is."""

from datetime import UTC, datetime

import pytest

from channels.events import EventKind, ProviderEvent
from channels.inbound.raw_mail import read_mail
from channels.inbound.recognise import MailKind, recognise
from channels.webhooks.mail_events import read_mail_event
from tests.channels.inbound import shapes

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _event(raw: bytes) -> ProviderEvent:
    return read_mail_event(read_mail(raw), provider="imap", received_at=NOON)


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("POSTFIX", EventKind.BOUNCED, "5.1.1"),
        ("POSTFIX_DELAY", EventKind.DEFERRED, "4.4.1"),
        ("EXIM", EventKind.BOUNCED, "5.1.1"),
        ("EXIM_DELAY", EventKind.DEFERRED, ""),
        ("EXCHANGE", EventKind.BOUNCED, "5.1.10"),
        ("EXCHANGE_ATTACHED", EventKind.UNDELIVERED, "5.2.2"),
        ("GMAIL", EventKind.BOUNCED, "5.1.1"),
        ("GMAIL_DELAY", EventKind.DEFERRED, "4.4.1"),
        ("SENDMAIL_DELAY", EventKind.DEFERRED, "4.2.0"),
        ("YAHOO", EventKind.UNDELIVERED, ""),
        ("QMAIL", EventKind.BOUNCED, "5.1.1"),
        ("WITHOUT_ACTION", EventKind.BOUNCED, "5.1.1"),
        ("UNKNOWN_TONGUE", EventKind.BOUNCED, "5.1.1"),
    ],
)
def test_a_failure_or_a_delay_is_read_and_finds_its_message(name: str, kind: EventKind, status: str) -> None:
    event = _event(getattr(shapes, name))

    assert (event.kind, event.extra["status"]) == (kind, status)
    assert shapes.OURS in {*event.extra["message_ids"], *event.extra["in_reply_to"]}
    assert event.extra["recipient"] == "ann@example.net"
    assert (event.address, event.text) == (None, None)


def test_an_address_that_still_reaches_somebody_is_not_dead() -> None:
    assert _event(shapes.ONE_OF_TWO).kind is EventKind.DELIVERED


@pytest.mark.parametrize("name", ["ARF", "OUTLOOK_COMPLAINT"])
def test_a_complaint_is_read_and_finds_its_message(name: str) -> None:
    event = _event(getattr(shapes, name))

    assert event.kind is EventKind.COMPLAINED
    assert event.extra["message_ids"] == [shapes.OURS]
    assert event.extra["recipient"] == "ann@example.net"


def test_a_complaint_of_that_form_from_anybody_else_is_none() -> None:
    written = shapes.OUTLOOK_COMPLAINT.replace(b"staff@hotmail.com", b"ann@example.net")

    assert recognise(read_mail(written)).kind is MailKind.PERSON


def test_a_receipt_that_a_mail_was_read_is_no_answer() -> None:
    assert recognise(read_mail(shapes.READ_RECEIPT)).kind is MailKind.RECEIPT
    assert _event(shapes.READ_RECEIPT).kind is EventKind.UNKNOWN


@pytest.mark.parametrize("subject", shapes.AWAY_SUBJECTS)
def test_who_is_away_is_known_by_the_subject_alone(subject: str) -> None:
    event = _event(shapes.plain(f"From: ann@example.net\nSubject: {subject}\n", "I am back on Monday."))

    assert (event.kind, event.machine, event.text) == (EventKind.REPLIED, True, "I am back on Monday.")


def test_vacation_without_a_mark_is_known_by_answering_in_bulk() -> None:
    event = _event(shapes.VACATION)
    newsletter = _event(shapes.plain("From: news@example.net\nSubject: News\nPrecedence: bulk\n", "Hello"))

    assert (event.kind, event.machine) == (EventKind.REPLIED, True)
    assert newsletter.kind is EventKind.UNKNOWN


@pytest.mark.parametrize(
    "subject",
    ["Autosvarande grind", "Who is out of the office on Friday?", "Re: Automatic reply", "Auto: quote for my car"],
)
def test_a_person_may_write_about_such_things(subject: str) -> None:
    written = shapes.plain(f"From: ann@example.net\nSubject: {subject}\n", "What do you think?")

    assert recognise(read_mail(written)).kind is MailKind.PERSON
