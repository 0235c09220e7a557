"""SendGrid's own lists of addresses that it will not write to any more."""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

LISTS: Mapping[str, Mapping[str, str]] = {
    "unsubscribes": {},
    "bounces": {"reason": "550 5.1.1 The email account that you tried to reach does not exist.", "status": "5.1.1"},
    "blocks": {"reason": "error dialing remote address", "status": "4.0.0"},
    "spam_reports": {"ip": "192.0.2.1"},
    "invalid_emails": {"reason": "Mail domain mentioned in email address is unknown"},
}
"""Each list with what its entries say beside the address and the time."""

DROPS: Mapping[str, str] = {
    "unsubscribes": "Unsubscribed Address",
    "bounces": "Bounced Address",
    "spam_reports": "Spam Reporting Address",
    "invalid_emails": "Invalid",
}
"""The reason of the dropped event that a message to a listed address ends in; a block is tried again."""


class Lists:
    """All lists of one account; any thread may add."""

    names = frozenset(LISTS)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in LISTS}

    def add(self, name: str, email: str, at: datetime) -> None:
        """Put *email* on the list *name*."""
        entry = {"created": int(at.timestamp()), "email": email, **LISTS[name]}
        with self._lock:
            self._entries[name][email.lower()] = entry

    def remove(self, name: str, email: str) -> bool:
        """Take *email* off; return whether it was on."""
        with self._lock:
            return self._entries.get(name, {}).pop(email.lower(), None) is not None

    def page(self, name: str, *, start: int, end: int) -> Sequence[Mapping[str, Any]]:
        """Return the entries made from *start* to *end*, both in seconds since 1970, the newest first."""
        with self._lock:
            found = [entry for entry in self._entries[name].values() if start <= entry["created"] <= end]
        return sorted(found, key=lambda entry: -entry["created"])

    def drop_reason(self, email: str) -> str | None:
        """Return why a message to *email* is dropped, None where nothing is held against it."""
        with self._lock:
            return next((said for name, said in DROPS.items() if email.lower() in self._entries[name]), None)
