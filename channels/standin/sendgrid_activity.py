"""SendGrid's email activity feed: what became of each mail, found by the custom arguments that travelled with it."""

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from channels.standin.account import Accepted

SHOWN_MAX = 1_000

_ASKED = re.compile(r"""\(?unique_args\['(?P<name>[^']+)'\]\s*=\s*"(?P<value>[^"]*)"\)?""")


class Activity:
    """The feed of one account; an account need not have one (*is_offered*). Any thread may read."""

    def __init__(self) -> None:
        self.is_offered = True
        self._lock = threading.Lock()
        self._kept: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []

    def keep(self, messages: Iterable[Accepted]) -> None:
        """Show *messages* from now on."""
        made = [(_arguments(one), _shown(one)) for one in messages]
        with self._lock:
            self._kept.extend(made)

    def find(self, query: str, limit: int) -> Sequence[Mapping[str, Any]] | None:
        """Return what *query* asks for, None where it cannot be read: only custom arguments can be asked for here."""
        asked = _ASKED.fullmatch(query.strip())
        if asked is None:
            return None
        with self._lock:
            found = [shown for told, shown in self._kept if told.get(asked["name"]) == asked["value"]]
        return found[: min(limit, SHOWN_MAX)]


def _arguments(message: Accepted) -> dict[str, Any]:
    part = message.raw["personalizations"][0]
    return {**(message.raw.get("custom_args") or {}), **(part.get("custom_args") or {})}


def _shown(message: Accepted) -> dict[str, Any]:
    return {
        "from_email": message.sender,
        "msg_id": f"{message.provider_id}.filterdrecv-5645d9c87f-78xgx-1-5A2F8A5B-2.0",
        "subject": message.subject,
        "to_email": message.to,
        "status": "processed",
        "opens_count": 0,
        "clicks_count": 0,
        "last_event_time": message.received_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
