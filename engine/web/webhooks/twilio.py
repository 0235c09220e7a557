"""Twilio's callbacks about texts: what became of ours, and what leads text us. Calls: `voice`."""

from fastapi import APIRouter
from fastapi.responses import Response

from engine.web.webhooks.callback import read, take_in
from engine.web.webhooks.twilio_request import VerifiedTwilio

SAY_NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""An answer in plain text would be texted to the lead."""

router = APIRouter(prefix="/webhooks/twilio")


@router.post("/status")
def take_status(callback: VerifiedTwilio) -> Response:
    """Take in how far a text of ours has come."""
    take_in(callback, read(callback))
    return Response(status_code=204)


@router.post("/sms")
def take_text(callback: VerifiedTwilio) -> Response:
    """Take in what a lead texts; a stop is carried out before this answers."""
    take_in(callback, read(callback))
    return Response(SAY_NOTHING, media_type="text/xml")
