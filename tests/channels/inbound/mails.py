"""Build mails as they arrive."""

from channels.inbound.header_fields import read_fields, read_ids
from channels.inbound.mail import InboundMail, Mailbox, ReportPart, first


def mail(
    text: str = "Thursday is fine.",
    *,
    author: str = "ann@example.com",
    subject: str = "Re: Your estimate",
    headers: str = "",
    envelope_from: str | None = "ann@example.com",
    reports: tuple[ReportPart, ...] = (),
    envelope_to: tuple[str, ...] = ("reply+0193f1a0@mail.example.com",),
) -> InboundMail:
    """Return a mail; *headers* are its header lines."""
    fields = read_fields(headers.encode())
    return InboundMail(
        author=Mailbox(address=author),
        subject=subject,
        text=text,
        headers=fields,
        envelope_from=envelope_from,
        envelope_to=envelope_to,
        auto_submitted=first(fields, "Auto-Submitted"),
        message_id=(read_ids(first(fields, "Message-ID")) or ("",))[0],
        in_reply_to=read_ids(first(fields, "In-Reply-To")),
        references=read_ids(first(fields, "References")),
        reports=reports,
    )


def delivery_report(
    action: str = "failed", status: str = "5.1.1", diagnostic: str = "smtp; 550 5.1.1 no such user"
) -> tuple[ReportPart, ...]:
    """Return the machine-readable parts of a delivery report about one of our mails."""
    return (
        ReportPart(
            content_type="message/delivery-status",
            text=f"Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; Ann@example.com\nAction: {action}\n"
            f"Status: {status}\nDiagnostic-Code: {diagnostic}",
        ),
        ReportPart(content_type="text/rfc822-headers", text="Subject: x\nMessage-ID:\n <ours-1@mail.example.com>"),
    )


def feedback_report(feedback: str = "abuse") -> tuple[ReportPart, ...]:
    """Return the machine-readable parts of a complaint about one of our mails."""
    return (
        ReportPart(
            content_type="message/feedback-report",
            text=f"Feedback-Type: {feedback}\nVersion: 1\nOriginal-Rcpt-To: <ann@example.com>",
        ),
        ReportPart(content_type="message/rfc822", text="Message-ID: <ours-1@mail.example.com>\nSubject: x"),
    )
