"""The settings that only an admin sees: people, keys, and the audit log; and everybody's own account."""

import re
from collections.abc import Callable

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.domain.access import Role
from engine.flows.kit import Kit
from engine.store import accounts
from engine.store import tables as t
from engine.web.edge import Edge
from tests.web.embedded import settings
from tests.web.scenes import rows_of
from tests.web.signing import HERE, PASSWORD, give_password, signed_in_to

__all__ = ["settings"]

OTHER = "copper meadow thirteen"
ADD = {"id": "ann", "name": "Ann", "email": "ann@business.example", "role": "marketer"}


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    """Return a browser that has not signed in."""
    return TestClient(app, base_url=HERE, client=("192.0.2.7", 1), headers={"Origin": HERE}, follow_redirects=False)


def link_in(page: str) -> str:
    """Return the path of the one-time link that *page* shows."""
    found = re.search(r"/console/welcome/[\w-]+", page)
    assert found is not None
    return found[0]


def test_somebody_added_comes_in_by_the_link_once(browser: TestClient, visitor: TestClient, kit: Kit) -> None:
    path = link_in(browser.post("/console/settings/people", data=ADD).text)

    shown = visitor.get(path)
    differ = visitor.post(path, data={"password": OTHER, "again": "another one entirely"})
    weak = visitor.post(path, data={"password": "ann@business.example1", "again": "ann@business.example1"})
    chosen = visitor.post(path, data={"password": OTHER, "again": OTHER})

    assert "ann@business.example" in shown.text
    assert (differ.status_code, weak.status_code, chosen.status_code) == (422, 422, 303)
    assert visitor.get("/console").status_code == 200
    assert visitor.get("/console/settings/people").status_code == 403
    assert visitor.post(path, data={"password": PASSWORD, "again": PASSWORD}).status_code == 404
    noted = [(row["actor"], row["action"], row["subject"]) for row in rows_of(kit, t.audit_log)]
    assert ("admin", "person.added", "ann") in noted
    assert ("ann", "person.password_changed", "ann") in noted


@pytest.mark.parametrize(
    "change", [{"id": "Ann B"}, {"email": "none"}, {"role": "king"}, {"name": " "}, {"email": "admin@business.example"}]
)
def test_somebody_who_cannot_be_added_is_told_why(browser: TestClient, change: dict[str, str]) -> None:
    answer = browser.post("/console/settings/people", data={**ADD, **change})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert link_paths(answer.text) == []


def link_paths(page: str) -> list[str]:
    """Return the one-time links of *page*."""
    return re.findall(r"/console/welcome/", page)


def test_another_role_ends_the_sessions_it_was_in(
    app: FastAPI, browser: TestClient, signed_in: Callable[[str], TestClient]
) -> None:
    operator = signed_in("operator")
    assert operator.get("/console").status_code == 200

    browser.post("/console/settings/people/operator/role", data={"role": "viewer"})

    assert operator.get("/console", follow_redirects=False).status_code == 303
    assert "signed in as The operator (viewer)" in signed_in_to(app, "operator").get("/console/settings/people").text


def test_who_is_disabled_is_out_at_once_and_comes_back_when_enabled(
    app: FastAPI, browser: TestClient, visitor: TestClient
) -> None:
    give_password(app.state.edge.entrance)
    operator = signed_in_to(app, "operator")
    form = {"email": "operator@business.example", "password": PASSWORD}

    browser.post("/console/settings/people/operator/disable")

    assert operator.get("/console", follow_redirects=False).status_code == 303
    assert visitor.post("/console/sign-in", data=form).status_code == 401
    assert browser.post("/console/settings/people/operator/link").status_code == 404
    browser.post("/console/settings/people/operator/enable")
    assert visitor.post("/console/sign-in", data=form).status_code == 303


def test_the_last_admin_stays(app: FastAPI, browser: TestClient) -> None:
    give_password(app.state.edge.entrance, Role.ADMIN)

    assert browser.post("/console/settings/people/admin/disable").status_code == 409
    assert browser.post("/console/settings/people/admin/role", data={"role": "viewer"}).status_code == 409
    assert browser.get("/console/settings/people").status_code == 200


def test_a_key_is_shown_once_and_may_what_was_ticked(browser: TestClient, app: FastAPI) -> None:
    made = browser.post("/console/settings/keys", data={"name": "website", "leads:read": "yes"}).text
    [secret] = re.findall(r"<code>(ft_[\w-]+)</code>", made)
    program = TestClient(app, headers={"Authorization": f"Bearer {secret}"})

    shown = browser.get("/console/settings/keys").text
    [key_id] = re.findall(r"/keys/([\w-]+)/revoke", shown)

    assert secret not in shown
    assert "leads:read" in shown
    assert program.get("/api/v1/leads").status_code == 200
    browser.post(f"/console/settings/keys/{key_id}/revoke")
    assert program.get("/api/v1/leads").status_code == 401


@pytest.mark.parametrize("form", [{"name": "website"}, {"leads:read": "yes", "name": ""}])
def test_a_key_needs_a_name_and_something_it_may_do(browser: TestClient, kit: Kit, form: dict[str, str]) -> None:
    assert browser.post("/console/settings/keys", data=form).status_code == 422
    assert rows_of(kit, t.api_keys) == []


def test_the_audit_log_shows_before_and_after_and_is_filtered(
    browser: TestClient, kit: Kit, clock: VirtualClock
) -> None:
    browser.post("/console/settings/people", data={**ADD, "name": "<b>Ann</b>"})
    browser.post("/console/settings/people/ann/role", data={"role": "viewer"})
    day = clock.now().date().isoformat()

    page = browser.get("/console/settings/audit?action=person.role_changed").text
    rows = browser.get(f"/console/settings/audit?format=json&subject=ann&since={day}&until={day}").json()["rows"]

    assert "<del>marketer</del> <ins>viewer</ins>" in page
    assert "<b>Ann" not in browser.get("/console/settings/audit").text
    assert {row["action"] for row in rows} == {"person.role_changed", "person.added"}
    assert browser.get("/console/settings/audit?format=json&until=2001-01-01").json()["rows"] == []
    for unreadable in ("since=soon", "until=9999-12-31"):
        assert browser.get(f"/console/settings/audit?{unreadable}").status_code == 400


def test_a_second_factor_is_turned_on_by_a_code_of_the_secret_that_was_shown(
    app: FastAPI, visitor: TestClient, clock: VirtualClock
) -> None:
    edge: Edge = app.state.edge
    give_password(edge.entrance)
    visitor.post("/console/sign-in", data={"email": "operator@business.example", "password": PASSWORD})
    account = "/console/settings/account"

    refused = visitor.post(f"{account}/second-factor/begin", data={"current": OTHER})
    offered = visitor.post(f"{account}/second-factor/begin", data={"current": PASSWORD}).text
    [secret] = re.findall(r"Key: <code>([A-Z2-7 ]+)</code>", offered)
    totp = pyotp.TOTP(secret.replace(" ", ""))
    wrong = visitor.post(f"{account}/second-factor/confirm", data={"code": "000000"})
    codes = re.findall(
        r"<li><code>([\w-]+)</code>",
        visitor.post(f"{account}/second-factor/confirm", data={"code": totp.at(clock.now())}).text,
    )

    assert (refused.status_code, wrong.status_code, len(codes)) == (422, 422, 10)
    assert "<svg" in offered
    with edge.kit.database.read() as connection:
        stored = accounts.find(connection, "operator")
    assert stored is not None
    assert secret.replace(" ", "") not in repr(dict(stored))
    assert "10 recovery codes left" in visitor.get(account).text
    visitor.post(f"{account}/second-factor/off", data={"current": PASSWORD})
    assert "recovery code" not in visitor.get(account).text


def test_a_new_password_and_a_press_of_a_button_end_the_other_sessions(app: FastAPI, visitor: TestClient) -> None:
    give_password(app.state.edge.entrance)
    visitor.post("/console/sign-in", data={"email": "operator@business.example", "password": PASSWORD})
    other, third = signed_in_to(app, "operator"), signed_in_to(app, "operator")
    change = {"current": PASSWORD, "password": OTHER, "again": OTHER}

    visitor.post("/console/settings/account/sessions/end")
    ended = other.get("/console", follow_redirects=False).status_code
    fourth = signed_in_to(app, "operator")
    wrong = visitor.post("/console/settings/account/password", data={**change, "current": OTHER})
    changed = visitor.post("/console/settings/account/password", data=change)

    assert (ended, wrong.status_code, changed.status_code) == (303, 422, 303)
    assert fourth.get("/console", follow_redirects=False).status_code == 303
    assert third.get("/console", follow_redirects=False).status_code == 303
    assert visitor.get("/console").status_code == 200
