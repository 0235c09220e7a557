"""Build and read callbacks as providers post them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from channels.events import ProviderEvent
from channels.webhooks.unreadable import Unreadable

NOW = datetime(2026, 11, 20, 15, 4, tzinfo=UTC)

LEAD = "+15558675310"
US = "+15017250604"


def form(fields: Mapping[str, str] | None = None, **more: str) -> bytes:
    """Return *fields* form-encoded."""
    return urlencode({**(fields or {}), **more}).encode()


def only(found: Sequence[ProviderEvent | Unreadable]) -> ProviderEvent:
    """Return the one event that *found* holds."""
    [event] = found
    assert isinstance(event, ProviderEvent), event
    return event


def events(found: Sequence[ProviderEvent | Unreadable]) -> list[ProviderEvent]:
    """Return *found*, all of which could be read."""
    readable = [one for one in found if isinstance(one, ProviderEvent)]
    assert len(readable) == len(found), found
    return readable
