"""SendGrid's web API as it looks from outside: mail/send, the lists of those not to write to, what a doctor asks."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from channels.address import Channel
from channels.message import MessageId
from channels.standin.account import Accepted, Provider, find_message_id
from channels.standin.clock import Now
from channels.standin.faults import Fault, FaultKind, Faults
from channels.standin.keys import Keys
from channels.standin.sendgrid_activity import Activity
from channels.standin.sendgrid_checks import problems_of
from channels.standin.sendgrid_lists import Lists
from channels.standin.wire import Answer, Endpoint, Handler, Read

PAGE_MAX = 500

SCOPES = (
    "mail.send", "mail.batch.create", "suppression.read", "suppression.unsubscribes.read", "suppression.bounces.read",
    "suppression.spam_reports.read", "suppression.invalid_emails.read", "user.webhooks.event.settings.read",
    "user.webhooks.parse.settings.read", "whitelabel.read",
)  # fmt: skip

Take = Callable[[Sequence[Accepted], bool], None]
"""Keeps what was accepted; the second argument says whether callbacks tell of it."""


class SendGridApi:
    """The API of one account."""

    def __init__(self, keys: Keys, faults: Faults, take: Take, *, now: Now, callbacks: str | None) -> None:
        self.lists = Lists()
        self.activity = Activity()
        self._keys = keys
        self._faults = faults
        self._take = take
        self._now = now
        self._callbacks = callbacks

    def app(self) -> Iterator[web.RouteDef]:
        """Yield its routes."""
        yield web.post("/v3/mail/send", self._endpoint(self._send, is_send=True))
        yield web.get("/v3/messages", self._endpoint(self._show_activity))
        yield web.get("/v3/suppression/{list}", self._endpoint(self._list))
        yield web.delete("/v3/suppression/{list}/{email}", self._endpoint(self._forget))
        for path, content in self._settings().items():
            yield web.get(path, self._endpoint(_always(content)))

    def _endpoint(self, read: Read, *, is_send: bool = False) -> Handler:
        def checked(request: web.Request, body: bytes) -> Any:
            return self._denied(request) or read(request, body)

        endpoint = Endpoint(
            provider=Provider.SENDGRID, faults=self._faults, read=checked, complain=_complain, is_send=is_send
        )
        return endpoint.answer

    def _denied(self, request: web.Request) -> Answer | None:
        given = request.headers.get("Authorization", "")
        if secrets.compare_digest(given.encode(), f"Bearer {self._keys.sendgrid_api_key}".encode()):
            return None
        return errors(401, [("The provided authorization grant is invalid, expired, or revoked", None)])

    def _send(self, request: web.Request, body: bytes) -> Answer:
        if not request.content_type.startswith("application/json"):
            return errors(415, [("Content-Type should be application/json.", None)])
        try:
            mail = json.loads(body)
        except ValueError:
            return errors(400, [("Bad Request", None)])
        problems = problems_of(mail)
        if problems:
            return errors(400, problems)
        if (mail.get("mail_settings") or {}).get("sandbox_mode", {}).get("enable"):
            return Answer(status=200, content={})
        provider_id = secrets.token_urlsafe(16)[:22]
        messages = list(_messages(mail, provider_id, self._now()))
        return Answer(
            status=202, headers={"X-Message-Id": provider_id}, accept=lambda tells: self._keep(messages, tells)
        )

    def _keep(self, messages: Sequence[Accepted], tells: bool) -> None:  # noqa: FBT001 - part of Take
        self.activity.keep(messages)
        self._take(messages, tells)

    def _show_activity(self, request: web.Request, _body: bytes) -> Answer:
        if not self.activity.is_offered:
            return errors(403, [("access forbidden", None)])
        try:
            limit = int(request.query.get("limit", 10))
        except ValueError:
            return errors(400, [("limit must be a number", "limit")])
        found = self.activity.find(request.query.get("query", ""), limit)
        if found is None:
            return errors(400, [("invalid query", "query")])
        return Answer(status=200, content={"messages": list(found)})

    def _list(self, request: web.Request, _body: bytes) -> Answer:
        name, query = request.match_info["list"], request.query
        if name not in self.lists.names:
            return errors(404, [("not found", None)])
        try:
            limit, offset = int(query.get("limit", PAGE_MAX)), int(query.get("offset", 0))
            start, end = int(query.get("start_time", 0)), int(query.get("end_time", 2**40))
        except ValueError:
            return errors(400, [("limit, offset, start_time and end_time must be numbers", None)])
        found = self.lists.page(name, start=start, end=end)
        return Answer(status=200, content=found[offset : offset + min(limit, PAGE_MAX)])

    def _forget(self, request: web.Request, _body: bytes) -> Answer:
        name, email = request.match_info["list"], request.match_info["email"]
        if not self.lists.remove(name, email):
            return errors(404, [("resource not found", None)])
        return Answer(status=204)

    def _settings(self) -> dict[str, Any]:
        own = self._callbacks or ""
        events = {
            "enabled": bool(own),
            "url": f"{own}/webhooks/sendgrid/events",
            "public_key": self._keys.events.public,
        }
        reported = ("processed", "delivered", "deferred", "bounce", "dropped", "open", "click", "spam_report")
        parse = {"url": f"{own}/webhooks/sendgrid/inbound", "hostname": "", "spam_check": False, "send_raw": False}
        events |= dict.fromkeys((*reported, "unsubscribe", "group_unsubscribe", "group_resubscribe"), True)
        return {
            "/v3/scopes": {"scopes": list(SCOPES)},
            "/v3/user/account": {"type": "paid", "reputation": 100},
            "/v3/user/webhooks/event/settings": events,
            "/v3/user/webhooks/event/settings/all": {"max_allowed": 5, "webhooks": [events]},
            "/v3/user/webhooks/event/settings/signed": {"public_key": self._keys.events.public},
            "/v3/user/webhooks/parse/settings": {"result": [parse] if own else []},
            "/v3/whitelabel/domains": [],
            "/v3/verified_senders": {"results": []},
        }


def errors(status: int, problems: Sequence[tuple[str, str | None]]) -> Answer:
    """Return an error in SendGrid's shape."""
    return Answer(
        status=status,
        content={"errors": [{"message": message, "field": name} for message, name in problems]},
    )


def _complain(fault: Fault) -> Answer:
    match fault.kind:
        case FaultKind.THROTTLE:
            answer = errors(fault.status or 429, [(fault.message or "too many requests", None)])
            seconds = f"{fault.seconds:g}"
            return Answer(
                status=answer.status,
                content=answer.content,
                headers={"Retry-After": seconds, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": seconds},
            )
        case FaultKind.REFUSE:
            return errors(fault.status or 400, [(fault.message or "Does not contain a valid address.", "from.email")])
    return errors(fault.status or 503, [(fault.message or "Service Unavailable", None)])


def _always(content: Any) -> Read:
    return lambda _request, _body: Answer(status=200, content=content)


def _messages(mail: Mapping[str, Any], provider_id: str, at: datetime) -> Iterator[Accepted]:
    blocks = {block["type"]: block["value"] for block in mail.get("content") or ()}
    for part in mail["personalizations"]:
        arguments = {**(mail.get("custom_args") or {}), **(part.get("custom_args") or {})}
        headers = {**(mail.get("headers") or {}), **(part.get("headers") or {})}
        reply_to = (mail.get("reply_to") or {}).get("email")
        if reply_to:
            headers["Reply-To"] = reply_to
        sender = (part.get("from") or mail["from"])["email"]
        for one in [*part["to"], *(part.get("cc") or ()), *(part.get("bcc") or ())]:
            told = arguments.get("ft_message_id")
            yield Accepted(
                provider=Provider.SENDGRID,
                channel=Channel.EMAIL,
                provider_id=provider_id,
                message_id=MessageId(told) if told else find_message_id(*arguments.values()),
                to=one["email"],
                sender=sender,
                received_at=at,
                subject=part.get("subject") or mail.get("subject") or "",
                text=blocks.get("text/plain", ""),
                html=blocks.get("text/html", ""),
                headers=headers,
                raw={**mail, "personalizations": [part]},
            )
