"""What SendGrid reports of its mail: events, gathered for a moment and posted as one signed batch."""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from channels.standin.account import Accepted, Provider
from channels.standin.leads import Deed, Does
from channels.standin.posts import Posted, Posts, Trick

PATH = "/webhooks/sendgrid/events"
GATHERED_SECONDS = 0.05
BATCH_MAX = 500

NAMES: Mapping[Deed, str] = {
    Deed.PROCESSED: "processed",
    Deed.DEFERRED: "deferred",
    Deed.DELIVERED: "delivered",
    Deed.BOUNCED: "bounce",
    Deed.BLOCKED: "bounce",
    Deed.DROPPED: "dropped",
    Deed.OPENED: "open",
    Deed.CLICKED: "click",
    Deed.COMPLAINED: "spamreport",
    Deed.UNSUBSCRIBED: "unsubscribe",
}
"""The deeds that SendGrid reports, by its own names."""

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Safari/537.36"
SCANNER = "Mozilla/5.0 (compatible; Barracuda Sentinel link scanner)"
PICTURE_PROXY = "Mozilla/5.0"  # Apple's, which fetches every picture when the mail comes


def event_of(message: Accepted, deed: Does, at: datetime) -> dict[str, Any]:
    """Return what SendGrid tells of *deed*, with the custom arguments that came along."""
    part = message.raw["personalizations"][0]
    arguments = {**(message.raw.get("custom_args") or {}), **(part.get("custom_args") or {})}
    categories = {"category": message.raw["categories"]} if message.raw.get("categories") else {}
    return {
        **arguments,
        **categories,
        "email": message.to,
        "timestamp": int(at.timestamp()),
        "smtp-id": smtp_id(message),
        "event": NAMES[deed.deed],
        "sg_event_id": secrets.token_urlsafe(22),
        "sg_message_id": f"{message.provider_id}.recvd-68f5b5b5f-x7k2p-1-66A1B2C3-1.0",
        **_details(deed),
    }


def smtp_id(message: Accepted) -> str:
    """Return the Message-ID that the mail went out with."""
    return message.header("Message-ID") or f"<{message.provider_id}@geopod-ismtpd-1>"


def _details(deed: Does) -> dict[str, Any]:
    reader = {"ip": "192.0.2.7", "useragent": SCANNER if deed.machine else BROWSER}
    match deed.deed:
        case Deed.DEFERRED:
            return {"response": deed.text or "451 4.7.1 Try again later", "attempt": "1"}
        case Deed.DELIVERED:
            return {"response": "250 2.0.0 OK", "ip": "192.0.2.25", "tls": 1}
        case Deed.BOUNCED:
            reason = deed.text or "550 5.1.1 The email account that you tried to reach does not exist."
            return {"reason": reason, "status": deed.code or "5.1.1", "type": "bounce",
                    "bounce_classification": "Invalid Address"}  # fmt: skip
        case Deed.BLOCKED:
            reason = deed.text or "554 5.7.1 Message rejected due to local policy"
            return {"reason": reason, "status": deed.code or "5.7.1", "type": "blocked",
                    "bounce_classification": "Reputation"}  # fmt: skip
        case Deed.DROPPED:
            return {"reason": deed.text or "Bounced Address", "status": deed.code or "5.0.0"}
        case Deed.OPENED:
            agent = {"useragent": PICTURE_PROXY} if deed.machine else {}
            return {**reader, **agent, "sg_machine_open": deed.machine, "sg_content_type": "html"}
        case Deed.CLICKED:
            return {**reader, "url": deed.text, "url_offset": {"index": 0, "type": "html"}}
    return {}


class Outbox:
    """Events on their way: those of one moment travel together."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts
        self._waiting: list[dict[str, Any]] = []
        self._running = 0

    @property
    def is_empty(self) -> bool:
        """Whether all events were posted, or given up."""
        return not self._waiting and not self._running

    def add(self, event: dict[str, Any]) -> None:
        """Let *event* go with the next batch."""
        if self._posts.base is not None:
            self._waiting.append(event)

    async def run(self) -> None:
        """Post what has gathered, for as long as the stand-in runs; a batch that is refused holds up no other."""
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(GATHERED_SECONDS)
                while self._waiting:
                    batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                    self._running += 1
                    group.create_task(self._send(batch))

    async def _send(self, batch: Sequence[Mapping[str, Any]]) -> None:
        try:
            await post_events(self._posts, batch)
        finally:
            self._running -= 1


async def post_events(posts: Posts, batch: Sequence[Mapping[str, Any]], *, trick: Trick | None = None) -> Posted | None:
    """Post *batch* as SendGrid does: a JSON array, compact, with a line end."""
    trick = trick or posts.next_trick(Provider.SENDGRID)
    ordered = list(batch)[::-1] if trick is Trick.REORDERED else list(batch)
    body = json.dumps(ordered, separators=(",", ":")).encode() + b"\r\n"
    return await posts.post_signed("events", PATH, body, "application/json", trick=trick)
