"""What of the delivery log somebody wants to see, as the page's address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from urllib.parse import parse_qsl, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import HTTPException

from engine.domain.message import Delivery, MessageState
from engine.store.history import MACHINE_CHANNELS
from engine.store.log import LogFilter
from engine.web.bodies import clean

CHOICES: Mapping[str, tuple[str, ...]] = {
    "state": tuple(MessageState),
    "delivery": tuple(Delivery),
    "channel": tuple(sorted(MACHINE_CHANNELS)),
}
"""Fields that take one of a list."""

FIELDS = ("q", "state", "delivery", "channel", "sequence", "stage", "sender", "lead", "reason", "from", "to", "zone")
"""Every field of the address that says what is wanted; a saved view holds these and no other."""

VALUE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """What was asked, as it was written, and the filter it stands for."""

    asked: Mapping[str, str | None]
    filter: LogFilter

    @property
    def is_any(self) -> bool:
        """Whether anything was asked for."""
        return any(value for name, value in self.asked.items() if name != "zone")

    @property
    def text(self) -> str:
        """Return it as a query string; the zone stands there only with a date, which it is about."""
        dated = self.asked["from"] or self.asked["to"]
        kept = {name: value for name, value in self.asked.items() if value and (name != "zone" or dated)}
        return urlencode(kept)


def read_query(params: Mapping[str, str]) -> LogQuery:
    """Return what *params* ask for; refuses with 400 what cannot be asked."""
    asked = {name: clean(params.get(name, ""))[:VALUE_MAX] or None for name in FIELDS}
    for name, choices in CHOICES.items():
        if asked[name] is not None and asked[name] not in choices:
            raise HTTPException(400, f"There is no {name} called “{str(asked[name])[:40]}”.")
    zone = _zone(asked["zone"])
    first, last = _day(asked["from"]), _day(asked["to"])
    plain = {name: asked[name] for name in ("state", "delivery", "channel", "sequence", "stage", "reason")}
    return LogQuery(
        asked=asked,
        filter=LogFilter(
            **plain,
            sender_id=_id(asked["sender"], "sender"),
            lead_id=_id(asked["lead"], "lead"),
            since=_begin(first, zone) if first else None,
            until=_begin(last, zone, days=1) if last else None,
            said=asked["q"],
        ),
    )


def query_of(text: str) -> LogQuery:
    """Return what the query string *text* asks for, such as that of a saved view."""
    try:
        return read_query(dict(parse_qsl(text.removeprefix("?"), max_num_fields=len(FIELDS))))
    except ValueError:  # more fields than there are
        raise HTTPException(400, "This is no filter of the log: choose it again.") from None


def _id(text: str | None, name: str) -> str | None:
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        raise HTTPException(400, f"This is no {name}'s id: choose the {name} again.") from None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise HTTPException(400, "Write a date as year, month and day, such as 2026-03-02.") from None


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # no such zone, or a path that is none
        raise HTTPException(400, "There is no such time zone.") from None


def _begin(day: date, zone: tzinfo, *, days: int = 0) -> datetime:
    """Return the instant at which the day *days* after *day* begins in *zone*; days outside the calendar are refused."""
    try:
        return datetime.combine(day + timedelta(days=days), time.min, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise HTTPException(400, "Choose a date of these years.") from None
