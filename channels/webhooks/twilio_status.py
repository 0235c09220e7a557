"""What Twilio reports of our texts: status callbacks, in our vocabulary. They come in any order and more than once."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId
from channels.webhooks.twilio_errors import OPTED_OUT_CODES, Failure, read_failure
from channels.webhooks.twilio_fields import PROVIDER, instant, phone, read
from channels.webhooks.unreadable import Unreadable

KINDS: dict[str, EventKind] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), EventKind.ACCEPTED),
    "delivered": EventKind.DELIVERED,
    "partially_delivered": EventKind.DELIVERED,
    "read": EventKind.OPENED,  # RCS and its kin say when a message was seen
    "canceled": EventKind.UNDELIVERED,
}
"""By message status; failed and undelivered are read by their error code, any other is kept as unknown."""

FAILED = frozenset({"failed", "undelivered"})


def parse(
    body: bytes, *, received_at: datetime, message_id: MessageId | None = None
) -> list[ProviderEvent | Unreadable]:
    """Return what a status callback says; *message_id* is ours, from the callback's own URL. Never raises."""
    form = read(body, ("MessageSid|SmsSid", "MessageStatus|SmsStatus"))
    if isinstance(form, Unreadable):
        return [form]
    sid, status, code = form.first("MessageSid", "SmsSid"), form.first("MessageStatus", "SmsStatus").lower(), ""
    failure: Failure | None = None
    if status in FAILED:
        code = form.first("ErrorCode", "SmsErrorCode")
        failure = read_failure(code)
    event = ProviderEvent(
        provider=PROVIDER,
        event_id=".".join(part for part in (sid, status, code) if part)[:200],
        kind=failure.kind if failure else KINDS.get(status, EventKind.UNKNOWN),
        channel=Channel.SMS,
        at=instant(form, received_at),
        message_id=message_id,
        provider_message_id=sid,
        address=phone(form.first("To")),
        extra=_extra(status, code, failure, form.raw()),
    )
    if code not in OPTED_OUT_CODES:
        return [event]
    stop = replace(event, event_id=f"{event.event_id}.{EventKind.UNSUBSCRIBED}", kind=EventKind.UNSUBSCRIBED)
    return [event, stop]


def _extra(status: str, code: str, failure: Failure | None, raw: dict[str, Any]) -> dict[str, Any]:
    extra: dict[str, Any] = {"status": status, "raw": raw}
    if failure is not None:
        extra |= {"fault": str(failure.fault), "reason": failure.reason, "code": code}
    return extra
