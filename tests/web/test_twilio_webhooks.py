"""Twilio's callbacks through their routes: who signed, what is kept, what is done before the answer."""

import zlib
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from channels.webhooks.form import BODY_BYTES_MAX
from channels.webhooks.twilio_signature import SIGNATURE_HEADER
from engine.flows.absorb import absorb
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import tables as t
from engine.store.database import Database
from engine.web.app import create_app
from tests.web.callers import configured, provider
from tests.web.conftest import HERE
from tests.web.posting import FORM, OLD_TOKEN, PUBLIC, TOKEN, post_twilio, twilio_signature
from tests.web.scenes import arrive, everything, message_of, rows_of, work

__all__ = ["provider"]

STATUS, SMS = "/webhooks/twilio/status", "/webhooks/twilio/sms"
OURS = "+15035550142"
PHONE = "+15035550101"  # the first lead's


def text(body: str, number: int = 1, **fields: str) -> dict[str, str]:
    return {"MessageSid": f"SM{number}", "From": PHONE, "To": OURS, "Body": body, **fields}


def status(name: str, **fields: str) -> dict[str, str]:
    return {"MessageSid": "SM9", "MessageStatus": name, "To": PHONE, **fields}


def only(rows: list[Any]) -> Any:
    [row] = rows
    return row


def withdrawn(kit: Kit, lead_id: str) -> set[str]:
    return {row["channel"] for row in rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")}


def test_a_status_is_kept_raw_and_absorbed_later(provider: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)
    work(kit)
    message_id = message_of(kit, lead_id)

    answer = post_twilio(provider, f"{STATUS}?message_id={message_id}", status("delivered"))

    assert answer.status_code == 204
    told = only(rows_of(kit, t.provider_events, provider="twilio"))
    assert (told["kind"], told["message_id"], told["lead_id"]) == ("delivered", message_id, lead_id)
    assert told["applied_at"] is None
    raw = only(rows_of(kit, t.provider_payloads))
    assert (raw["callback"], raw["problem"]) == ("status", None)
    assert zlib.decompress(raw["body"]) == urlencode(status("delivered")).encode()
    assert message_id in raw["headers"][":path"]
    assert absorb(kit) == 1
    assert only(rows_of(kit, t.messages, id=message_id))["delivery"] == "delivered"


@pytest.mark.parametrize("said", ["STOP", "stop please", "Unsubscribe", "ARRET"])
def test_a_stop_is_carried_out_before_the_answer(provider: TestClient, kit: Kit, said: str) -> None:
    lead_id = arrive(kit)

    answer = post_twilio(provider, SMS, text(said))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert answer.text.endswith("<Response/>")
    assert withdrawn(kit, lead_id) == {"sms", "voicemail"}


def test_a_number_that_twilio_says_stopped_is_stopped(provider: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)

    post_twilio(provider, STATUS, status("failed", ErrorCode="21610"))

    assert withdrawn(kit, lead_id) == {"sms", "voicemail"}


def test_a_number_that_is_nobodys_is_not_texted_when_it_becomes_a_leads(provider: TestClient, kit: Kit) -> None:
    post_twilio(provider, SMS, text("STOP"))

    lead_id = arrive(kit)
    work(kit)

    assert withdrawn(kit, lead_id) == set()
    assert {(row["kind"], row["channel"], row["reason"]) for row in rows_of(kit, t.suppressions)} == {
        ("phone", "sms", "opted_out"),
        ("phone", "voicemail", "opted_out"),
    }
    assert all(row["state"] != "accepted" for row in rows_of(kit, t.messages, lead_id=lead_id, channel="sms"))


@pytest.mark.parametrize("token", [TOKEN, OLD_TOKEN])
def test_both_tokens_are_good_while_one_replaces_the_other(provider: TestClient, token: str) -> None:
    assert post_twilio(provider, SMS, text("Hello"), token=token).status_code == 200


FORGERIES: dict[str, dict[str, str]] = {
    "another token": {SIGNATURE_HEADER: twilio_signature(SMS, text("STOP"), token="a stranger's")},
    "other words": {SIGNATURE_HEADER: twilio_signature(SMS, text("Hello"))},
    "another address": {SIGNATURE_HEADER: twilio_signature(STATUS, text("STOP"))},
    "another host": {SIGNATURE_HEADER: twilio_signature(SMS, text("STOP"), base="https://evil.example")},
    "no signature": {},
    "an empty one": {SIGNATURE_HEADER: ""},
    "json": {SIGNATURE_HEADER: twilio_signature(SMS, {}), "Content-Type": "application/json"},
}


@pytest.mark.parametrize("case", FORGERIES)
def test_what_is_forged_is_refused_and_not_kept(provider: TestClient, kit: Kit, case: str) -> None:
    arrive(kit)
    before = everything(kit)
    headers = {"Content-Type": FORM, **FORGERIES[case]}

    with capture_logs() as lines:
        answer = provider.post(SMS, content=urlencode(text("STOP")), headers=headers)

    assert answer.status_code == 403
    assert everything(kit) == before
    assert [(line["outcome"], line["callback"]) for line in lines] == [("refused", "sms")]
    assert PHONE not in str(lines)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "10.0.0.7:8000"},
        {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
        {"Forwarded": "host=evil.example;proto=http"},
    ],
)
def test_behind_a_proxy_the_public_address_counts(provider: TestClient, headers: dict[str, str]) -> None:
    assert post_twilio(provider, SMS, text("Hello"), **headers).status_code == 200


def test_no_header_can_name_the_address_that_was_signed(provider: TestClient) -> None:
    forged = {
        "Content-Type": FORM,
        SIGNATURE_HEADER: twilio_signature(SMS, text("STOP"), base="https://evil.example"),
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
    }

    assert provider.post(SMS, content=urlencode(text("STOP")), headers=forged).status_code == 403


def test_a_path_before_ours_belongs_to_the_public_address(kit: Kit, settings: Settings) -> None:
    browser = TestClient(create_app(kit, configured(settings, public_url=f"{PUBLIC}/leads/")), base_url=HERE)
    signature = twilio_signature(SMS, text("Hello"), base=f"{PUBLIC}/leads")

    answer = browser.post(
        SMS, content=urlencode(text("Hello")), headers={"Content-Type": FORM, SIGNATURE_HEADER: signature}
    )

    assert answer.status_code == 200


def test_without_a_token_the_provider_is_asked_to_try_again(kit: Kit, settings: Settings) -> None:
    browser = TestClient(create_app(kit, configured(settings, twilio_auth_token=None)), base_url=HERE)

    with capture_logs() as lines:
        answer = post_twilio(browser, SMS, text("STOP"))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "TWILIO_AUTH_TOKEN" in str(lines)


@pytest.mark.parametrize(
    ("path", "fields", "problem"),
    [
        (SMS, {}, "lacks MessageSid|SmsSid|SmsMessageSid, From"),
        (SMS, {"Body": "STOP"}, "lacks MessageSid"),
        (STATUS, {"MessageSid": "SM1"}, "lacks MessageStatus"),
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason(
    provider: TestClient, kit: Kit, path: str, fields: dict[str, str], problem: str
) -> None:
    with capture_logs() as lines:
        answer = post_twilio(provider, path, fields)

    assert answer.status_code in {200, 204}
    assert problem in only(rows_of(kit, t.provider_payloads))["problem"]
    assert [line["outcome"] for line in lines if line["event"] == "callback.trouble"] == ["unreadable"]


def test_a_status_that_nobody_knows_is_kept(provider: TestClient, kit: Kit) -> None:
    with capture_logs() as lines:
        assert post_twilio(provider, STATUS, status("invented")).status_code == 204

    assert only(rows_of(kit, t.provider_events))["kind"] == "unknown"
    assert [line["what"] for line in lines if line["event"] == "event.unknown"] == ["invented"]


def test_more_than_a_callback_is_refused_before_it_is_signed(provider: TestClient, kit: Kit) -> None:
    assert post_twilio(provider, SMS, text("x" * BODY_BYTES_MAX)).status_code == 413
    assert rows_of(kit, t.provider_payloads) == []


def test_a_cut_off_form_does_not_fit_its_signature(provider: TestClient) -> None:
    headers = {"Content-Type": FORM, SIGNATURE_HEADER: twilio_signature(SMS, text("Stop"))}

    assert provider.post(SMS, content=urlencode(text("Stop"))[:-3], headers=headers).status_code == 403


def test_an_id_of_ours_that_is_none_harms_nothing(provider: TestClient, kit: Kit) -> None:
    assert post_twilio(provider, f"{STATUS}?message_id=%27%3B--", status("delivered")).status_code == 204

    assert only(rows_of(kit, t.provider_events))["message_id"] is None


def test_the_provider_tries_again_while_the_database_is_away(kit: Kit, settings: Settings) -> None:
    away = Database("sqlite:////nowhere/at/all.db", kit.clock)
    browser = TestClient(create_app(replace(kit, database=away), configured(settings)), base_url=HERE)

    answer = post_twilio(browser, SMS, text("STOP"))
    away.close()

    assert answer.status_code == 503


def test_the_bell_is_rung_after_what_is_urgent_and_for_nothing_else(kit: Kit, settings: Settings) -> None:
    """Whatever is only reported is absorbed when the ticker rings for it: a campaign brings thousands of those."""
    rung: list[int] = []
    app = create_app(kit, configured(settings), ring=lambda: rung.append(len(rows_of(kit, t.provider_events))))
    browser = TestClient(app, base_url=HERE)

    post_twilio(browser, STATUS, status("delivered"))
    assert rung == []
    post_twilio(browser, SMS, text("STOP"))
    assert rung == [2]
