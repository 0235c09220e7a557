"""The published signatures, shapes, samples and mails, posted to the routes as they stand."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from channels.webhooks import sendgrid_events
from channels.webhooks.sendgrid_signature import SIGNATURE_HEADER, TIMESTAMP_HEADER
from channels.webhooks.twilio_signature import SIGNATURE_HEADER as TWILIO_SIGNATURE
from engine.clock import VirtualClock
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import tables as t
from engine.web.app import create_app
from engine.web.webhooks.twilio_request import VerifiedTwilio
from tests.shared import shared_file
from tests.web.callers import at_another_time, configured, provider
from tests.web.conftest import HERE
from tests.web.embedded import settings
from tests.web.posting import FORM, post_mail, post_sendgrid, post_twilio
from tests.web.scenes import rows_of

__all__ = ["provider", "settings"]

APOSTROPHE = "url with apostrophe"  # the official library encodes it otherwise than Twilio does


def vectors(name: str) -> Any:
    return json.loads(shared_file(f"vectors/{name}.json").read_text())


def test_every_twilio_signature_is_judged_as_published(kit: Kit, settings: Settings) -> None:
    def echo(callback: VerifiedTwilio) -> dict[str, int]:
        return {"bytes": len(callback.body)}

    for vector in vectors("twilio_signature_vectors"):
        if vector["name"] == APOSTROPHE:
            continue
        url = urlsplit(vector["url"])
        public = f"{url.scheme}://{url.netloc}"
        app = create_app(kit, configured(settings, public_url=public, twilio_auth_token=vector["auth_token"]))
        app.router.routes.clear()
        app.add_api_route("/{rest:path}", echo, methods=["POST"])
        is_form = vector["raw_body"] is None
        body = urlencode([(name, value) for name, value in vector["form"]]) if is_form else vector["raw_body"]
        headers = {"Content-Type": FORM if is_form else "application/json", TWILIO_SIGNATURE: vector["signature"]}

        answer = TestClient(app, base_url=HERE).post(
            vector["url"].removeprefix(public) or "/", content=body, headers=headers
        )

        assert answer.status_code == (200 if vector["expect_valid"] else 403), vector["name"]


def test_every_sendgrid_signature_is_judged_as_published_at_its_own_time(kit: Kit, settings: Settings) -> None:
    for vector in vectors("sendgrid_event_signature_vectors"):
        told = vector["timestamp"]
        signed_at = datetime.fromtimestamp(int(told) if told.isdigit() else 0, UTC)
        then = at_another_time(kit, VirtualClock(signed_at + timedelta(hours=1)))
        app = create_app(then, configured(settings, sendgrid_webhook_keys=vector["public_key"]))
        headers = {SIGNATURE_HEADER: vector["signature"], TIMESTAMP_HEADER: told}

        answer = TestClient(app, base_url=HERE).post(
            "/webhooks/sendgrid/events", content=vector["payload"].encode(), headers=headers
        )

        assert answer.status_code == (204 if vector["expect_valid"] else 403), vector["name"]


def test_a_signature_of_years_ago_is_refused_today(provider: TestClient, kit: Kit, settings: Settings) -> None:
    [vector, *_] = vectors("sendgrid_event_signature_vectors")
    app = create_app(kit, configured(settings, sendgrid_webhook_keys=vector["public_key"]))
    headers = {SIGNATURE_HEADER: vector["signature"], TIMESTAMP_HEADER: vector["timestamp"]}

    answer = TestClient(app, base_url=HERE).post(
        "/webhooks/sendgrid/events", content=vector["payload"].encode(), headers=headers
    )

    assert answer.status_code == 403


TWILIO_ROUTES = {
    "sms_status": "status",
    "sms_status_failed": "status",
    "sms_inbound": "sms",
    "sms_inbound_advanced_optout": "sms",
    "mms_inbound": "sms",
}


def test_every_shape_of_a_text_is_taken_in(provider: TestClient, kit: Kit) -> None:
    shapes = {shape["kind"]: shape for shape in vectors("twilio_callback_shapes")["shapes"]}
    posted = 0

    for kind, route in TWILIO_ROUTES.items():
        for status in shapes[kind].get("statuses", [None]):
            fields = shapes[kind]["sample"] | ({"MessageStatus": status, "SmsStatus": status} if status else {})
            assert post_twilio(provider, f"/webhooks/twilio/{route}", fields).status_code in {200, 204}, kind
            posted += 1

    assert [row["problem"] for row in rows_of(kit, t.provider_payloads)] == [None] * posted
    kinds = Counter(row["kind"] for row in rows_of(kit, t.provider_events))
    assert kinds["unknown"] == 0
    assert (kinds["bounced"], kinds["accepted"], kinds["delivered"], kinds["opened"]) == (1, 5, 2, 1)
    assert kinds["unsubscribed"] == 1


def test_every_official_sample_is_kept_event_by_event(provider: TestClient, kit: Kit) -> None:
    batches = vectors("sendgrid_events_official_doc_samples")["batches"]
    expected = {
        event.event_id
        for batch in batches
        for event in sendgrid_events.parse(json.dumps(batch).encode(), received_at=kit.clock.now())
        if not hasattr(event, "problem")
    }

    answers = [post_sendgrid(provider, kit, json.dumps(batch).encode()) for batch in batches]
    again = [post_sendgrid(provider, kit, json.dumps(batch).encode()) for batch in batches]

    assert {answer.status_code for answer in [*answers, *again]} == {204}
    assert {row["event_id"] for row in rows_of(kit, t.provider_events)} == expected
    assert len(rows_of(kit, t.provider_payloads)) == 2 * len(batches)


def test_every_published_mail_is_taken_in(provider: TestClient, kit: Kit) -> None:
    cases = vectors("inbound_parse_expected")

    for case in cases:
        body = shared_file(f"vectors/{case['file']}").read_bytes()
        answer = post_mail(provider, kit, body, content_type=case["content_type"])
        assert answer.status_code == 204, case["file"]

    with kit.database.read() as connection:
        raw = connection.execute(select(func.count()).select_from(t.provider_payloads)).scalar_one()
    assert raw == len(cases)
    told = [row["event"] for row in rows_of(kit, t.provider_events)]
    authors = {case["expected"]["from_email"] for case in cases if "from_email" in case["expected"]}
    assert authors <= {event["extra"]["author"] for event in told}


@pytest.mark.parametrize("path", ["/webhooks/sendgrid/events", "/webhooks/sendgrid/inbound", "/webhooks/twilio/sms"])
def test_only_posting_is_known(provider: TestClient, path: str) -> None:
    assert provider.get(path).status_code == 405
