"""SendGrid's email activity feed: our own id travels with each mail, so what it finds is certain.

The feed is sold apart (*Email Activity*, thirty days) and lags behind by minutes: a mail it does not know proves nothing.
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from channels.accounts import SendGridAccount
from channels.errors import Unavailable
from channels.lookup import Sought
from channels.webhooks.sendgrid_events import MESSAGE_ID_ARGUMENT, own_message_id

if TYPE_CHECKING:
    from channels.transport import Transport  # slow to load, and only whoever looks needs it

OK = 200
NOT_OFFERED = frozenset({401, 403, 404})
"""The account has no feed, or its key may not read it (right `messages.read`): there is no evidence from here."""


class SendGridLookup:
    """The feed of one account; *open_transport* is called when it is read."""

    def __init__(self, open_transport: "Callable[[], Transport]", account: SendGridAccount) -> None:
        self._open_transport = open_transport
        self._url = f"{account.url.rstrip('/')}/v3/messages"
        self._headers = {"Authorization": f"Bearer {account.api_key}", "Accept": "application/json"}

    def find(self, sought: Sought) -> str | None:
        """Return SendGrid's id of the mail that carries our id. More than one says no less: each was taken."""
        from channels.transport import Request

        query = urlencode({"query": f"unique_args['{MESSAGE_ID_ARGUMENT}']=\"{sought.message_id}\"", "limit": 10})
        answer = self._open_transport().fetch(Request(method="GET", url=f"{self._url}?{query}", headers=self._headers))
        if answer.status in NOT_OFFERED:
            return None
        if answer.status != OK:
            raise Unavailable(f"SendGrid's activity feed cannot be read now: status {answer.status}")
        ids = [str(one.get("msg_id") or "") for one in _messages(answer.body)]
        return next((own_message_id(one) for one in ids if one), None)


def _messages(body: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(body)["messages"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise Unavailable("SendGrid's activity feed cannot be read: no messages came") from error
    if not isinstance(found, list):
        raise Unavailable("SendGrid's activity feed cannot be read: no list came")
    return [one for one in found if isinstance(one, dict)]
