"""What SendGrid reports of our email: its event batches, in our vocabulary. Signatures: `sendgrid_signature`."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channels.address import Channel, InvalidAddress, canonical_email
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId
from channels.storable import stable_id, storable, storable_text
from channels.webhooks.sendgrid_failures import Failure, read_bounce, read_drop
from channels.webhooks.unreadable import Unreadable

PROVIDER = "sendgrid"
MESSAGE_ID_ARGUMENT = "ft_message_id"
"""The custom argument that carries our message id out and back."""

BODY_BYTES_MAX = 8_000_000  # a batch is well below 1 MB

KINDS: dict[str, EventKind] = {
    "processed": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "deferred": EventKind.DEFERRED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
    "group_resubscribe": EventKind.RESUBSCRIBED,
}
"""By SendGrid's name of the event; bounce and dropped are read by their fields, any other is kept as unknown."""

# Scanners that follow links for their owners. Google's and Yahoo's picture proxies are absent: a person opened those.
_SCANNER = re.compile(
    r"(?<!cu)bot\b|crawler|spider|bingpreview|headless|phantomjs|python-|\bcurl/|\bwget/|go-http-client"
    r"|barracuda|mimecast|proofpoint|fireeye|trendmicro|symantec",
    re.IGNORECASE,
)
_OWN_PART = re.compile(r"(.+?)\.(?:filter|recvd)")
_MILLISECONDS_FROM = 10**11  # as seconds this would be the year 5138


def parse(body: bytes, *, received_at: datetime) -> list[ProviderEvent | Unreadable]:
    """Return the events of a posted batch, in its order; what cannot be read stands in its place. Never raises.

    An event without a usable timestamp is told to have happened at *received_at*, and none happened later.
    """
    if len(body) > BODY_BYTES_MAX:
        return [Unreadable.of(PROVIDER, "The batch is too large.", body)]
    try:
        batch = json.loads(body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        return [Unreadable.of(PROVIDER, "The batch is not JSON.", body)]
    if isinstance(batch, dict):
        batch = [batch]
    if not isinstance(batch, list):
        return [Unreadable.of(PROVIDER, "The batch is not a list of events.", body)]
    return [found for element in batch for found in _read(element, received_at)]


def _read(element: object, received_at: datetime) -> Iterator[ProviderEvent | Unreadable]:
    if not isinstance(element, dict):
        yield Unreadable.of(PROVIDER, "The event is not an object.", element)
        return
    name = _text(element, "event").lower()
    if not name:
        yield Unreadable.of(PROVIDER, "The event has no name.", storable(element))
        return
    failure = _failure(name, element)
    kind = failure.kind if failure else KINDS.get(name, EventKind.UNKNOWN)
    event = ProviderEvent(
        provider=PROVIDER,
        event_id=_event_id(name, element),
        kind=kind,
        channel=Channel.EMAIL,
        at=_instant(element.get("timestamp"), received_at),
        message_id=_message_id(element),
        provider_message_id=own_message_id(_text(element, "sg_message_id")),
        address=_address(_text(element, "email")),
        text=(_text(element, "url") or None) if kind is EventKind.CLICKED else None,
        machine=_is_machine(kind, element),
        extra=_extra(name, element, failure),
    )
    yield event
    if failure is not None and failure.also is not None:
        yield _also(event, failure.also)


def _failure(name: str, element: Mapping[str, Any]) -> Failure | None:
    if name == "dropped":
        return read_drop(_text(element, "reason"))
    if name in {"bounce", "blocked"}:
        return read_bounce(
            type_=_text(element, "type") or name,
            status=_text(element, "status"),
            reason=_text(element, "reason"),
            classification=_text(element, "bounce_classification"),
        )
    return None


def _also(event: ProviderEvent, kind: EventKind) -> ProviderEvent:
    """Return what the provider tells beside a drop: the lead once stopped or complained, and not about this message."""
    message_id = None if kind is EventKind.COMPLAINED else event.message_id  # whoever complains has had the message
    provider_id = None if message_id is None else event.provider_message_id
    return replace(
        event,
        event_id=f"{event.event_id}.{kind}",
        kind=kind,
        message_id=message_id,
        provider_message_id=provider_id,
    )


def _event_id(name: str, element: Mapping[str, Any]) -> str:
    # The id alone should do, but SendGrid's own samples give one id to events of every kind.
    told = _text(element, "sg_event_id")
    return f"{told}.{name}"[:200] if told else stable_id(element)


def _message_id(element: Mapping[str, Any]) -> MessageId | None:
    told = _text(element, MESSAGE_ID_ARGUMENT)
    return MessageId(told) if told else None


def own_message_id(sg_message_id: str) -> str | None:
    """Return the part that the mail/send answer gave as X-Message-Id; SendGrid appends its machines' names to it."""
    own = _OWN_PART.match(sg_message_id)
    return (own[1] if own else sg_message_id) or None


def _address(email: str) -> str | None:
    try:
        return canonical_email(email)
    except InvalidAddress:
        return None


def _instant(timestamp: object, received_at: datetime) -> datetime:
    try:
        seconds = float(timestamp) if isinstance(timestamp, int | float | str) else 0.0
        seconds = seconds / 1000 if seconds > _MILLISECONDS_FROM else seconds
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return received_at
    return min(at, received_at) if seconds > 0 else received_at


def _is_machine(kind: EventKind, element: Mapping[str, Any]) -> bool:
    if kind is EventKind.OPENED and element.get("sg_machine_open") in (True, 1, "true", "True", "1"):
        return True
    return kind in {EventKind.OPENED, EventKind.CLICKED} and bool(_SCANNER.search(_text(element, "useragent")))


def _extra(name: str, element: Mapping[str, Any], failure: Failure | None) -> dict[str, Any]:
    extra: dict[str, Any] = {"event": name, "raw": storable(element)}
    if failure is not None:
        extra["fault"] = str(failure.fault)
    if reason := _text(element, "reason") or _text(element, "response"):
        extra["reason"] = reason
    return extra


def _text(element: Mapping[str, Any], name: str) -> str:
    value = element.get(name)
    return storable_text(value).strip() if isinstance(value, str) else ""
