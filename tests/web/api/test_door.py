"""The door: who may come in, how much of what, and every error in one shape."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount

from engine.clock import VirtualClock
from engine.flows.keys import MadeKey, revoke_key
from engine.flows.kit import Kit
from engine.store import api_keys
from engine.store import tables as t
from engine.web.api.door import BODY_BYTES_MAX
from engine.web.api.problems import KINDS
from tests.web.api.conftest import ANN, LEADS
from tests.web.embedded import settings
from tests.web.scenes import everything, rows_of

__all__ = ["settings"]

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer ft_wrong",
        "Basic ZnRfeDp5",
        "Bearer nonsense",
        "Bearer ft_" + "x" * 5_000,
        "Bearer ft_\xe9",
    ],
)
def test_nobody_comes_in_without_a_valid_key(app: FastAPI, kit: Kit, key: MadeKey, authorization: str) -> None:
    before = everything(kit)
    stranger = TestClient(app)
    headers = [(b"Authorization", authorization.encode("latin-1"))] if authorization else []

    for method, path in (("POST", LEADS), ("GET", "/api/v1/sequences"), ("GET", "/api/v1/nowhere"), ("PUT", LEADS)):
        refused = stranger.request(method, path, headers=headers)

        assert refused.status_code == 401
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["www-authenticate"].startswith("Bearer ")
    assert everything(kit) == before


def test_a_key_in_the_address_or_a_cookie_opens_nothing(app: FastAPI, key: MadeKey) -> None:
    stranger = TestClient(app, cookies={"key": key.secret, "Authorization": f"Bearer {key.secret}"})

    assert stranger.get(f"/api/v1/sequences?access_token={key.secret}").status_code == 401


def test_a_revoked_key_opens_nothing_from_then_on(program: TestClient, kit: Kit, key: MadeKey) -> None:
    assert program.get("/api/v1/sequences").status_code == 200

    revoke_key(kit, key.id, by="test")

    refused = program.get("/api/v1/sequences")
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_a_key_is_nowhere_but_with_its_owner(kit: Kit, key: MadeKey) -> None:
    assert key.secret not in str(everything(kit))


def test_the_last_use_is_noted_at_most_once_a_minute(
    program: TestClient, kit: Kit, key: MadeKey, clock: VirtualClock
) -> None:
    start = clock.now()
    noted = []
    for seconds in (0, 59, 61, 100):
        clock.move_to(start + timedelta(seconds=seconds))
        program.get("/api/v1/sequences")
        noted.append((rows_of(kit, t.api_keys, id=key.id)[0]["last_used_at"] - start).total_seconds())

    assert noted == [0, 0, 61, 61]


def test_of_two_uses_at_once_the_first_is_noted(kit: Kit, key: MadeKey, clock: VirtualClock) -> None:
    now = clock.now()
    with kit.database.write() as connection:
        api_keys.note_use(connection, key.id, now)
        api_keys.note_use(connection, key.id, now + timedelta(seconds=1))

    assert rows_of(kit, t.api_keys, id=key.id)[0]["last_used_at"] == now


def test_the_console_does_not_open_for_a_key(program: TestClient) -> None:
    assert program.get("/console", follow_redirects=False).status_code in {303, 403}


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "kind"),
    [
        ("GET", "/api/v1/nowhere", b"", {}, "not-found"),
        ("GET", "/api/v2/leads", b"", {}, "not-found"),
        ("GET", "/api/v1/leads/", b"", {}, "not-found"),
        ("PUT", LEADS, b"{}", JSON, "wrong-method"),
        ("DELETE", LEADS, b"", {}, "wrong-method"),
        ("POST", LEADS, b"{}", {}, "wrong-type"),
        ("POST", LEADS, b"email=a", {"Content-Type": "application/x-www-form-urlencoded"}, "wrong-type"),
        ("POST", LEADS, b"{}", {"Content-Type": "text/plain"}, "wrong-type"),
        ("POST", LEADS, b"{", JSON, "unreadable"),
        ("POST", LEADS, b"\xff", JSON, "unreadable"),
        ("POST", LEADS, b"[" * 60_000, JSON, "unreadable"),
        ("POST", LEADS, b"", JSON, "invalid"),
        ("POST", LEADS, b"null", JSON, "invalid"),
        ("POST", LEADS, b"[]", JSON, "invalid"),
        ("POST", LEADS, b'"' + b"x" * BODY_BYTES_MAX + b'"', JSON, "too-large"),
        ("GET", "/api/v1/leads/7", b"", {}, "invalid"),
        ("GET", "/api/v1/leads/019cb08b-38c0-7392-a827-ddada170b338/messages?after=x", b"", {}, "invalid"),
        ("GET", "/api/v1/leads/019cb08b-38c0-7392-a827-ddada170b338/messages?limit=0", b"", {}, "invalid"),
        ("GET", "/api/v1/leads/019cb08b-38c0-7392-a827-ddada170b338/messages?limit=x", b"", {}, "invalid"),
    ],
)  # fmt: skip
def test_every_error_has_one_shape(
    program: TestClient, method: str, path: str, content: bytes, headers: dict[str, str], kind: str
) -> None:
    refused = program.request(method, path, content=content, headers=headers)

    told = refused.json()
    assert told["type"] == f"/api/v1/problems/{kind}"
    assert (refused.status_code, told["status"], told["title"]) == (
        KINDS[kind].status,
        KINDS[kind].status,
        KINDS[kind].title,
    )
    assert told["detail"]
    assert refused.headers["content-type"] == "application/problem+json"
    assert kind != "wrong-method" or refused.headers["allow"] == "GET, POST"


def test_an_announced_flood_is_refused_before_it_comes(program: TestClient) -> None:
    refused = program.post(LEADS, content=b"{}", headers={**JSON, "Content-Length": "99999999999"})

    assert refused.status_code == 413


@pytest.mark.parametrize("name", KINDS)
def test_a_type_leads_to_its_explanation(app: FastAPI, name: str) -> None:
    told = TestClient(app).get(f"/api/v1/problems/{name}")

    assert told.status_code == 200
    assert told.json()["remedy"] == KINDS[name].remedy


def test_a_database_that_is_away_says_when_to_come_again(program: TestClient, kit: Kit) -> None:
    path = kit.database.engine.url.database
    assert path is not None
    kit.database.close()
    with open(path, "r+b") as file:  # noqa: PTH123 - in place: another file would be another database
        file.write(b"nothing of a database" * 100)

    refused = program.post(LEADS, json=ANN)

    assert (refused.status_code, refused.json()["type"]) == (503, "/api/v1/problems/away")
    assert refused.headers["retry-after"] == "5"


def test_a_mishap_nobody_foresaw_is_a_problem_too(app: FastAPI, program: TestClient) -> None:
    def break_down() -> None:
        raise RuntimeError("the furnace is out")

    [mount] = [route for route in app.routes if isinstance(route, Mount) and route.path == "/api"]
    assert isinstance(mount.app, FastAPI)
    mount.app.add_api_route("/v1/break", break_down)

    refused = program.get("/api/v1/break")

    assert (refused.status_code, refused.json()["type"]) == (500, "/api/v1/problems/broken")
    assert "furnace" not in refused.text
