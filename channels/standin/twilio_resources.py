"""Texts and calls as Twilio keeps them, and shows them in JSON."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Generic, Protocol, TypeVar

API_VERSION = "2010-04-01"


def new_sid(prefix: str) -> str:
    """Return an id as Twilio makes them: two letters for the kind, 32 digits."""
    return prefix + secrets.token_hex(16)


@dataclass(slots=True, kw_only=True)
class Text:
    """One text message, ours or a lead's."""

    sid: str
    account_sid: str
    sender: str
    to: str
    body: str
    created_at: datetime
    updated_at: datetime
    segments: int
    direction: str = "outbound-api"
    status: str = "queued"
    service: str | None = None
    callback: str | None = None
    error_code: int | None = None
    error_message: str | None = None
    media: int = 0

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        path = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        is_sent = self.status not in {"queued", "accepted", "scheduled"}
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": rfc2822(self.created_at),
            "date_sent": rfc2822(self.updated_at) if is_sent else None,
            "date_updated": rfc2822(self.updated_at),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": self.error_message,
            "from": self.sender or None,
            "messaging_service_sid": self.service,
            "num_media": str(self.media),
            "num_segments": str(self.segments),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": self.to,
            "uri": f"{path}.json",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing that happened in a call, in its order: what was said or played, and what the TwiML asked for."""

    verb: str
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Call:
    """One call, and what was heard in it."""

    sid: str
    account_sid: str
    sender: str
    to: str
    created_at: datetime
    updated_at: datetime
    direction: str = "outbound-api"
    status: str = "queued"
    answered_by: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: int | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)  # the form that made it
    heard: list[Heard] = field(default_factory=list)
    redirected: str | None = None  # where an update sent it while it went on

    def said(self) -> str:
        """Return all that was said in it, a line each."""
        return "\n".join(one.text for one in self.heard if one.verb == "Say")

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        path = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        parts = ("notifications", "recordings", "payments", "events", "siprec", "streams", "transcriptions",
                 "user_defined_message_subscriptions", "user_defined_messages")  # fmt: skip
        return {
            "account_sid": self.account_sid,
            "annotation": None,
            "answered_by": self.answered_by,
            "api_version": API_VERSION,
            "caller_name": None,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.updated_at),
            "direction": self.direction,
            "duration": None if self.seconds is None else str(self.seconds),
            "end_time": rfc2822(self.ended_at) if self.ended_at else None,
            "forwarded_from": None,
            "from": self.sender,
            "from_formatted": self.sender,
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": self.sid,
            "start_time": rfc2822(self.started_at) if self.started_at else None,
            "status": self.status,
            "subresource_uris": {name: f"{path}/{name.title().replace('_', '')}.json" for name in parts},
            "to": self.to,
            "to_formatted": self.to,
            "trunk_sid": None,
            "uri": f"{path}.json",
        }


def rfc2822(at: datetime) -> str:
    """Return *at* as the API writes instants."""
    return format_datetime(at)


class _Resource(Protocol):
    @property
    def sid(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


Kept = TypeVar("Kept", bound=_Resource)


class Shelf(Generic[Kept]):
    """All resources of one kind, the newest last; any thread may read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Kept] = {}

    def put(self, resource: Kept) -> None:
        """Keep *resource*."""
        with self._lock:
            self._kept[resource.sid] = resource

    def get(self, sid: str) -> Kept | None:
        """Return the resource *sid*, None where there is none."""
        with self._lock:
            return self._kept.get(sid)

    def all(self) -> Sequence[Kept]:
        """Return all, as they are now."""
        with self._lock:
            return tuple(self._kept.values())

    def find(self, matches: Callable[[Kept], bool]) -> list[Kept]:
        """Return those that match, the newest first, as the API lists them."""
        return [one for one in reversed(self.all()) if matches(one)]
