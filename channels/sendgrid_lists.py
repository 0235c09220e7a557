"""SendGrid's own lists of whom it will not write to, for a whole account.

Its group lists are not read: our mail belongs to no group. Twilio has nothing of the kind: it tells of a stop in the text
itself and with error 21610, and has no list of stops that could be read.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from channels.accounts import SendGridAccount
from channels.address import AddressKind, InvalidAddress, canonical_email
from channels.errors import Misconfigured, Unavailable
from channels.events import EventKind
from channels.provider_lists import Listed, ProviderList
from channels.webhooks.sendgrid_events import PROVIDER
from channels.webhooks.sendgrid_failures import read_bounce

if TYPE_CHECKING:
    from channels.transport import Transport  # slow to load, and only whoever reads a list needs it

PAGE = 500  # SendGrid's own limit
PAGES_MAX = 10_000  # a list that never ends is no list
OK = 200
KEY_REFUSED = frozenset({401, 403})

SENDGRID_LISTS: dict[str, EventKind] = {
    "unsubscribes": EventKind.UNSUBSCRIBED,
    "spam_reports": EventKind.COMPLAINED,
    "bounces": EventKind.BOUNCED,
    "invalid_emails": EventKind.BOUNCED,
}
"""By its name under `/v3/suppression/`, what standing on it means. Blocks are absent: those are tried again."""


class SendGridList:
    """One of the suppression lists of a SendGrid account; *open_transport* is called when it is read."""

    kind = AddressKind.EMAIL

    def __init__(self, open_transport: "Callable[[], Transport]", account: SendGridAccount, list_name: str) -> None:
        self.name = f"{PROVIDER}.{list_name}"
        self._open_transport = open_transport
        self._meaning = SENDGRID_LISTS[list_name]
        self._url = f"{account.url.rstrip('/')}/v3/suppression/{list_name}"
        self._headers = {"Authorization": f"Bearer {account.api_key}", "Accept": "application/json"}

    def pages(self, since: datetime | None, until: datetime) -> Iterator[Sequence[Listed]]:
        """Yield it page by page; its end is fixed, so that what is put on it meanwhile moves nothing between pages."""
        limits = {"end_time": int(until.timestamp()), "limit": PAGE}
        if since is not None:
            limits["start_time"] = int(since.timestamp())
        for number in range(PAGES_MAX):
            entries = self._page(limits | {"offset": number * PAGE})
            found = [self._read(entry) for entry in entries if isinstance(entry, dict)]
            yield [one for one in found if one is not None]
            if len(entries) < PAGE:
                return
        raise Unavailable(f"{self.name} has no end")

    def _page(self, query: Mapping[str, int]) -> list[Any]:
        from channels.transport import Request

        request = Request(method="GET", url=f"{self._url}?{urlencode(query)}", headers=self._headers)
        answer = self._open_transport().fetch(request)
        if answer.status in KEY_REFUSED:
            raise Misconfigured(f"SENDGRID_API_KEY may not read {self.name}: give it the right suppression.read")
        if answer.status != OK:
            raise Unavailable(f"{self.name} cannot be read now: status {answer.status}")
        try:
            entries = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise Unavailable(f"{self.name} cannot be read: no JSON came") from error
        if not isinstance(entries, list):
            raise Unavailable(f"{self.name} cannot be read: no list came")
        return entries

    def _read(self, entry: Mapping[str, Any]) -> Listed | None:
        """Return whom *entry* is about, None where that is nobody, or a mailbox that was only full or slow."""
        if self.name.endswith(".bounces") and not _is_dead(entry):
            return None
        try:
            return Listed(address=canonical_email(str(entry.get("email", ""))), meaning=self._meaning)
        except InvalidAddress:
            return None  # of `invalid_emails` many are: nobody of that address can become a lead either


def sendgrid_lists(open_transport: "Callable[[], Transport]", account: SendGridAccount) -> tuple[ProviderList, ...]:
    """Return every list of *account* that says whom not to write to."""
    return tuple(SendGridList(open_transport, account, name) for name in SENDGRID_LISTS)


def _is_dead(entry: Mapping[str, Any]) -> bool:
    status, reason = str(entry.get("status", "")), str(entry.get("reason", ""))
    return read_bounce(type_="bounce", status=status, reason=reason, classification="").kind is EventKind.BOUNCED
