"""Fixtures: the providers as they call our public address."""

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.web.app import create_app
from tests.web.conftest import HERE, settings_for
from tests.web.posting import OLD_TOKEN, PUBLIC, TOKEN, public_key

REPLIES_AT = "reply.example.com"


def configured(settings: Settings, **changes: Any) -> Settings:
    """Return *settings* with the keys of both providers, two of each as while one replaces the other."""
    keys: dict[str, Any] = {
        "public_url": PUBLIC,
        "twilio_account_sid": "AC1",
        "twilio_auth_token": f"{TOKEN},{OLD_TOKEN}",
        "sendgrid_webhook_keys": f"{public_key('events')}, {public_key('old events')}",
        "sendgrid_inbound_keys": f"{public_key('inbound')},{public_key('old inbound')}",
        "reply_domain": REPLIES_AT,
    }
    return settings_for(settings.database_url, **keys | changes)


@pytest.fixture
def provider(kit: Kit, settings: Settings) -> TestClient:
    """Return whoever calls our public address."""
    return TestClient(create_app(kit, configured(settings)), base_url=HERE)


def at_another_time(kit: Kit, clock: VirtualClock) -> Kit:
    """Return *kit* as it stands at *clock*."""
    return replace(kit, clock=clock)
