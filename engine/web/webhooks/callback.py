"""What is left of a callback once it is proven to be its provider's, and what is noted of one that is not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

import structlog
from fastapi import HTTPException, Request

from channels.events import ProviderEvent
from channels.webhooks.unreadable import Unreadable
from engine import metrics
from engine.flows.absorb import URGENT, receive
from engine.flows.callbacks import Found, read_callback
from engine.flows.raw import Raw, problem_of
from engine.web.edge import Edge

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A callback that its provider has signed."""

    edge: Edge
    raw: Raw
    received_at: datetime

    @property
    def body(self) -> bytes:
        """Its raw body."""
        return self.raw.body


def take_in(callback: Callback, found: Sequence[ProviderEvent | Unreadable]) -> list[ProviderEvent]:
    """Keep *callback* with the events *found* in it, act on what is urgent and ring for it; return the events.

    What could not be read is kept with the raw bytes, counted and logged. Returns only when no message that one of the
    events stops can start any more. Raises `StoreError` where nothing could be kept: the provider shall try again.
    """
    events = [one for one in found if isinstance(one, ProviderEvent)]
    unreadable = [one for one in found if isinstance(one, Unreadable)]
    raw = callback.raw if not unreadable else replace(callback.raw, problem=problem_of(unreadable))
    receive(callback.edge.kit, events, raw=raw)
    if raw.problem:
        note(raw.provider, raw.callback, "unreadable", elements=len(unreadable), problem=unreadable[0].problem)
    metrics.CALLBACKS.labels(raw.provider, raw.callback, "kept").inc()
    if any(event.kind in URGENT for event in events):  # the others are absorbed when the ticker rings for them
        callback.edge.ring()
    return events


def read(callback: Callback) -> Found:
    """Return what *callback* says, and beside it what could not be read."""
    edge = callback.edge
    return read_callback(edge.kit, callback.raw, received_at=callback.received_at, domain=edge.settings.reply_domain)


def refuse(provider: str, callback: str, reason: str) -> NoReturn:
    """Answer 403 to a callback that is not proven to be *provider*'s; nothing of it is kept."""
    note(provider, callback, "refused", reason=reason)
    raise HTTPException(403, "This callback is not signed by its provider, so nothing was done.")


def not_configured(provider: str, callback: str, setting: str) -> NoReturn:
    """Answer 503 where no key is set to check a callback with: the provider tries again, until *setting* is set."""
    note(provider, callback, "unconfigured", remedy=f"set {setting}")
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    raise HTTPException(503, "This installation has no key to check callbacks with yet.", retry)


def note(provider: str, callback: str, outcome: str, **keys: object) -> None:
    """Count and log what became of a callback that was not simply kept; no word of it stands in the log."""
    metrics.CALLBACKS.labels(provider, callback, outcome).inc()
    log.warning("callback.trouble", provider=provider, callback=callback, outcome=outcome, **keys)


def raw_of(request: Request, provider: str, callback: str, body: bytes) -> Raw:
    """Return *request* as it is kept."""
    return Raw(
        provider=provider, callback=callback, target=target_of(request), headers=dict(request.headers), body=body
    )


def target_of(request: Request) -> str:
    """Return the path and query of *request* as they were called, still quoted."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope["query_string"]
    return (path.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
