"""Twilio's callbacks about calls: each keeps what happened, acts on it, and then says what the call goes on with.

Somebody may be on the line, so whatever fails here is answered in words they understand and by hanging up, never by an
error that Twilio would read out.
"""

from collections.abc import Callable, Sequence

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response

from channels.events import ProviderEvent
from channels.webhooks.twiml import MEDIA_TYPE, to_twiml
from channels.webhooks.unreadable import Unreadable
from engine.flows import calls
from engine.flows.call_lines import CallLinks
from engine.web.webhooks.callback import Callback, read, take_in
from engine.web.webhooks.twilio_request import VerifiedTwilio

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/webhooks/twilio/voice")

Found = Sequence[ProviderEvent | Unreadable]


@router.post("/answer")
def answer(callback: VerifiedTwilio) -> Response:
    """Say to whoever answered what the call was made for."""
    found = read(callback)
    kit, links = callback.edge.kit, _links(callback)
    return _speak(callback, found, lambda event: calls.answer(kit, event, links))


@router.post("/keypress")
def take_key(request: Request, callback: VerifiedTwilio) -> Response:
    """Act on a pressed key: a stop is carried out before it is confirmed."""
    found = read(callback)
    kit, links = callback.edge.kit, _links(callback)
    again = request.query_params.get("again") == "1"
    return _speak(callback, found, lambda event: calls.after_key(kit, event, links, again=again))


@router.post("/inbound")
def take_call(callback: VerifiedTwilio) -> Response:
    """Welcome somebody who calls us."""
    kit, links = callback.edge.kit, _links(callback)
    found = read(callback)
    return _speak(callback, found, lambda event: calls.welcome(kit, event, links))


@router.post("/dialled")
def take_dialled(callback: VerifiedTwilio) -> Response:
    """Take in whether the lead was put through to a person."""
    found = read(callback)
    return _speak(callback, found, lambda event: calls.after_dial(callback.edge.kit, event))


@router.post("/status")
def take_status(callback: VerifiedTwilio) -> Response:
    """Take in how far a call has come, or how it ended; nobody listens to the answer."""
    take_in(callback, read(callback))
    return Response(status_code=204)


def _links(callback: Callback) -> CallLinks:
    return CallLinks(base=callback.edge.settings.base_url)


def _speak(callback: Callback, found: Found, say: Callable[[ProviderEvent], calls.Verbs]) -> Response:
    """Keep and act on what was *found*, then answer what to *say*; a failure is apologised for to people alone."""
    try:
        told = take_in(callback, found)
        verbs = say(told[0]) if told else calls.apologise()
    except Exception:
        log.exception("call.failed", callback=callback.raw.callback)
        is_recorded = any(isinstance(one, ProviderEvent) and calls.is_recorded(one) for one in found)
        verbs = calls.SILENCE if is_recorded else calls.apologise()
    return Response(to_twiml(verbs), media_type=MEDIA_TYPE)
