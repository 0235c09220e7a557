"""Email through SendGrid's web API, one request a message: each has a body of its own.

Built by the official library and posted over our own pooled transport: the library opens a connection for every send.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import orjson

from channels.accounts import SendGridAccount
from channels.adapter import Deadline
from channels.address import Channel
from channels.answers import accepted_as, clean, read_outcome, send_over
from channels.mail_headers import Unmailable, mail_domain, mail_headers, one_line
from channels.message import EmailContent, Fault, MessageId, Outbound, Receipt
from channels.sendgrid_answers import QUEUED, read_refusal
from channels.transport import Answer, MayStart, Request, Transport
from channels.webhooks.sendgrid_events import MESSAGE_ID_ARGUMENT, PROVIDER

RESERVED_HEADERS = frozenset(
    {
        "bcc",
        "cc",
        "content-transfer-encoding",
        "content-type",
        "dkim-signature",
        "from",
        "received",
        "reply-to",
        "subject",
        "to",
        "x-sg-eid",
        "x-sg-id",
    }
)
"""What SendGrid takes only in fields of its own, or writes itself (*Mail Send*, `headers`)."""


class SendGridEmail:
    """The adapter for one SendGrid account."""

    name = PROVIDER
    channel = Channel.EMAIL

    def __init__(self, transport: Transport, account: SendGridAccount) -> None:
        import sendgrid.helpers.mail  # noqa: F401 - slow: it is loaded here, and not while a deadline runs

        self._transport = transport
        self._url = f"{account.url.rstrip('/')}/v3/mail/send"
        self._headers = {
            "Authorization": f"Bearer {account.api_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "fifthtouch",
        }

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Post every message of *batch*, many at a time."""
        return send_over(self._transport, batch, deadline, self._send_one)

    async def _send_one(self, message: Outbound, may_start: MayStart) -> Receipt:
        from sendgrid.helpers.mail.exceptions import ApiKeyIncludedException

        try:
            body = _written(mail_of(message))
        except Unmailable as error:
            return Receipt.refused(_blame(message), clean(str(error)))
        except ApiKeyIncludedException:
            return Receipt.refused(Fault.CONTENT, "the text holds a SendGrid API key")
        request = Request(method="POST", url=self._url, headers=self._headers, body=body)
        outcome = await self._transport.exchange(request, may_start)
        return read_outcome(outcome, accepted=_accepted, refused=read_refusal)


def mail_of(message: Outbound) -> dict[str, Any]:
    """Return the request body for *message*; raises `Unmailable`.

    SendGrid's own tracking and unsubscribe links are off: they would rewrite links that lead over us, and stop people
    where we do not hear of it.
    """
    from sendgrid.helpers import mail as build

    content = message.content
    assert isinstance(content, EmailContent)
    mail = build.Mail(subject=one_line(content.subject))
    mail.from_email = _named(build.From(), message.sender, message.sender_name)
    mail.add_to(_named(build.To(), message.to, message.to_name))
    if message.reply_to:
        mail.reply_to = _named(build.ReplyTo(), message.reply_to, message.sender_name)
    # Plain text first, as RFC 1341 and SendGrid want it; an empty part would be refused.
    for mime_type, text in (("text/plain", content.text), ("text/html", content.html)):
        if text:
            mail.add_content(build.Content(mime_type, text))
    mail.add_custom_arg(build.CustomArg(MESSAGE_ID_ARGUMENT, message.id))
    for name, value in mail_headers(message).items():
        if name.lower() not in RESERVED_HEADERS:
            mail.add_header(build.Header(name, value))
    mail.tracking_settings = _untracked()
    written: dict[str, Any] = mail.get()
    return written


@cache
def _untracked() -> Any:
    """Return what switches SendGrid's own tracking off; the same for every mail."""
    from sendgrid.helpers import mail as build

    return build.TrackingSettings(
        click_tracking=build.ClickTracking(enable=False, enable_text=False),
        open_tracking=build.OpenTracking(enable=False),
        subscription_tracking=build.SubscriptionTracking(enable=False),
        ganalytics=build.Ganalytics(enable=False),
    )


def _written(mail: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(mail)
    except TypeError:  # half of a character, as a text cut in two may hold
        return json.dumps(mail, ensure_ascii=False).encode("utf-8", "replace")


def _named(empty: Any, address: str, name: str) -> Any:
    """Fill *empty*, one of the library's addresses: its constructor would take an address apart in search of a name."""
    local, _, _ = address.rpartition("@")
    empty.email = f"{local}@{mail_domain(address)}"  # SendGrid takes international domains in ASCII only
    empty.name = one_line(name) or None
    return empty


def _blame(message: Outbound) -> Fault:
    """Return whose address cannot stand in a mail: the lead's, or one of ours."""
    try:
        mail_domain(message.to)
    except Unmailable:
        return Fault.DEAD_ADDRESS
    return Fault.CONFIGURATION


def _accepted(answer: Answer) -> Receipt:
    if answer.status != QUEUED:
        return Receipt.unknown(f"status {answer.status} is not SendGrid's word for a queued mail")
    return accepted_as(answer.headers.get("X-Message-Id", ""), answer)
