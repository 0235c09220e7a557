"""Twilio's callbacks about texts: what became of ours, and what leads text us. Calls: `voice`."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from channels.message import MessageId
from channels.webhooks import twilio_sms, twilio_status
from engine.web.webhooks.callback import take_in
from engine.web.webhooks.twilio_request import VerifiedTwilio

MESSAGE_PARAMETER = "message_id"
"""The query parameter of a callback's URL that brings our message id back."""

SAY_NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""An answer in plain text would be texted to the lead."""

router = APIRouter(prefix="/webhooks/twilio")


@router.post("/status")
def take_status(request: Request, callback: VerifiedTwilio) -> Response:
    """Take in how far a text of ours has come."""
    found = twilio_status.parse(callback.body, received_at=callback.received_at, message_id=message_id_of(request))
    take_in(callback, found)
    return Response(status_code=204)


@router.post("/sms")
def take_text(callback: VerifiedTwilio) -> Response:
    """Take in what a lead texts; a stop is carried out before this answers."""
    take_in(callback, twilio_sms.parse(callback.body, received_at=callback.received_at))
    return Response(SAY_NOTHING, media_type="text/xml")


def message_id_of(request: Request) -> MessageId | None:
    """Return our id of the message that a callback is about, from its own signed URL."""
    told = request.query_params.get(MESSAGE_PARAMETER, "").strip()
    return MessageId(told[:64]) if told else None
