"""Twilio's lists of texts and calls. They show no id of ours, so a find counts only where nothing else can be meant.

Exactly one text to this number, from our sender, with the same words, made in the time in question, is ours; so is
exactly one call. Two prove nothing, for either may be another's. None proves nothing either: Twilio does not say how
soon its lists know of a text, and one that waits in its queue has no date of sending to be found by.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from channels.accounts import TwilioAccount
from channels.address import Channel
from channels.errors import Unavailable
from channels.lookup import Sought

if TYPE_CHECKING:
    from channels.transport import Transport  # slow to load, and only whoever looks needs it

OK = 200
PAGE = 100  # more than one person gets in a day or two
OURS = "outbound-api"
"""The direction of what was asked for by the API; replies and calls that were put through have others."""

CLOCKS_APART = timedelta(minutes=2)
"""By how much their clock and ours may differ, and how long a request may be under way beyond its last start."""


class TwilioLookup:
    """The texts or the calls of one account; *open_transport* is called when they are read."""

    def __init__(self, open_transport: "Callable[[], Transport]", account: TwilioAccount, channel: Channel) -> None:
        self._open_transport = open_transport
        self._is_text = channel is Channel.SMS
        self._service = account.messaging_service if self._is_text else None
        resource = "Messages" if self._is_text else "Calls"
        self._url = f"{account.url.rstrip('/')}/2010-04-01/Accounts/{account.sid}/{resource}.json"
        key = b64encode(f"{account.sid}:{account.auth_token}".encode()).decode()
        self._headers = {"Authorization": f"Basic {key}", "Accept": "application/json"}

    def find(self, sought: Sought) -> str | None:
        """Return the sid of the only text or call that fits; None where there is none, or several."""
        since, until = sought.since - CLOCKS_APART, sought.until + CLOCKS_APART
        page = self._page(sought, since, until)
        if page.get("next_page_uri"):
            return None  # whether it is the only one cannot be seen from here
        sids = [
            str(one.get("sid") or "") for one in _entries(page, self._is_text) if self._fits(one, sought, since, until)
        ]
        return sids[0] or None if len(sids) == 1 else None

    def _page(self, sought: Sought, since: datetime, until: datetime) -> Mapping[str, Any]:
        from channels.transport import Request

        day = "DateSent" if self._is_text else "StartTime"
        query = {"To": sought.to, "PageSize": PAGE}
        if self._service is None:  # a service chooses the number by itself
            query["From"] = sought.sender
        # Days of UTC, both counted in; sent may be a while after it was made, but no later than it stays valid.
        query |= {f"{day}>": _day(since), f"{day}<": _day(until + timedelta(days=1))}
        answer = self._open_transport().fetch(
            Request(method="GET", url=f"{self._url}?{urlencode(query)}", headers=self._headers)
        )
        if answer.status != OK:
            raise Unavailable(f"Twilio's list cannot be read now: status {answer.status}")
        try:
            page = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise Unavailable("Twilio's list cannot be read: no JSON came") from error
        if not isinstance(page, dict):
            raise Unavailable("Twilio's list cannot be read: no page came")
        return page

    def _fits(self, entry: Mapping[str, Any], sought: Sought, since: datetime, until: datetime) -> bool:
        made_at = _instant(entry.get("date_created"))
        if made_at is None or not since <= made_at <= until or entry.get("direction") != OURS:
            return False
        if entry.get("to") != sought.to:
            return False
        if self._service is not None:
            is_from_us = entry.get("messaging_service_sid") == self._service
        else:
            is_from_us = entry.get("from") == sought.sender
        return is_from_us and (not self._is_text or str(entry.get("body") or "").strip() == sought.text.strip())


def _entries(page: Mapping[str, Any], is_text: bool) -> list[Mapping[str, Any]]:  # noqa: FBT001 - which list it is
    found = page.get("messages" if is_text else "calls")
    if not isinstance(found, list):
        raise Unavailable("Twilio's list cannot be read: no list came")
    return [one for one in found if isinstance(one, dict)]


def _instant(text: Any) -> datetime | None:
    try:
        return parsedate_to_datetime(str(text)).astimezone(UTC)
    except (TypeError, ValueError):
        return None


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
