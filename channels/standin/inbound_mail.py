"""Mail to the business as SendGrid's Inbound Parse posts it: a multipart form, signed by its security policy."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from channels.standin.account import Provider
from channels.standin.posts import Posted, Posts, Trick

PATH = "/webhooks/sendgrid/inbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail that comes in; *headers* are those beside From, To, Subject, Date and Message-ID."""

    author: str
    to: str
    subject: str
    text: str
    at: datetime
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    envelope_from: str | None = None  # "" is a bounce's
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)  # by name: content type and content
    spf: str = "pass"


async def post_mail(posts: Posts, mail: Mail, *, trick: Trick | None = None) -> Posted | None:
    """Post *mail* to the engine, again while that fails with 5xx."""
    trick = trick or posts.next_trick(Provider.SENDGRID)
    boundary = f"xYzZY{secrets.token_hex(8)}"
    body = form_of(mail, boundary)
    return await posts.post_signed("inbound", PATH, body, f"multipart/form-data; boundary={boundary}", trick=trick)


def form_of(mail: Mail, boundary: str) -> bytes:
    """Return the body of the form that tells of *mail*."""
    domain = mail.author.rpartition("@")[2].strip("> ")
    headers = {
        "Received": f"from mail.{domain} by mx0001.sendgrid.net with ESMTP; {format_datetime(mail.at)}",
        "MIME-Version": "1.0",
        "From": mail.author,
        "Date": format_datetime(mail.at),
        "Message-ID": f"<{secrets.token_hex(12)}@mail.{domain}>",
        "Subject": mail.subject,
        "To": mail.to,
        **mail.headers,
    }
    sender = mail.author.rpartition("<")[2].strip("> ") if mail.envelope_from is None else mail.envelope_from
    fields = {
        "headers": "".join(f"{name}: {value}\n" for name, value in headers.items()),
        "dkim": f"{{@{domain} : pass}}",
        "to": mail.to,
        **({"html": mail.html} if mail.html else {}),
        "from": mail.author,
        "text": mail.text,
        "sender_ip": "192.0.2.44",
        "envelope": json.dumps({"to": [mail.to.rpartition("<")[2].strip("> ")], "from": sender}),
        "attachments": str(len(mail.files)),
        "subject": mail.subject,
        "charsets": json.dumps(dict.fromkeys(("to", "html", "subject", "from", "text"), "UTF-8")),
        "SPF": mail.spf,
    }
    if mail.files:
        told = {
            f"attachment{number}": {"filename": name, "name": name, "type": kind}
            for number, (name, (kind, _)) in enumerate(mail.files.items(), 1)
        }
        fields["attachment-info"] = json.dumps(told)
    return b"".join([*_fields(fields, boundary), *_files(mail, boundary), f"--{boundary}--\r\n".encode()])


def _fields(fields: Mapping[str, str], boundary: str) -> Iterable[bytes]:
    for name, value in fields.items():
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _files(mail: Mail, boundary: str) -> Iterable[bytes]:
    for number, (name, (kind, content)) in enumerate(mail.files.items(), 1):
        yield (
            f'--{boundary}\r\nContent-Disposition: form-data; name="attachment{number}"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode()
        yield content + b"\r\n"


def bounce_of(*, to: str, returned_to: str, message_id: str, at: datetime, status: str, reason: str) -> Mail:
    """Return the report (RFC 3464) that a mailbox's host sends back to *returned_to* for mail that went to *to*."""
    report = (
        "Reporting-MTA: dns; relay.standin.test\n\n"
        f"Final-Recipient: rfc822; {to}\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {reason}\n"
    )
    original = f"Message-ID: {message_id}\nTo: {to}\n"
    return Mail(
        author="Mail Delivery System <MAILER-DAEMON@relay.standin.test>",
        to=returned_to,
        subject="Undelivered Mail Returned to Sender",
        text=f"I'm sorry to have to inform you that your message could not be delivered to {to}: {reason}\n",
        at=at,
        headers={
            "Auto-Submitted": "auto-replied",
            "Content-Type": 'multipart/report; report-type=delivery-status; boundary="report"',
            "In-Reply-To": message_id,
        },
        envelope_from="",
        files={
            "details.txt": ("message/delivery-status", report.encode()),
            "original.txt": ("text/rfc822-headers", original.encode()),
        },
    )
