"""SendGrid's callbacks: what became of our email, and mail that comes to us.

A genuine mail is never answered with 4xx, because SendGrid drops what is refused and tells nobody: whatever cannot be
read of it is kept raw, and said.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from channels.events import ProviderEvent
from channels.webhooks import sendgrid_inbound
from channels.webhooks.sendgrid_events import PROVIDER
from channels.webhooks.sendgrid_signature import (
    MAIL_REPLAY_WINDOW,
    REPLAY_WINDOW,
    SIGNATURE_HEADER,
    signed_prefix,
    why_not,
)
from channels.webhooks.unreadable import Unreadable
from engine.web.edge import Edge, ThisEdge
from engine.web.webhooks.callback import Callback, not_configured, note, raw_of, read, refuse, take_in
from engine.web.webhooks.posted import Posted, posted
from engine.web.webhooks.twilio_request import split_keys

EVENTS, INBOUND = "events", "inbound"

EVENTS_BYTES_MAX = 32_000_000
"""No batch of SendGrid's is near it; what is larger is not SendGrid's."""

MAIL_BYTES_MAX = 150_000_000
"""SendGrid passes on 30 MB; what is larger than this is not SendGrid's, and what is between is kept without its end."""

router = APIRouter(prefix="/webhooks/sendgrid")


async def _posted_events(request: Request, edge: ThisEdge) -> AsyncIterator[Posted]:
    keys = split_keys(edge.settings.sendgrid_webhook_keys)
    _open_door(request, EVENTS, keys, "SENDGRID_WEBHOOK_KEY")
    with_bounds = {"kept_max": EVENTS_BYTES_MAX, "size_max": EVENTS_BYTES_MAX}
    async with posted(
        request, **with_bounds, prefix=signed_prefix(request.headers), refused=lambda why: _refused(EVENTS, why)
    ) as body:
        yield body


async def _posted_mail(request: Request, edge: ThisEdge) -> AsyncIterator[Posted]:
    keys = split_keys(edge.settings.sendgrid_inbound_keys)
    _open_door(request, INBOUND, keys, "SENDGRID_INBOUND_KEY")
    with_bounds = {"kept_max": sendgrid_inbound.BODY_BYTES_MAX, "size_max": MAIL_BYTES_MAX}
    async with posted(
        request, **with_bounds, prefix=signed_prefix(request.headers), refused=lambda why: _refused(INBOUND, why)
    ) as body:
        yield body


@router.post("/events")
def take_events(request: Request, edge: ThisEdge, body: Annotated[Posted, Depends(_posted_events)]) -> Response:
    """Take in a batch of events; a stop among them is carried out before this answers."""
    keys = split_keys(edge.settings.sendgrid_webhook_keys)
    callback = _verified(request, edge, body, EVENTS, keys, REPLAY_WINDOW)
    take_in(callback, read(callback))
    return Response(status_code=204)


@router.post("/inbound")
def take_mail(request: Request, edge: ThisEdge, body: Annotated[Posted, Depends(_posted_mail)]) -> Response:
    """Take in a mail; a stop in it is carried out before this answers."""
    keys = split_keys(edge.settings.sendgrid_inbound_keys)
    callback = _verified(request, edge, body, INBOUND, keys, MAIL_REPLAY_WINDOW)
    take_in(callback, _read_mail(callback, body))
    return Response(status_code=204)


def _open_door(request: Request, callback: str, keys: Sequence[str], setting: str) -> None:
    """Turn away, before a byte of the body is read, what could never be believed."""
    if not keys:
        not_configured(PROVIDER, callback, setting)
    if SIGNATURE_HEADER not in request.headers:
        refuse(PROVIDER, callback, "no signature")


def _refused(callback: str, why: str) -> None:
    note(PROVIDER, callback, "refused", reason=why)


def _verified(
    request: Request, edge: Edge, body: Posted, name: str, keys: Sequence[str], window: timedelta
) -> Callback:
    now = edge.kit.clock.now()
    reason = why_not(request.headers, body.digest, keys, now=now, window=window)
    if reason is not None:
        refuse(PROVIDER, name, reason)
    return Callback(edge=edge, raw=raw_of(request, PROVIDER, name, body.read()), received_at=now)


def _read_mail(callback: Callback, body: Posted) -> list[ProviderEvent | Unreadable]:
    """Return what a mail means, and beside it what could not be read: broken, cut off, or too long to be kept."""
    found = read(callback)
    if body.size_bytes > len(callback.body) and any(isinstance(one, ProviderEvent) for one in found):
        problem = f"The mail is too large: {body.size_bytes} bytes, of which {len(callback.body)} are kept."
        found.append(Unreadable.of(PROVIDER, problem, ""))
    return found
