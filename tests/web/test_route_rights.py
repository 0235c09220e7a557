"""Every route of the app is public for a reason that is written here, or asks for a right; and each role gets what it has."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.domain.access import RIGHTS, Right, Role
from engine.domain.signing_in import IDLE, VISIT
from engine.flows.entrance import hash_of
from engine.flows.kit import Kit
from engine.flows.signing_in import Caller, open_session
from engine.settings import Settings
from engine.store import sessions
from engine.web.app import create_app
from engine.web.edge import Edge
from tests.content.builders import library
from tests.flows.content import FILES
from tests.web.doors import Door, doors_of
from tests.web.embedded import settings
from tests.web.signing import CHEAP, HERE, session_for, signed_in_to

__all__ = ["settings"]

ANY_ID = "019cb08b-38c0-7392-a827-ddada170b338"
PUBLIC = {
    r"/": "only leads to the console, which asks",
    r"/health/(live|ready)": "a platform asks, and learns nothing but whether we live",
    r"/openapi\.json": "what the API offers is no secret",
    r"/console/sign-in(/code)?": "whoever is not signed in signs in here",
    r"/console/sign-out": "ends only the session that the browser shows",
    r"/console/welcome/\{token\}": "the token in it is the proof",
    r"/(static|brand\.css)": "style sheets and scripts, the same for everybody",
    r"/(u|p|confirm|c|o|x)/\{token\}.*": "a lead's own pages: the token in it is the proof",
    r"/forms/.*": "forms that visitors see and send",
    r"/(webhooks|voice)/.*": "providers prove themselves by their signature",
}
"""Routes that ask for no right, by the pattern of their path, and why."""

OWN = ("/console/settings/account", "/console/messages/views")
"""What everybody changes of their own: their account, and views they keep."""

QUESTIONS = ("/console/consent/ask", "/console/consent/suppressions/check")
"""Questions that are posted, so that the address in them stands in no log; they change nothing."""

STREAM = "/console/live"
"""Answers for as long as its reader stays; every role may see it, and its own test asks it."""

GUARDED = {
    "/metrics": "its token, or this machine; test_health asks it",
    "/api": "a key; tests/web/api asks it",
}
"""Routes with a door of their own."""


def is_public(door: Door) -> bool:
    """Return whether *door* stands on the list."""
    return any(re.fullmatch(pattern, door.path) for pattern in PUBLIC)


@pytest.fixture
def app(kit: Kit, settings: Settings, tmp_path: Path) -> FastAPI:
    """Return the app on a folder of few messages, whose room of content opens at once."""
    library(tmp_path, {**FILES})
    return create_app(kit, settings, templates=tmp_path, passwords=CHEAP)


def is_sent_to_sign_in(answer: Any) -> bool:
    """Return whether *answer* sends the browser to the sign-in page."""
    return answer.status_code == 303 and str(answer.headers["location"]).startswith("/console/sign-in")


def test_every_route_is_public_for_a_reason_or_asks_for_a_right(app: FastAPI) -> None:
    doors = list(doors_of(app.routes))

    unguarded = [door.path for door in doors if not door.rights and not is_public(door) and door.path not in GUARDED]
    both = [door.path for door in doors if door.rights and is_public(door)]

    assert len(doors) > 60
    assert (unguarded, both) == ([], [])


def test_every_change_asks_for_more_than_to_see_but_those_of_ones_own_things(app: FastAPI) -> None:
    lax = [
        door.path
        for door in doors_of(app.routes)
        if not door.methods <= {"GET", "HEAD"}
        and door.rights <= {Right.SEE}
        and not is_public(door)
        and not door.path.startswith((*OWN, *QUESTIONS, *GUARDED))
    ]

    assert lax == []


def test_nobody_gets_in_anywhere(app: FastAPI) -> None:
    stranger = TestClient(app, base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)

    open_doors = {}
    for door in doors_of(app.routes):
        for method in door.methods if door.rights else ():
            answer = stranger.request(method, door.address(ANY_ID))
            is_read = method in {"GET", "HEAD"}
            if not (is_sent_to_sign_in(answer) if is_read else answer.status_code == 401):
                open_doors[method, door.path] = answer.status_code

    assert open_doors == {}


@pytest.mark.parametrize("role", Role)
def test_each_role_gets_what_it_has_a_right_to_and_nothing_else(app: FastAPI, role: Role) -> None:
    browser = signed_in_to(app, role, follow_redirects=False)

    wrong = {}
    for door in doors_of(app.routes):
        for method in sorted(door.methods) if door.rights and door.path != STREAM else ():
            answer = browser.request(method, door.address(ANY_ID))
            is_refused = answer.status_code in {401, 403} or is_sent_to_sign_in(answer)
            if is_refused != (not door.rights <= RIGHTS[role]):
                wrong[method, door.path] = answer.status_code

    assert wrong == {}


def test_who_may_not_is_told_which_role_could(app: FastAPI) -> None:
    answer = signed_in_to(app, Role.VIEWER).get("/console/settings/people")

    assert answer.status_code == 403
    assert "This takes the role admin" in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("how", ["wrong", "too long", "ended", "idle", "old", "awaiting a code"])
def test_a_session_that_is_none_opens_nothing(app: FastAPI, clock: VirtualClock, method: str, how: str) -> None:
    edge: Edge = app.state.edge
    browser = TestClient(app, base_url=HERE, follow_redirects=False)
    browser.cookies.set("session", _session(edge, clock, how))

    for path in ("/console", "/console/leads", "/console/settings/people", f"/console/messages/{ANY_ID}"):
        assert is_sent_to_sign_in(browser.request(method, path)), path


def _session(edge: Edge, clock: VirtualClock, how: str) -> str:
    """Return a token that opens nothing, though all but the first two opened something or nearly did."""
    token = session_for(edge.kit, Role.ADMIN)
    if how in {"wrong", "too long"}:
        return token[:-1] if how == "wrong" else token + "x" * 5_000
    with edge.kit.database.write() as connection:
        if how == "ended":
            sessions.end(connection, hash_of(token))
            return token
        awaits_code, caller = how == "awaiting a code", Caller(client="192.0.2.1", agent="")
        opened = open_session(edge.kit, connection, "admin", "", caller, awaits_code=awaits_code)
        if how == "old":
            found = sessions.find(connection, hash_of(opened.token))
            assert found is not None
            sessions.note_seen(connection, found["id"], clock.now() + VISIT)
    clock.move_to(clock.now() + {"idle": IDLE, "old": VISIT}.get(how, timedelta(0)))
    return opened.token
