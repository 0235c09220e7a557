"""What browsers send with a form, of either encoding and of a bounded size."""

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.exceptions import HTTPException as Unreadable
from starlette.types import Message

FORM_BYTES_MAX = 64 * 1024  # the longest thing a person types here is a note
TEXT_MAX = 10_000

# Controls that no text needs, and that PostgreSQL or a terminal would stumble over; tab and line ends stay.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the text fields of a form; a body that is none gives an empty one."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            raise HTTPException(413, "That is more than a form of ours can hold.")

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        form = await Request(request.scope, replay).form(max_files=0)
    except Unreadable:
        return {}
    return {name: clean(value) for name, value in form.multi_items() if isinstance(value, str)}


Form = Annotated[Mapping[str, str], Depends(read_form)]


def clean(text: str) -> str:
    """Return *text* as it may be stored: no control characters, bounded, without space around it."""
    return _CONTROLS.sub("", text)[:TEXT_MAX].strip()
