"""Only whoever has signed in sees the console, and changes come only from its own pages."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.flows.kit import Kit
from engine.store import tables as t
from engine.web.access import is_loopback
from tests.web.embedded import settings
from tests.web.scenes import arrive, message_of, rows_of, work
from tests.web.signing import HERE, signed_in_to

__all__ = ["settings"]


def browse(app: FastAPI, base: str = HERE) -> TestClient:
    """Return a browser that has not signed in."""
    return TestClient(app, base_url=base, client=("127.0.0.1", 50_000), follow_redirects=False)


def test_leads_and_probes_get_in_from_anywhere(app: FastAPI) -> None:
    stranger = TestClient(app, base_url="https://hello.example.com", client=("203.0.113.9", 50_000))

    assert stranger.get("/health/live").status_code == 200
    assert stranger.get("/u/forged").status_code == 404


def test_a_page_sends_who_has_not_signed_in_to_do_so_and_knows_where_they_wanted_to(app: FastAPI) -> None:
    answer = browse(app).get("/console/messages?state=held&after=x")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/sign-in?next=%2Fconsole%2Fmessages%3Fstate%3Dheld%26after%3Dx"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/console/leads?format=json", {}),
        ("/console/leads", {"Accept": "application/json"}),
        ("/console/live?topics=messages", {"Accept": "text/event-stream"}),
    ],
)
def test_what_a_script_asks_for_is_refused_without_a_page(app: FastAPI, path: str, headers: dict[str, str]) -> None:
    assert browse(app).get(path, headers=headers).status_code == 401


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
    browser = signed_in_to(app, headers={})

    answer = browser.post(f"/console/messages/{message_id}/act", data={"act": "stopped"}, headers=headers)
    entering = browse(app).post("/console/sign-in", data={"email": "a@b.example", "password": "x"}, headers=headers)

    assert (answer.status_code, entering.status_code) == (403, 403)
    assert rows_of(kit, t.provider_events) == []


@pytest.mark.parametrize("headers", [{"Origin": HERE}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_form_on_our_own_page_is_heard(app: FastAPI, kit: Kit, headers: dict[str, str]) -> None:
    message_id = message_of(kit, _answered_lead(kit))

    answer = signed_in_to(app, headers=headers).post(
        f"/console/messages/{message_id}/act", data={"act": "opened"}, follow_redirects=False
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
