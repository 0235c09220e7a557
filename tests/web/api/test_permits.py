"""Scopes and rations: every operation asks for one, and every key is counted."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.domain.access import Scope
from engine.flows.keys import MadeKey, make_key
from engine.flows.kit import Kit
from engine.flows.rationing import Ration, Rationing
from engine.settings import Settings
from engine.web.api import operations
from engine.web.api.permits import scope_of
from engine.web.app import create_app
from tests.web.embedded import settings

__all__ = ["settings"]

NOBODY = "019cb08b-38c0-7392-a827-ddada170b338"
ACTS = {"POST", "PATCH"}


def test_every_operation_asks_for_one_scope() -> None:
    asked = {route.name: scope_of(route) for route in operations()}

    assert None not in asked.values()
    assert set(asked.values()) == set(Scope)
    assert len(asked) == len(operations())


def test_what_acts_asks_for_more_than_reading() -> None:
    reading = {
        route.name
        for route in operations()
        if (route.methods or set()) & ACTS and str(scope_of(route)).endswith(":read")
    }

    assert reading == {"check_address"}


def test_a_key_opens_what_it_was_made_for_and_nothing_else(app: FastAPI, kit: Kit) -> None:
    for scope in Scope:
        secret = make_key(kit, scope, by="test", scopes={scope}).secret
        program = TestClient(app, headers={"Authorization": f"Bearer {secret}"})
        for route in operations():
            method = next(iter(route.methods or ()))
            path = route.path.replace("{name}", "x")
            for name in ("lead_id", "enrollment_id", "message_id", "task_id", "webhook_id", "delivery_id"):
                path = path.replace(f"{{{name}}}", NOBODY)
            answer = program.request(method, f"/api{path}", json={} if method in ACTS else None)
            refused = answer.status_code == 403
            assert refused == (scope_of(route) is not scope), (scope, route.name, answer.text)
            assert not refused or answer.json()["scope"] == scope_of(route)


def test_a_key_without_scopes_opens_nothing(app: FastAPI, kit: Kit) -> None:
    secret = make_key(kit, "nothing", by="test", scopes=()).secret

    refused = TestClient(app, headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/leads")

    assert (refused.status_code, refused.json()["type"]) == (403, "/api/v1/problems/out-of-scope")


@pytest.fixture
def counted(kit: Kit, settings: Settings, key: MadeKey) -> TestClient:
    """Return a program that may ask 10 times at once, and then once a second."""
    app = create_app(kit, settings.model_copy(update={"api_requests_per_minute": 60}))
    return TestClient(app, headers={"Authorization": f"Bearer {key.secret}"})


def test_who_asks_too_much_is_told_when_to_come_again(counted: TestClient, clock: VirtualClock) -> None:
    answers = [counted.get("/api/v1/sequences/none") for _ in range(12)]

    assert [one.status_code for one in answers] == [404] * 10 + [429] * 2
    assert [one.headers["ratelimit"] for one in answers[:2]] == ['"key";r=9;t=1', '"key";r=8;t=2']
    assert {one.headers["ratelimit-policy"] for one in answers} == {'"key";q=10;w=10'}
    assert (answers[-1].headers["retry-after"], answers[-1].headers["ratelimit"]) == ("1", '"key";r=0;t=1')

    clock.move_to(clock.now() + timedelta(seconds=3))

    assert [counted.get("/api/v1/sequences/none").status_code for _ in range(4)] == [404, 404, 404, 429]


def test_who_is_not_let_in_is_not_counted(counted: TestClient) -> None:
    stranger = TestClient(counted.app)

    assert "ratelimit" not in stranger.get("/api/v1/leads").headers
    assert stranger.get("/api/v1/openapi.json").status_code == 200


def test_processes_share_one_ration(kit: Kit, key: MadeKey, clock: VirtualClock) -> None:
    """Each draws a handful at a time; together they spend no more than the bucket held."""
    processes = [Rationing(kit, Ration(per_second=1, burst=100)) for _ in range(4)]

    spent = [process.spend(key.id, clock.now()).may_go for _ in range(40) for process in processes]

    assert spent.count(True) == 100


def test_most_requests_cost_no_write(kit: Kit, key: MadeKey, clock: VirtualClock) -> None:
    rationing = Rationing(kit, Ration(per_second=10, burst=200))

    left = [rationing.spend(key.id, clock.now()).left for _ in range(200)]

    assert left == list(range(199, -1, -1))


def test_what_was_drawn_long_ago_is_not_saved_up(kit: Kit, key: MadeKey, clock: VirtualClock) -> None:
    idle, busy = (Rationing(kit, Ration(per_second=1, burst=100)) for _ in range(2))
    idle.spend(key.id, clock.now())
    clock.move_to(clock.now() + timedelta(seconds=100))
    spent = [busy.spend(key.id, clock.now()).may_go for _ in range(110)]

    assert spent.count(True) == 100
    assert not idle.spend(key.id, clock.now()).may_go


def test_consents_that_come_with_a_lead_ask_for_a_scope_of_their_own(app: FastAPI, kit: Kit) -> None:
    sent = {"email": "ann@example.com", "consents": [{"channel": "email", "basis": "express", "wording": "I agree"}]}
    answers = {}
    for scopes in ({Scope.LEADS_WRITE}, {Scope.LEADS_WRITE, Scope.CONSENT_WRITE}):
        secret = make_key(kit, f"{len(scopes)}", by="test", scopes=scopes).secret
        program = TestClient(app, headers={"Authorization": f"Bearer {secret}"})
        one = program.post("/api/v1/leads", json=sent)
        many = program.post("/api/v1/lead-batches", json={"leads": [sent, {"email": "bob@example.com"}]})
        answers[len(scopes)] = one.json().get("scope"), [each["status"] for each in many.json()["results"]]

    assert answers == {1: ("consent:write", [403, 201]), 2: (None, [200, 200])}
