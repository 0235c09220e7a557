"""Fixtures: an engine that only listens, a stand-in that calls it back, and the official libraries as clients."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sendgrid
from twilio.rest import Client

from channels.standin import StandIn
from tests.channels.standin.listener import Listener, listening

SENDER, LEAD = "+15035550100", "+15035550120"


@pytest.fixture
def engine() -> Iterator[Listener]:
    """Return what takes callbacks in."""
    with listening() as found:
        yield found


@pytest.fixture
def standin(engine: Listener) -> Iterator[StandIn]:
    """Return a stand-in that posts to the engine."""
    with StandIn(engine.url) as found:
        yield found


@pytest.fixture
def twilio(standin: StandIn) -> Any:
    """Return Twilio's official client, pointed at the stand-in."""
    return twilio_client(standin.twilio_sid, standin.twilio_token, standin.twilio_url)


@pytest.fixture
def mail(standin: StandIn) -> Any:
    """Return SendGrid's official client, pointed at the stand-in."""
    return sendgrid.SendGridAPIClient(standin.sendgrid_api_key, host=standin.sendgrid_url).client


@pytest.fixture
def text(twilio: Any, engine: Listener) -> Callable[..., Any]:
    """Return what sends a text to the lead, or elsewhere."""

    def send(**fields: str) -> Any:
        asked = {"to": LEAD, "from_": SENDER, "body": "Hello", "status_callback": f"{engine.url}/status?id=7"}
        return twilio.messages.create(**{**asked, **fields})

    return send


def twilio_client(sid: str, token: str, url: str) -> Any:
    """Return the official client of an account at *url*."""
    client = Client(sid, token, environment={"TWILIO": ""})
    client.api.base_url = url
    return client


def mail_to(*emails: str, **changes: object) -> dict[str, Any]:
    """Return a mail/send body to *emails*, one personalization each, with *changes*."""
    body = {
        "personalizations": [{"to": [{"email": email}], "custom_args": {"ft_message_id": f"m-{email}"}}
                             for email in emails],
        "from": {"email": "hello@seller.example", "name": "Seller"},
        "subject": "Your question",
        "content": [{"type": "text/plain", "value": "An answer."}, {"type": "text/html", "value": "<p>An answer."}],
    }  # fmt: skip
    return {**body, **changes}


def events_in(engine: Listener) -> list[dict[str, Any]]:
    """Return every SendGrid event that was posted, in the order it came."""
    return [event for came in engine.at("/webhooks/sendgrid/events") for event in json.loads(came.body)]
