"""The room of webhooks: endpoints added, seen, tested, replayed and taken away, by whoever may manage; a secret is shown once."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from channels.posting import MemoryPoster
from engine.domain.access import Role
from engine.flows.kit import Kit
from engine.flows.telling import tell_programs
from engine.store import tables as t
from tests.web.embedded import settings
from tests.web.scenes import rows_of

__all__ = ["settings"]

ROOM = "/console/settings/webhooks"
HOSTILE = '<script>alert(1)</script>"'
FILLED = {"url": "https://crm.example.com/hooks", "description": HOSTILE, "type_lead.created": "yes"}


@pytest.fixture
def endpoint(browser: TestClient, kit: Kit) -> str:
    """Return the page of an endpoint that was just added."""
    added = browser.post(ROOM, data=FILLED)
    assert re.findall("whsec_[A-Za-z0-9+/=]{44}", added.text)
    [row] = rows_of(kit, t.webhook_endpoints)
    return f"{ROOM}/{row['id']}"


def test_an_endpoint_is_added_and_its_secret_is_shown_once(browser: TestClient, endpoint: str) -> None:
    later = browser.get(endpoint)
    listed = browser.get(ROOM)

    for page in (later, listed):
        assert page.status_code == 200
        assert "whsec_" not in page.text
        assert HOSTILE not in page.text
        assert "&lt;script&gt;" in page.text


def test_what_cannot_be_added_is_said_and_nothing_typed_is_lost(browser: TestClient, kit: Kit) -> None:
    answer = browser.post(ROOM, data={**FILLED, "url": "http://10.0.0.1/"})
    nothing = browser.post(ROOM, data={"url": FILLED["url"]})

    assert (answer.status_code, nothing.status_code) == (422, 422)
    assert "must begin with https" in answer.text
    assert "http://10.0.0.1/" in answer.text
    assert rows_of(kit, t.webhook_endpoints) == []


def test_a_test_is_sent_seen_in_the_log_and_sent_again(browser: TestClient, kit: Kit, endpoint: str) -> None:
    poster = MemoryPoster(status=500)
    browser.post(f"{endpoint}/test")
    tell_programs(replace(kit, poster=poster))
    log = browser.get(endpoint).text

    assert "webhook.test" in log
    assert "500" in log
    [delivery] = rows_of(kit, t.webhook_deliveries)
    early = browser.post(f"{endpoint}/replay", data={"delivery": delivery["id"]})
    assert early.status_code == 409
    assert browser.post(f"{endpoint}/replay", data={"since": "2026-01-01"}).status_code == 200
    assert browser.post(f"{endpoint}/replay", data={"since": "soon"}).status_code == 400
    assert browser.get(endpoint, params={"format": "json"}).json()["rows"][0]["answer"] == "said"


def test_it_is_paused_resumed_changed_given_a_new_secret_and_taken_away(
    browser: TestClient, kit: Kit, endpoint: str
) -> None:
    browser.post(f"{endpoint}/pause")
    assert rows_of(kit, t.webhook_endpoints)[0]["paused_at"] is not None
    browser.post(f"{endpoint}/resume")
    assert rows_of(kit, t.webhook_endpoints)[0]["paused_at"] is None
    browser.post(f"{endpoint}/change", data={"url": "https://b.example.com/", "type_lead.stopped": "yes"})
    assert rows_of(kit, t.webhook_endpoints)[0]["types"] == ["lead.stopped"]
    assert "whsec_" in browser.post(f"{endpoint}/rotate").text

    browser.post(f"{endpoint}/remove")

    assert browser.get(endpoint).status_code == 404
    assert rows_of(kit, t.webhook_endpoints) == []
    actions = {row["action"] for row in rows_of(kit, t.audit_log)}
    assert actions >= {f"webhook.{one}" for one in ("added", "paused", "resumed", "changed", "rotated", "removed")}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER, Role.OPERATOR])
def test_only_who_may_manage_sees_it(signed_in: Callable[[Role], TestClient], role: Role) -> None:
    assert signed_in(role).get(ROOM).status_code == 403
