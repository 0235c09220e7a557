"""Webhooks by the API: a program adds itself, is told its secret once, sees what it was told and has it told again."""

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from channels.posting import MemoryPoster
from engine.flows.kit import Kit
from engine.flows.telling import tell_programs
from engine.flows.webhooks import ENDPOINTS_MAX
from engine.store import tables as t
from tests.web.embedded import settings
from tests.web.scenes import rows_of

__all__ = ["settings"]

HOOKS = "/api/v1/webhooks"
NEW: dict[str, Any] = {"url": "https://crm.example.com/hooks", "types": ["lead.stopped", "lead.created"]}
NOBODY = "019cb08b-38c0-7392-a827-ddada170b338"


@pytest.fixture
def hook(program: TestClient) -> str:
    """Return the address of a webhook that was just added."""
    return f"{HOOKS}/{program.post(HOOKS, json=NEW).json()['id']}"


def test_a_secret_is_told_once_kept_nowhere_and_the_same_when_asked_again(program: TestClient, kit: Kit) -> None:
    once = {"Idempotency-Key": "one"}

    made = program.post(HOOKS, json=NEW, headers=once)
    again = program.post(HOOKS, json=NEW, headers=once)

    secret = made.json()["secret"]
    assert made.status_code == 201
    assert secret.startswith("whsec_")
    assert (again.json(), again.headers["idempotency-replayed"]) == (made.json(), "true")
    assert len(rows_of(kit, t.webhook_endpoints)) == 1
    with kit.database.read() as connection:
        kept = connection.execute(select(t.idempotent_requests.c.body)).scalar_one()
    assert b"whsec_" not in kept
    path = f"{HOOKS}/{made.json()['id']}"
    assert [one["id"] for one in program.get(HOOKS).json()["webhooks"]] == [made.json()["id"]]
    assert program.get(path).json() == {name: value for name, value in made.json().items() if name != "secret"}
    assert {row["actor"] for row in rows_of(kit, t.audit_log, action="webhook.added")} == {"api:website"}


def test_a_new_secret_is_made_once_for_one_key(program: TestClient, hook: str) -> None:
    first = program.post(f"{hook}/rotate", headers={"Idempotency-Key": "one"}).json()
    again = program.post(f"{hook}/rotate", headers={"Idempotency-Key": "one"}).json()
    other = program.post(f"{hook}/rotate").json()

    assert first == again
    assert [first["secret_round"], other["secret_round"]] == [2, 3]
    assert first["secret"] != other["secret"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "http://crm.example.com/"}, "url"),
        ({"types": []}, "types"),
        ({"types": ["lead.born"]}, "types[0]"),
        ({"types": ["webhook.test"]}, "types[0]"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    program: TestClient, hook: str, wrong: dict[str, Any], field: str
) -> None:
    before = program.get(HOOKS).json()

    for refused in (program.post(HOOKS, json={**NEW, **wrong}), program.patch(hook, json=wrong)):
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert program.get(HOOKS).json() == before


def test_it_is_changed_paused_gone_on_with_and_taken_away(program: TestClient, kit: Kit, hook: str) -> None:
    changed = program.patch(hook, json={"types": ["task.created"], "is_paused": True}).json()
    resumed = program.patch(hook, json={"is_paused": False, "url": "https://b.example.com/"}).json()

    assert (changed["types"], changed["url"], changed["paused_at"] is None) == (["task.created"], NEW["url"], False)
    assert (resumed["types"], resumed["url"], resumed["paused_at"]) == (
        ["task.created"],
        "https://b.example.com/",
        None,
    )
    assert program.delete(hook).json() == {"id": changed["id"]}
    assert (program.delete(hook).status_code, program.get(hook).status_code) == (404, 404)
    assert rows_of(kit, t.webhook_endpoints) == []


def test_what_it_was_told_is_listed_and_told_again(program: TestClient, kit: Kit, hook: str) -> None:
    refusing = replace(kit, poster=MemoryPoster(status=410))
    ids = [program.post(f"{hook}/test").json()["id"] for _ in range(2)]
    early = program.post(f"{hook}/deliveries/{ids[0]}/replay")
    tell_programs(refusing)

    first = program.get(f"{hook}/deliveries", params={"limit": 1, "state": "failed"})
    rest = program.get(first.links["next"]["url"]).json()
    told = [*first.json()["deliveries"], *rest["deliveries"]]
    assert (early.status_code, early.json()["reason"]) == (409, "waiting")
    assert ({one["id"] for one in told}, rest["next"]) == (set(ids), None)
    assert {(one["status"], one["answer"], one["body"]["type"]) for one in told} == {(410, "said", "webhook.test")}

    one = program.post(f"{hook}/deliveries/{ids[0]}/replay")
    rest_again = program.post(f"{hook}/replay", json={"since": "2000-01-01T00:00:00Z"})

    assert (one.json(), "etag" in one.headers) == ({"id": ids[0]}, False)
    assert rest_again.json() == {"count": 1}
    assert {row["state"] for row in rows_of(kit, t.webhook_deliveries)} == {"waiting"}


def test_one_programs_notices_are_not_anothers(program: TestClient, hook: str) -> None:
    other = f"{HOOKS}/{program.post(HOOKS, json=NEW).json()['id']}"
    sent = program.post(f"{hook}/test").json()["id"]

    assert program.post(f"{other}/deliveries/{sent}/replay").status_code == 404
    assert program.get(f"{other}/deliveries").json()["deliveries"] == []
    assert program.get(f"{HOOKS}/{NOBODY}/deliveries").status_code == 404


def test_there_are_not_more_than_can_be_told(program: TestClient) -> None:
    answers = [program.post(HOOKS, json=NEW) for _ in range(ENDPOINTS_MAX + 1)]

    assert [one.status_code for one in answers] == [201] * ENDPOINTS_MAX + [409]
    assert answers[-1].json()["reason"] == "full"
