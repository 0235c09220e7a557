"""What a visitor's browser, or a site's script, posts to a form: read in any of three encodings, bounded, cleaned."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException as Unreadable
from starlette.types import Message

from channels.webhooks.multipart import read_multipart
from engine.web.bodies import FORM_BYTES_MAX, clean

TRAP = "homepage"  # a field that no person sees; programs fill in whatever has a name
SHOWN = "_shown"  # when we showed the form, signed
REVISION = "_form"  # which wording we showed
PAGE = "_page"  # the page a script says the form stands on
FIELDS_MAX = 100
QUICK_SECONDS = 3  # nobody reads and fills in a form in less
TICKED = frozenset({"on", "yes", "true", "1", "checked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was posted; *is_json* when a script did, or somebody who wants to be answered in JSON."""

    values: Mapping[str, str] = field(default_factory=dict)
    is_json: bool = False
    is_readable: bool = True

    def has_ticked(self, key: str) -> bool:
        """Return whether a box was ticked: anything but a clear yes is none."""
        return self.values.get(key, "").lower() in TICKED


async def read_posted(request: Request) -> Posted:
    """Return what was posted; answers 413 for more than a form can hold."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    accepts = request.headers.get("accept", "")
    is_json = media_type == "application/json" or ("application/json" in accepts and "text/html" not in accepts)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            raise HTTPException(413, "That is more than this form can hold: please shorten it, and attach no file.")
    if media_type == "application/json":
        return _from_json(bytes(body))
    values = await _fields(request, bytes(body), media_type)
    return Posted(values=values or {}, is_json=is_json, is_readable=values is not None)


ThisPost = Annotated[Posted, Depends(read_posted)]


def _from_json(body: bytes) -> Posted:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return Posted(is_json=True, is_readable=False)
    if not isinstance(found, dict):
        return Posted(is_json=True, is_readable=False)
    values = {clean(name): clean(_as_text(value)) for name, value in list(found.items())[:FIELDS_MAX]}
    return Posted(values=values, is_json=True)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


async def _fields(request: Request, body: bytes, media_type: str) -> dict[str, str] | None:
    if media_type == "multipart/form-data":
        return _parts(request.headers["content-type"], body)

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        form: FormData = await Request(request.scope, replay).form(max_fields=FIELDS_MAX)
    except Unreadable:
        return None
    return {clean(name): clean(value) for name, value in form.multi_items() if isinstance(value, str)}


def _parts(content_type: str, body: bytes) -> dict[str, str] | None:
    """Return the fields of a form in parts; a file is none of our fields, and the rest counts all the same."""
    # The framework's own reader opens a file for each part, and forgets the one that a body breaks off in.
    form = read_multipart(content_type, body, whole=frozenset(), whole_bytes_max=0)
    if form.problems:
        return None
    parts = [part for part in form.parts if part.filename is None][:FIELDS_MAX]
    return {clean(part.name): clean(bytes(part.content).decode("utf-8", "replace")) for part in parts}


def sign_instant(at: datetime, name: str, secret: bytes) -> str:
    """Return *at* in a form that only we can make, for the form *name*."""
    seconds = str(int(at.timestamp()))
    return f"{seconds}.{_signature(seconds, name, secret)}"


def is_too_quick(token: str, name: str, secrets: tuple[bytes, ...], now: datetime) -> bool:
    """Return whether the form *name* was shown only just now; False where nothing proves when it was."""
    seconds, _, signature = token.partition(".")
    if not (token.isascii() and seconds.isdecimal() and len(seconds) <= 12):  # noqa: PLR2004 - digits of a timestamp
        return False
    if not any(hmac.compare_digest(signature, _signature(seconds, name, secret)) for secret in secrets):
        return False
    return now.timestamp() - int(seconds) < QUICK_SECONDS


def _signature(seconds: str, name: str, secret: bytes) -> str:
    return hmac.new(secret, f"form shown:{name}:{seconds}".encode(), sha256).hexdigest()[:32]
