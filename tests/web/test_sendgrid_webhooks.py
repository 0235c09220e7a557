"""SendGrid's callbacks through their routes: who signed and when, what is kept, what is done before the answer."""

import json
import zlib
from collections.abc import MutableMapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import anyio
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.event import listen
from sqlalchemy.event import remove as unlisten
from structlog.testing import capture_logs

from channels.webhooks import sendgrid_inbound
from consent.tokens import TokenKind, mint_caseless
from engine.bootstrap import link_secrets
from engine.flows.absorb import absorb
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import tables as t
from engine.store.database import Database
from engine.web.app import create_app
from engine.web.webhooks import sendgrid
from tests.web.callers import REPLIES_AT, configured, provider
from tests.web.conftest import HERE
from tests.web.posting import mail_form, post_mail, post_sendgrid, sendgrid_headers
from tests.web.scenes import arrive, everything, message_of, rows_of, work

__all__ = ["provider"]

EVENTS, INBOUND = "/webhooks/sendgrid/events", "/webhooks/sendgrid/inbound"


def batch(*events: Any) -> bytes:
    return json.dumps(events).encode()


def event(name: str = "delivered", number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"event": name, "sg_event_id": f"e{number}", "email": "lead1@example.com", "timestamp": 1, **fields}


def reply(text: str, **fields: str) -> bytes:
    plain = {"from_": "Ada <lead1@example.com>", "to": "hello@example.com", "subject": "Re: hi", "text": text}
    return mail_form(**plain | fields)


def only(rows: list[Any]) -> Any:
    [row] = rows
    return row


def test_a_batch_is_kept_raw_with_its_events(provider: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)
    work(kit)
    message_id = message_of(kit, lead_id)
    body = batch(event(ft_message_id=message_id), event("open", 2, ft_message_id=message_id))

    answer = post_sendgrid(provider, kit, body, Authorization="Basic secret")
    absorb(kit)

    assert answer.status_code == 204
    raw = only(rows_of(kit, t.provider_payloads))
    assert zlib.decompress(raw["body"]) == body
    assert (raw["provider"], raw["callback"], raw["problem"]) == ("sendgrid", "events", None)
    assert "secret" not in str(raw["headers"])
    assert raw["headers"][":path"] == EVENTS
    told = rows_of(kit, t.provider_events, provider="sendgrid")
    assert {(row["kind"], row["message_id"], row["lead_id"]) for row in told} == {
        ("delivered", message_id, lead_id),
        ("opened", message_id, lead_id),
    }
    assert only(rows_of(kit, t.messages, id=message_id))["delivery"] == "delivered"


@pytest.mark.parametrize("name", ["unsubscribe", "spamreport"])
def test_a_stop_is_carried_out_before_the_answer(provider: TestClient, kit: Kit, name: str) -> None:
    lead_id = arrive(kit)

    answer = post_sendgrid(provider, kit, batch(event(name)))

    assert answer.status_code == 204
    assert "email" in {row["channel"] for row in rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")}


FORGERIES = {
    "another key": ("a stranger's", timedelta(0)),
    "stale": ("events", -timedelta(hours=25, minutes=1)),
    "from the future": ("events", timedelta(minutes=6)),
}


@pytest.mark.parametrize("case", FORGERIES)
def test_what_is_forged_or_stale_is_refused_and_not_kept(provider: TestClient, kit: Kit, case: str) -> None:
    arrive(kit)
    before = everything(kit)
    key, off = FORGERIES[case]

    with capture_logs() as lines:
        answer = post_sendgrid(provider, kit, batch(event("unsubscribe")), key=key, at=kit.clock.now() + off)

    assert answer.status_code == 403
    assert everything(kit) == before
    refused = only([line for line in lines if line["event"] == "callback.trouble"])
    assert (refused["outcome"], refused["callback"]) == ("refused", "events")
    assert refused["reason"]
    assert "lead1" not in str(lines)


def test_a_changed_body_is_refused(provider: TestClient, kit: Kit) -> None:
    signed = sendgrid_headers(batch(event()), kit.clock.now(), key="events")

    answer = provider.post(EVENTS, content=batch(event("unsubscribe")), headers=signed)

    assert answer.status_code == 403


@pytest.mark.parametrize("path", [EVENTS, INBOUND])
def test_without_a_signature_not_a_byte_is_read(provider: TestClient, path: str) -> None:
    answered: list[MutableMapping[str, Any]] = []
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": [(b"host", b"x")]}

    async def never() -> MutableMapping[str, Any]:
        raise AssertionError("the body was read")

    async def answer(message: MutableMapping[str, Any]) -> None:
        answered.append(message)

    anyio.run(provider.app, scope, never, answer)

    assert answered[0]["status"] == 403


def test_a_batch_that_was_refused_for_a_day_is_still_taken(provider: TestClient, kit: Kit) -> None:
    at = kit.clock.now() - timedelta(hours=24, minutes=59)

    assert post_sendgrid(provider, kit, batch(event()), at=at).status_code == 204


def test_a_mail_that_was_refused_for_three_days_is_still_taken(provider: TestClient, kit: Kit) -> None:
    at = kit.clock.now() - timedelta(hours=72, minutes=59)

    assert post_mail(provider, kit, reply("Hello"), at=at).status_code == 204
    assert post_mail(provider, kit, reply("Hello"), at=at - timedelta(minutes=2)).status_code == 403


@pytest.mark.parametrize("key", ["events", "old events"])
def test_both_keys_are_good_while_one_replaces_the_other(provider: TestClient, kit: Kit, key: str) -> None:
    assert post_sendgrid(provider, kit, batch(event()), key=key).status_code == 204


def test_one_key_does_not_open_the_other_door(provider: TestClient, kit: Kit) -> None:
    assert post_sendgrid(provider, kit, batch(event()), key="inbound").status_code == 403
    assert post_mail(provider, kit, reply("Hello"), key="events").status_code == 403


@pytest.mark.parametrize(("path", "setting"), [(EVENTS, "SENDGRID_WEBHOOK_KEY"), (INBOUND, "SENDGRID_INBOUND_KEY")])
def test_without_a_key_the_provider_is_asked_to_try_again(
    kit: Kit, settings: Settings, path: str, setting: str
) -> None:
    bare = configured(settings, sendgrid_webhook_keys="", sendgrid_inbound_keys="")
    browser = TestClient(create_app(kit, bare), base_url=HERE)

    with capture_logs() as lines:
        answer = browser.post(path, content=b"[]", headers=sendgrid_headers(b"[]", kit.clock.now(), key="events"))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert setting in str(lines)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(batch(event())[:-20], "not JSON", id="cut off"),
        pytest.param(b"a=b&c=d", "not JSON", id="a form"),
        pytest.param(b'"a word"', "not a list", id="no list"),
        pytest.param(b"[" * 50_000, "not JSON", id="deep"),
    ],
)
def test_a_body_that_cannot_be_read_is_kept_with_the_reason(
    provider: TestClient, kit: Kit, body: bytes, problem: str
) -> None:
    with capture_logs() as lines:
        answer = post_sendgrid(provider, kit, body)

    assert answer.status_code == 204
    raw = only(rows_of(kit, t.provider_payloads))
    assert problem in raw["problem"]
    assert zlib.decompress(raw["body"]) == body
    assert [line["outcome"] for line in lines if line["event"] == "callback.trouble"] == ["unreadable"]


def test_unreadable_elements_do_not_hold_up_the_others(provider: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)

    post_sendgrid(provider, kit, batch(7, event("unsubscribe"), {"no": "name"}, event("invented", 2)))

    assert {row["kind"] for row in rows_of(kit, t.provider_events)} == {"unsubscribed", "unknown"}
    assert rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")
    problem = only(rows_of(kit, t.provider_payloads))["problem"]
    assert "not an object" in problem
    assert "no name" in problem


def test_a_kind_that_nobody_knows_is_kept_and_said(provider: TestClient, kit: Kit) -> None:
    with capture_logs() as lines:
        answer = post_sendgrid(provider, kit, batch(event("invented")))

    assert answer.status_code == 204
    assert only(rows_of(kit, t.provider_events))["kind"] == "unknown"
    assert [line["what"] for line in lines if line["event"] == "event.unknown"] == ["invented"]


def test_a_batch_beyond_any_of_sendgrids_is_refused(provider: TestClient, kit: Kit) -> None:
    body = b" " * (sendgrid.EVENTS_BYTES_MAX + 1)

    assert post_sendgrid(provider, kit, body).status_code == 413
    assert rows_of(kit, t.provider_payloads) == []


def test_a_reply_finds_its_message_by_the_address_it_went_to(
    provider: TestClient, kit: Kit, settings: Settings
) -> None:
    lead_id = arrive(kit)
    work(kit)
    message_id = message_of(kit, lead_id)
    token = mint_caseless(TokenKind.REPLY, message_id, link_secrets(settings)[0])
    envelope = json.dumps({"to": [f"Reply+{token.upper()}@{REPLIES_AT}"], "from": "spouse@example.org"})

    answer = post_mail(
        provider, kit, reply("Please stop writing to us.", from_="Sam <spouse@example.org>", envelope=envelope)
    )

    assert answer.status_code == 204
    told = only(rows_of(kit, t.replies, lead_id=lead_id))
    assert (told["message_id"], told["label"]) == (message_id, "opt_out")
    assert rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")
    assert "spouse@example.org" in only(rows_of(kit, t.notes, lead_id=lead_id))["body"]


def test_a_forged_token_leads_to_nobody(provider: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)
    work(kit)
    token = mint_caseless(TokenKind.REPLY, message_of(kit, lead_id), b"not our secret")
    envelope = json.dumps({"to": [f"reply+{token}@{REPLIES_AT}"], "from": "x@example.org"})

    answer = post_mail(provider, kit, reply("Stop", from_="x@example.org", envelope=envelope))

    assert answer.status_code == 204
    assert rows_of(kit, t.replies) == []
    assert rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn") == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"", "multipart/form-data; boundary=xYzZY", id="empty"),
        pytest.param(reply("Hi"), "application/json", id="wrong content type"),
        pytest.param(b"\x00\xff" * 100, "multipart/form-data; boundary=xYzZY", id="no form"),
        pytest.param(reply("Hi"), "multipart/form-data; boundary=another", id="wrong boundary"),
        pytest.param(reply("Hi"), "", id="no content type"),
    ],
)
def test_a_genuine_mail_is_never_refused_whatever_it_is(
    provider: TestClient, kit: Kit, body: bytes, content_type: str
) -> None:
    answer = post_mail(provider, kit, body, content_type=content_type)

    assert answer.status_code == 204
    raw = only(rows_of(kit, t.provider_payloads))
    assert raw["problem"]
    assert zlib.decompress(raw["body"]) == body


def test_a_mail_that_is_cut_off_is_obeyed_as_far_as_it_came(provider: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)
    cut = mail_form(b"--xYzZY\r\nContent-Dis", from_="lead1@example.com", to="a@b.example", text="Stop everything.")

    answer = post_mail(provider, kit, cut)

    assert answer.status_code == 204
    assert "cut off" in only(rows_of(kit, t.provider_payloads))["problem"]
    assert len(rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")) > 1


def test_a_mail_of_thirty_megabytes_is_taken_whole(provider: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)
    file = b'--xYzZY\r\nContent-Disposition: form-data; name="attachment1"; filename="roof.jpg"\r\n\r\n'
    body = reply("Here is the roof.").removesuffix(b"--xYzZY--\r\n") + file + b"\0" * 30_000_000 + b"\r\n--xYzZY--\r\n"

    answer = post_mail(provider, kit, body)

    assert answer.status_code == 204
    assert only(rows_of(kit, t.replies, lead_id=lead_id))["body"] == "Here is the roof."
    raw = only(rows_of(kit, t.provider_payloads))
    assert (raw["problem"], len(zlib.decompress(raw["body"]))) == (None, len(body))


def test_the_beginning_of_a_larger_one_is_kept_and_obeyed(provider: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)
    file = b'--xYzZY\r\nContent-Disposition: form-data; name="attachment1"; filename="roof.jpg"\r\n\r\n'
    begun = reply("Stop everything.").removesuffix(b"--xYzZY--\r\n") + file
    body = begun + b"\0" * sendgrid_inbound.BODY_BYTES_MAX

    answer = post_mail(provider, kit, body)

    assert answer.status_code == 204
    raw = only(rows_of(kit, t.provider_payloads))
    assert "too large" in raw["problem"]
    assert zlib.decompress(raw["body"]) == body[: sendgrid_inbound.BODY_BYTES_MAX]
    assert rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")


def test_the_provider_tries_again_while_the_database_is_away(kit: Kit, settings: Settings) -> None:
    away = Database("sqlite:////nowhere/at/all.db", kit.clock)
    browser = TestClient(create_app(replace(kit, database=away), configured(settings)), base_url=HERE)

    answer = post_sendgrid(browser, kit, batch(event("unsubscribe")))
    away.close()

    assert answer.status_code == 503


def test_thousands_of_events_ask_the_database_no_more_often(provider: TestClient, kit: Kit) -> None:
    arrive(kit)
    counts = []
    for size in (10, 3_000):
        asked: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_more: Any, asked: list[str] = asked) -> None:
            asked.append(statement)

        listen(kit.database.engine, "before_cursor_execute", note)
        body = batch(*[event("delivered", size * 10 + number, sg_message_id=f"m{number}") for number in range(size)])
        answer = post_sendgrid(provider, kit, body)
        unlisten(kit.database.engine, "before_cursor_execute", note)
        counts.append(len(asked))
        assert answer.status_code == 204

    assert counts[0] == counts[1]
    assert len(rows_of(kit, t.provider_events)) == 3_010
