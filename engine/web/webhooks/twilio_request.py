"""A request that Twilio has signed: what every route under /webhooks/twilio begins with.

The signature covers the URL that Twilio called. That is the public one of our settings, never what a Host or forwarded
header says: those are the caller's own words.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from channels.webhooks import twilio_signature
from channels.webhooks.form import BODY_BYTES_MAX
from channels.webhooks.twilio_fields import PROVIDER
from engine.settings import Settings
from engine.web.edge import ThisEdge
from engine.web.webhooks.callback import Callback, not_configured, note, raw_of, refuse, target_of
from engine.web.webhooks.posted import Posted, posted

PREFIX = "/webhooks/twilio/"


async def _posted(request: Request) -> AsyncIterator[Posted]:
    def refused(reason: str) -> None:
        note(PROVIDER, _callback(request), "refused", reason=reason)

    async with posted(request, kept_max=BODY_BYTES_MAX, size_max=BODY_BYTES_MAX, refused=refused) as body:
        yield body


def verified_request(request: Request, edge: ThisEdge, content: Annotated[Posted, Depends(_posted)]) -> Callback:
    """Return *request* once it is proven to be Twilio's; answers 403 where it is not, 503 where no token is set."""
    tokens = auth_tokens(edge.settings)
    callback = _callback(request)
    if not tokens:
        not_configured(PROVIDER, callback, "TWILIO_AUTH_TOKEN")
    if twilio_signature.SIGNATURE_HEADER.lower() not in request.headers:
        refuse(PROVIDER, callback, "no signature")
    body = content.read()
    url = edge.settings.base_url + target_of(request)
    if not twilio_signature.verify(url, request.headers, body, tokens):
        refuse(PROVIDER, callback, "the signature does not fit")
    raw = raw_of(request, PROVIDER, callback, body)
    return Callback(edge=edge, raw=raw, received_at=edge.kit.clock.now())


VerifiedTwilio = Annotated[Callback, Depends(verified_request)]
"""What a route of Twilio's takes: `def route(callback: VerifiedTwilio)`."""


def auth_tokens(settings: Settings) -> tuple[str, ...]:
    """Return the tokens that may have signed; two while one replaces the other."""
    secret = settings.twilio_auth_token
    return split_keys(secret.get_secret_value()) if secret else ()


def split_keys(text: str) -> tuple[str, ...]:
    """Return the keys in *text*, which are separated by commas."""
    return tuple(key.strip() for key in text.split(",") if key.strip())


def _callback(request: Request) -> str:
    """Return the route's own name: status, sms, voice/answer ..."""
    return request.url.path.removeprefix(PREFIX)[:40]
