"""Where providers call back: verify the raw body, keep it, act on what is urgent, then answer."""

from fastapi import APIRouter

from engine.web.webhooks import sendgrid, twilio, voice

router = APIRouter()
router.include_router(sendgrid.router)
router.include_router(twilio.router)
router.include_router(voice.router)
