"""Until there are logins the console opens on this machine only, and changes come only from its own pages."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.flows.kit import Kit
from engine.store import tables as t
from engine.web.access import is_loopback
from tests.web.conftest import HERE
from tests.web.embedded import settings
from tests.web.scenes import arrive, message_of, rows_of, work

__all__ = ["settings"]

ROOMS = ("/console", "/console/messages", "/console/leads", "/console/tasks", "/console/content", "/console/sandbox")


def browse(app: FastAPI, *, client: str = "127.0.0.1", base: str = HERE) -> TestClient:
    """Return a browser at the address *client* that calls us by the name in *base*."""
    return TestClient(app, base_url=base, client=(client, 50_000))


@pytest.mark.parametrize("base", [HERE, "http://localhost:8000", "http://[::1]:8000", "http://127.0.0.5"])
def test_this_machine_gets_in(app: FastAPI, base: str) -> None:
    assert browse(app, base=base).get("/console").status_code == 200


@pytest.mark.parametrize("client", ["192.168.1.20", "203.0.113.9", "2001:db8::1", "testclient"])
def test_another_machine_does_not(app: FastAPI, client: str) -> None:
    for room in ROOMS:
        answer = browse(app, client=client).get(room)

        assert answer.status_code == 403
        assert "only on the machine it runs on" in answer.text


@pytest.mark.parametrize("base", ["http://evil.example", "http://127.0.0.1.evil.example", "http://hello.example.com"])
def test_a_foreign_name_for_this_machine_does_not_get_in(app: FastAPI, base: str) -> None:
    """A page of another site can have its name point here; its requests come from our own browser."""
    for room in ROOMS:
        assert browse(app, base=base).get(room).status_code == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
def test_what_a_proxy_forwards_does_not_get_in(app: FastAPI, header: str) -> None:
    assert browse(app).get("/console", headers={header: "127.0.0.1"}).status_code == 403


def test_leads_and_probes_get_in_from_anywhere(app: FastAPI) -> None:
    browser = browse(app, client="203.0.113.9", base="https://hello.example.com")

    assert browser.get("/health/live").status_code == 200
    assert browser.get("/u/forged").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": HERE},
        {"Sec-Fetch-Site": "same-site", "Origin": HERE},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:9999"},
    ],
)
def test_a_form_on_another_page_changes_nothing(app: FastAPI, kit: Kit, headers: dict[str, str]) -> None:
    message_id = message_of(kit, _answered_lead(kit))

    answer = browse(app).post(f"/console/messages/{message_id}/act", data={"act": "stopped"}, headers=headers)

    assert answer.status_code == 403
    assert rows_of(kit, t.provider_events) == []


@pytest.mark.parametrize("headers", [{"Origin": HERE}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_form_on_our_own_page_is_heard(app: FastAPI, kit: Kit, headers: dict[str, str]) -> None:
    message_id = message_of(kit, _answered_lead(kit))

    answer = browse(app).post(
        f"/console/messages/{message_id}/act", data={"act": "opened"}, headers=headers, follow_redirects=False
    )

    assert answer.status_code == 303
    assert [row["kind"] for row in rows_of(kit, t.provider_events)] == ["opened"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True),
        ("LOCALHOST", True), ("", False), ("192.0.2.1", False), ("::ffff:192.168.0.1", False), ("10.0.0.1", False),
        ("localhost.evil.example", False), ("2130706433", False),
    ],
)  # fmt: skip
def test_only_this_machine_is_this_machine(host: str, expected: bool) -> None:  # noqa: FBT001
    assert is_loopback(host) == expected


def _answered_lead(kit: Kit) -> str:
    lead_id = arrive(kit)
    work(kit)
    return lead_id
