"""What a mail to one of our addresses means, in our vocabulary: a reply, a bounce, a complaint.

Whose it is takes the database: by the token in the address it went to, then by the ids it answers, then by its author.
"""

from datetime import datetime
from typing import Any

from channels.address import Channel, InvalidAddress, canonical_email
from channels.events import EventKind, ProviderEvent
from channels.inbound.mail import InboundMail
from channels.inbound.quotes import unquoted
from channels.inbound.recognise import MailKind, Recognised, recognise
from channels.inbound.reply_token import reply_tokens
from channels.inbound.reports import Report, ReportKind
from channels.storable import stable_id, storable
from channels.webhooks.sendgrid_failures import Failure, read_bounce

REPORTED: dict[ReportKind, EventKind] = {
    ReportKind.DELAYED: EventKind.DEFERRED,
    ReportKind.DELIVERED: EventKind.DELIVERED,
    ReportKind.COMPLAINT: EventKind.COMPLAINED,
    ReportKind.UNSUBSCRIBE: EventKind.UNSUBSCRIBED,
    ReportKind.OTHER: EventKind.UNKNOWN,
}
"""By what a report says; failures are read by their status and words."""

MAIL_PROVIDERS = ("imap", "sendgrid")
"""Who brings mail: one address may be polled as well as passed on, and then each mail comes both ways."""

NO_ANSWER = frozenset({MailKind.BULK, MailKind.RECEIPT})
"""Mails in which nobody answers anything; they are kept, and nothing follows."""


def read_mail_event(
    mail: InboundMail, *, provider: str, received_at: datetime, domain: str | None = None
) -> ProviderEvent:
    """Return what *mail* means; the same mail to the same address has the same id, however often it is posted.

    Its id begins with `mail_id`, which is the same whichever way the mail came.
    A reply's text is what its writer typed, or the subject where the body is empty (a `mailto:` that unsubscribes).
    `extra` holds what finds its lead: tokens (only at *domain*, where given), in_reply_to, references, message_ids.
    A bounce or a complaint names no address, because anybody can write one: it counts only for a message it proves to
    have seen, by token or message id.
    """
    found = recognise(mail)
    failure = _failure(found.report)
    return ProviderEvent(
        provider=provider,
        event_id=f"{_mail_id(mail)}.{stable_id(sorted(mail.envelope_to))}",
        kind=_kind(found, failure),
        channel=Channel.EMAIL,
        at=received_at,
        address=None if found.report else _canonical(mail.author.address),
        text=None if found.report else _said(mail),
        machine=found.kind in {MailKind.AUTO_REPLY, *NO_ANSWER},
        extra=storable(_extra(mail, found, failure, domain)),
    )


def _kind(found: Recognised, failure: Failure | None) -> EventKind:
    if failure is not None:
        return failure.kind
    if found.report is not None:
        return REPORTED[found.report.kind]
    return EventKind.UNKNOWN if found.kind in NO_ANSWER else EventKind.REPLIED


def _failure(report: Report | None) -> Failure | None:
    if report is None or report.kind is not ReportKind.FAILED:
        return None
    failure = read_bounce(type_="bounce", status=report.status, reason=report.diagnostic, classification="")
    # Unlike the provider's own word, a bounce by mail may be anybody's: without a status nothing is dead.
    return failure if report.status else failure.softened()


def _said(mail: InboundMail) -> str:
    typed = unquoted(mail.text)
    return typed if typed or mail.text.strip() else mail.subject


def mail_id(event_id: str) -> str | None:
    """Return what names the mail of the event *event_id*, whichever way and to whichever address it came; None for others."""
    prefix, _, rest = event_id.partition(".")
    name, _, to = rest.partition(".")
    return f"{prefix}.{name}" if prefix == _MAIL and name and to else None


_MAIL = "mail"


def _mail_id(mail: InboundMail) -> str:
    """Return the mail's own id: by its Message-ID and author (RFC 5322, 3.6.4), or by what it opens with where it has none."""
    return f"{_MAIL}.{stable_id(mail.message_id, mail.author.address.lower(), _opening(mail))}"


def _opening(mail: InboundMail) -> str:
    # Who takes a mail apart for us may fold its lines anew.
    words = " ".join(mail.text.split())[:1000]
    return "" if mail.message_id else f"{mail.header('Date')}\n{' '.join(mail.subject.split())}\n{words}"


def _canonical(address: str) -> str | None:
    try:
        return canonical_email(address)
    except InvalidAddress:
        return None


def _extra(mail: InboundMail, found: Recognised, failure: Failure | None, domain: str | None) -> dict[str, Any]:
    report = found.report
    extra: dict[str, Any] = {
        "mail_kind": str(found.kind),
        "evidence": found.evidence,
        "tokens": reply_tokens(mail, domain),
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "message_ids": report.message_ids if report else (),
        "subject": mail.subject,
        "author": mail.author.address,
        "author_name": mail.author.name,
        "to": mail.envelope_to or tuple(mailbox.address for mailbox in mail.to),
        "attachments": len(mail.attachments),
        "spf": mail.spf,
        "dkim": mail.dkim,
        "spam_score": mail.spam_score,
        "problems": mail.problems,
    }
    if report is not None:
        extra |= {"status": report.status, "reason": report.diagnostic, "recipient": report.recipient}
    if failure is not None:
        extra["fault"] = str(failure.fault)
    return extra
