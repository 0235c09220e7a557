"""Events as they are kept: plain JSON, and back."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from channels.address import Channel
from channels.events import CallOutcome, EventKind, ProviderEvent

_FIELDS = tuple(field.name for field in fields(ProviderEvent))


def event_to_json(event: ProviderEvent) -> dict[str, Any]:
    """Return *event* as plain JSON."""
    told = {name: getattr(event, name) for name in _FIELDS}
    return {**told, "at": event.at.isoformat(), "extra": dict(event.extra)}


def event_from_json(value: dict[str, Any]) -> ProviderEvent:
    """Return the event that `event_to_json` wrote; raises KeyError, TypeError or ValueError on anything else."""
    return ProviderEvent(
        **{
            **value,
            "kind": EventKind(value["kind"]),
            "channel": Channel(value["channel"]),
            "at": datetime.fromisoformat(value["at"]),
            "outcome": CallOutcome(value["outcome"]) if value.get("outcome") else None,
        }
    )
