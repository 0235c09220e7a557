"""Twilio's REST API as it looks from outside: texts and calls, made, looked up and listed."""

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from channels.address import Channel
from channels.segments import count_segments
from channels.standin.account import Accepted, Provider, find_message_id
from channels.standin.clock import Now
from channels.standin.faults import Fault, FaultKind, Faults
from channels.standin.keys import Keys
from channels.standin.twilio_checks import REFUSALS, call_problem, text_problem
from channels.standin.twilio_resources import API_VERSION, Call, Shelf, Text, new_sid, rfc2822
from channels.standin.wire import Answer, Endpoint, Handler, Read

PAGE_SIZE, PAGE_SIZE_MAX = 50, 1000

Take = Callable[[Sequence[Accepted], bool], None]
"""Keeps what was accepted; the second argument says whether callbacks tell of it."""

Refusal = Callable[[Channel, str], int | None]
"""Says with which code messages to an address (of a channel) are refused, None to take them."""


class TwilioApi:
    """The API of one account."""

    def __init__(self, keys: Keys, faults: Faults, take: Take, *, now: Now, refusal: Refusal) -> None:
        self.texts: Shelf[Text] = Shelf()
        self.calls: Shelf[Call] = Shelf()
        self.stopped: set[str] = set()  # numbers whose STOP Twilio heard itself
        self._keys = keys
        self._faults = faults
        self._take = take
        self._now = now
        self._refusal = refusal

    def app(self) -> Iterator[web.RouteDef]:
        """Yield its routes."""
        own = f"/{API_VERSION}/Accounts/{{account}}"
        yield web.get(f"{own}.json", self._endpoint(self._show_account))
        yield web.post(f"{own}/Messages.json", self._endpoint(self._send_text, is_send=True))
        yield web.get(f"{own}/Messages.json", self._endpoint(self._list_texts))
        yield web.get(f"{own}/Messages/{{sid}}.json", self._endpoint(self._show_text))
        yield web.post(f"{own}/Calls.json", self._endpoint(self._place_call, is_send=True))
        yield web.get(f"{own}/Calls.json", self._endpoint(self._list_calls))
        yield web.get(f"{own}/Calls/{{sid}}.json", self._endpoint(self._show_call))
        yield web.post(f"{own}/Calls/{{sid}}.json", self._endpoint(self._change_call))
        yield web.get(f"{own}/IncomingPhoneNumbers.json", self._endpoint(self._list_numbers))

    def _endpoint(self, read: Read, *, is_send: bool = False) -> Handler:
        def checked(request: web.Request, body: bytes) -> Any:
            return self._denied(request) or read(request, body)

        endpoint = Endpoint(
            provider=Provider.TWILIO, faults=self._faults, read=checked, complain=_complain, is_send=is_send
        )
        return endpoint.answer

    def _denied(self, request: web.Request) -> Answer | None:
        own = f"{self._keys.twilio_sid}:{self._keys.twilio_token}".encode()
        expected = b"Basic " + base64.b64encode(own)
        given = request.headers.get("Authorization", "").encode()
        if not secrets.compare_digest(given, expected):
            return refuse(20003)
        return None if request.match_info["account"] == self._keys.twilio_sid else refuse(20404)

    def _send_text(self, _request: web.Request, body: bytes) -> Answer:
        form = _form(body)
        code = text_problem(form) or self._refusal(Channel.SMS, form["To"])
        code = code or (21610 if form["To"] in self.stopped else None)
        if code is not None:
            return refuse(code)
        at = self._now()
        service = form.get("MessagingServiceSid")
        media = form.get("MediaUrl") or []
        text = Text(
            sid=new_sid("MM" if media else "SM"),
            account_sid=self._keys.twilio_sid,
            sender=form.get("From", ""),
            to=form["To"],
            body=form.get("Body", ""),
            created_at=at,
            updated_at=at,
            segments=0 if service else count_segments(form.get("Body", "")).segments,
            status="accepted" if service else "queued",
            service=service,
            callback=form.get("StatusCallback"),
            media=1 if isinstance(media, str) else len(media),
        )
        message = self._accepted(Channel.SMS, text.sid, form, at, text=text.body)
        return Answer(status=201, content=text.shown(), accept=lambda tells: self._keep_text(text, message, tells))

    def _keep_text(self, text: Text, message: Accepted, tells: bool) -> None:  # noqa: FBT001 - part of Take
        self.texts.put(text)
        self._take([message], tells)

    def _place_call(self, _request: web.Request, body: bytes) -> Answer:
        form = _form(body)
        code = call_problem(form) or self._refusal(Channel.VOICEMAIL, form["To"])
        if code is not None:
            return refuse(code)
        at = self._now()
        call = Call(
            sid=new_sid("CA"),
            account_sid=self._keys.twilio_sid,
            sender=form["From"],
            to=form["To"],
            created_at=at,
            updated_at=at,
            asked=form,
        )
        message = self._accepted(Channel.VOICEMAIL, call.sid, form, at)
        return Answer(status=201, content=call.shown(), accept=lambda tells: self._keep_call(call, message, tells))

    def _keep_call(self, call: Call, message: Accepted, tells: bool) -> None:  # noqa: FBT001 - part of Take
        self.calls.put(call)
        self._take([message], tells)

    def _accepted(
        self, channel: Channel, sid: str, form: Mapping[str, Any], at: datetime, *, text: str = ""
    ) -> Accepted:
        return Accepted(
            provider=Provider.TWILIO,
            channel=channel,
            provider_id=sid,
            message_id=find_message_id(form.get("StatusCallback", ""), form.get("Url", "")),
            to=form["To"],
            sender=form.get("From", "") or form.get("MessagingServiceSid", ""),
            received_at=at,
            text=text,
            raw=dict(form),
        )

    def _show_account(self, _request: web.Request, _body: bytes) -> Answer:
        sid, at = self._keys.twilio_sid, rfc2822(self._now())
        path = f"/{API_VERSION}/Accounts/{sid}"
        parts = ("messages", "calls", "recordings", "incoming_phone_numbers")
        return Answer(
            status=200,
            content={
                "auth_token": self._keys.twilio_token,
                "date_created": at,
                "date_updated": at,
                "friendly_name": "The stand-in",
                "owner_account_sid": sid,
                "sid": sid,
                "status": "active",
                "subresource_uris": {name: f"{path}/{name.title().replace('_', '')}.json" for name in parts},
                "type": "Full",
                "uri": f"{path}.json",
            },
        )

    def _show_text(self, request: web.Request, _body: bytes) -> Answer:
        found = self.texts.get(request.match_info["sid"])
        return Answer(status=200, content=found.shown()) if found else refuse(20404)

    def _show_call(self, request: web.Request, _body: bytes) -> Answer:
        found = self.calls.get(request.match_info["sid"])
        return Answer(status=200, content=found.shown()) if found else refuse(20404)

    def _list_texts(self, request: web.Request, _body: bytes) -> Answer:
        query = request.query
        found = self.texts.find(
            lambda text: (
                query.get("To", text.to) == text.to
                and query.get("From", text.sender) == text.sender
                and _is_within(query, "DateSent", text.updated_at)
            )
        )
        return self._page(request, "messages", [text.shown() for text in found])

    def _list_calls(self, request: web.Request, _body: bytes) -> Answer:
        query = request.query
        found = self.calls.find(
            lambda call: (
                query.get("To", call.to) == call.to
                and query.get("From", call.sender) == call.sender
                and query.get("Status", call.status) == call.status
                and _is_within(query, "StartTime", call.created_at)
            )
        )
        return self._page(request, "calls", [call.shown() for call in found])

    def _list_numbers(self, request: web.Request, _body: bytes) -> Answer:
        return self._page(request, "incoming_phone_numbers", [])

    def _page(self, request: web.Request, name: str, shown: Sequence[Mapping[str, Any]]) -> Answer:
        try:
            size = min(int(request.query.get("PageSize", PAGE_SIZE)), PAGE_SIZE_MAX)
            number = int(request.query.get("Page", 0))
        except ValueError:
            return refuse(20404)
        start = number * size
        here = list(shown[start : start + size])

        def uri(page: int) -> str:
            return f"{request.path}?{urlencode({**request.query, 'PageSize': size, 'Page': page})}"

        return Answer(
            status=200,
            content={
                name: here,
                "end": max(start + len(here) - 1, start),
                "first_page_uri": uri(0),
                "next_page_uri": uri(number + 1) if start + size < len(shown) else None,
                "page": number,
                "page_size": size,
                "previous_page_uri": uri(number - 1) if number else None,
                "start": start,
                "uri": uri(number),
            },
        )

    def _change_call(self, request: web.Request, body: bytes) -> Answer:
        call = self.calls.get(request.match_info["sid"])
        if call is None:
            return refuse(20404)
        form = _form(body)
        if call.status not in {"queued", "ringing", "in-progress"}:
            return refuse(21220)
        call.updated_at = self._now()
        if form.get("Status") in {"completed", "canceled"}:
            call.status = form["Status"]
        call.redirected = form.get("Url") or form.get("Twiml") or call.redirected
        return Answer(status=200, content=call.shown())


def refuse(code: int, *, status: int | None = None, message: str = "") -> Answer:
    """Return the error *code* in Twilio's shape."""
    usual, words = REFUSALS.get(code, (400, "The request was refused"))
    return Answer(
        status=status or usual,
        content={
            "code": code,
            "message": message or words,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status or usual,
        },
    )


def _complain(fault: Fault) -> Answer:
    match fault.kind:
        case FaultKind.THROTTLE:
            answer = refuse(fault.code or 20429, status=fault.status or 429, message=fault.message)
            return Answer(status=answer.status, content=answer.content, headers={"Retry-After": f"{fault.seconds:g}"})
        case FaultKind.REFUSE:
            return refuse(fault.code or 21211, status=fault.status or 400, message=fault.message)
    return refuse(fault.code or 20503, status=fault.status or 503, message=fault.message)


def _form(body: bytes) -> dict[str, Any]:
    """Return the fields of *body*; one that came more than once as a list."""
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _is_within(query: Mapping[str, str], name: str, at: datetime) -> bool:
    """Return whether *at* is on the day, from it or until it, as *query* asks; days are UTC's."""
    day = at.date().isoformat()
    return (
        query.get(name, day)[:10] == day
        and query.get(f"{name}>", day)[:10] <= day
        and query.get(f"{name}<", day)[:10] >= day
    )
