"""A person's mail is told from what machines send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.inbound.mail import InboundMail, Mailbox
from channels.inbound.recognise import AUTO_HEADERS, BULK_HEADERS, MailKind, recognise
from channels.inbound.reports import ACTIONS, FEEDBACK, ReportKind
from tests.channels.inbound.mails import delivery_report, feedback_report, mail


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Auto-Submitted: no",
        "X-Auto-Response-Suppress: None",
        "X-Mailer: Outlook",
        "X-Autoreply: no",
        "Precedence: normal",
    ],
)
def test_a_mail_without_a_mark_is_a_persons(headers: str) -> None:
    assert recognise(mail(headers=headers)).kind is MailKind.PERSON


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied",
        "auto-submitted: Auto-Generated; owner-email=a@example.com",
        "Auto-Submitted: auto-notified",
        "Precedence: auto_reply",
        "X-Precedence: auto_reply",
        "Preference: auto_reply",
        "X-POST-MessageClass: 9; Autoresponder",
        "Delivered-To: Autoresponder",
        "Return-Path: <>",
        *(f"{name}: yes" for name in AUTO_HEADERS),
    ],
)
def test_each_mark_of_an_auto_reply_counts(headers: str) -> None:
    found = recognise(mail(headers=headers))

    assert found.kind is MailKind.AUTO_REPLY
    assert found.evidence


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Your estimate",
        "Out of Office: Your estimate",
        "Auto-Reply",
        "Réponse automatique : devis",
        "Automatische Antwort: Angebot",
        "Abwesenheitsnotiz",
        "Respuesta automática: presupuesto",
        "Risposta automatica",
        "OOO: back on Monday",
    ],
)
def test_the_subject_of_an_auto_reply_counts(subject: str) -> None:
    assert recognise(mail(subject=subject)).kind is MailKind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject", ["Re: Out of office hours", "Automatic doors", "Undelivered parcel?", "Returned mail"]
)
def test_a_person_may_write_about_such_things(subject: str) -> None:
    assert recognise(mail(subject=subject)).kind is MailKind.PERSON


@pytest.mark.parametrize("headers", ["Precedence: bulk", "Precedence: LIST", *(f"{name}: x" for name in BULK_HEADERS)])
def test_newsletters_are_told_apart(headers: str) -> None:
    assert recognise(mail(headers=headers)).kind is MailKind.BULK


@pytest.mark.parametrize("envelope_from", ["", "<>"])
def test_whoever_wants_no_answer_is_a_machine(envelope_from: str) -> None:
    assert recognise(mail(envelope_from=envelope_from)).kind is MailKind.AUTO_REPLY
    assert recognise(mail(envelope_from=None)).kind is MailKind.PERSON


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_delivery_report_is_read(action: str) -> None:
    found = recognise(mail(author="mailer-daemon@mx.example.net", reports=delivery_report(action)))

    assert found.kind is MailKind.BOUNCE
    assert found.report is not None
    assert found.report.kind is ACTIONS[action]
    assert (found.report.recipient, found.report.status) == ("Ann@example.com", "5.1.1")
    assert found.report.diagnostic == "550 5.1.1 no such user"
    assert found.report.message_ids == ("ours-1@mail.example.com",)


@pytest.mark.parametrize("feedback", sorted(FEEDBACK))
def test_a_complaint_is_read(feedback: str) -> None:
    found = recognise(mail(author="fbl@example.net", reports=feedback_report(feedback)))

    assert found.kind is MailKind.COMPLAINT
    assert found.report is not None
    assert (found.report.kind, found.report.recipient) == (FEEDBACK[feedback], "ann@example.com")
    assert found.report.message_ids == ("ours-1@mail.example.com",)


def test_a_report_about_something_else_is_none_of_these() -> None:
    found = recognise(mail(headers="Auto-Submitted: auto-generated", reports=feedback_report("auth-failure")))

    assert found.kind is MailKind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject",
    [
        "Undelivered Mail Returned to Sender",
        "Undeliverable: Your estimate",
        "Delivery Status Notification (Failure)",
        "Mail delivery failed: returning message to sender",
        "Returned mail: see transcript for details",
        "failure notice",
        "Unzustellbar: Angebot",
    ],
)
def test_a_bounce_in_words_is_read_as_far_as_it_goes(subject: str) -> None:
    text = "<ann@example.com>: host mx said: 550 5.1.1 User unknown\n\nMessage-ID: <ours-1@mail.example.com>"

    found = recognise(mail(text, author="MAILER-DAEMON@mx.example.net", subject=subject))

    assert (found.kind, found.evidence[:8]) == (MailKind.BOUNCE, "subject:")
    assert found.report is not None
    assert (found.report.kind, found.report.status) == (ReportKind.FAILED, "5.1.1")
    assert found.report.recipient == "ann@example.com"
    assert found.report.message_ids == ("ours-1@mail.example.com",)


def test_a_bounce_that_only_warns_is_a_delay() -> None:
    text = "Delivery to ann@example.com has been delayed. It will be retried."

    found = recognise(mail(text, author="postmaster@example.net", subject="Delivery Status Notification (Delay)"))

    assert found.report is not None
    assert found.report.kind is ReportKind.DELAYED


texts = st.text(max_size=200)


@given(texts, texts, texts, st.lists(st.tuples(texts, texts), max_size=5))
def test_nothing_raises(text: str, author: str, subject: str, headers: list[tuple[str, str]]) -> None:
    written = InboundMail(author=Mailbox(address=author), text=text, subject=subject, headers=tuple(headers))

    assert recognise(written).kind in MailKind
