"""Twilio's callbacks through their routes: who signed, what is kept, what is done before the answer."""

import pytest
from fastapi.testclient import TestClient

from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import tables as t
from engine.web.app import create_app
from tests.web.conftest import HERE, settings_for
from tests.web.posting import OLD_TOKEN, PUBLIC, TOKEN, post_twilio
from tests.web.scenes import arrive, message_of, rows_of, work


@pytest.fixture
def twilio(kit: Kit, settings: Settings) -> TestClient:
    """Return whoever calls our public address."""
    told = settings_for(
        settings.database_url, public_url=PUBLIC, twilio_account_sid="AC1", twilio_auth_token=f"{TOKEN},{OLD_TOKEN}"
    )
    return TestClient(create_app(kit, told), base_url=HERE)


def test_a_signed_status_is_kept_with_its_raw_bytes(twilio: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)
    work(kit)
    message_id = message_of(kit, lead_id)

    answer = post_twilio(
        twilio, f"/webhooks/twilio/status?message_id={message_id}", {"MessageSid": "SM1", "MessageStatus": "delivered"}
    )

    assert answer.status_code == 204
    [event] = rows_of(kit, t.provider_events, provider="twilio")
    assert (event["kind"], event["message_id"], event["lead_id"]) == ("delivered", message_id, lead_id)
    [raw] = rows_of(kit, t.provider_payloads)
    assert (raw["callback"], raw["problem"]) == ("status", None)
