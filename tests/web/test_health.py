"""Health tells a platform when to wait and when to restart; metrics name nobody."""

import asyncio
from typing import Any

from fastapi.testclient import TestClient

from engine.domain.incident import IncidentKind
from engine.flows.incidents import raise_incident
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.web.app import app as lazy_app
from engine.web.app import create_app
from tests.web.conftest import HERE, settings_for
from tests.web.scenes import arrive, work


def test_a_working_house_is_live_and_ready(browser: TestClient) -> None:
    assert browser.get("/health/live").json() == {"status": "live"}
    ready = browser.get("/health/ready")
    assert (ready.status_code, ready.json()["ready"], ready.json()["reasons"]) == (200, True, [])


def test_an_older_database_is_not_ready_and_says_what_to_do(kit: Kit, browser: TestClient) -> None:
    with kit.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")

    ready = browser.get("/health/ready")

    assert ready.status_code == 503
    assert "fifthtouch db upgrade" in ready.json()["reasons"][0]


def test_a_bell_that_is_away_makes_nothing_unready(kit: Kit, settings: Settings) -> None:
    app = create_app(kit, settings_for(settings.database_url, redis_url="redis://127.0.0.1:1/0"))

    ready = TestClient(app, base_url=HERE).get("/health/ready")

    assert ready.status_code == 200
    assert "does not answer" in ready.json()["bell"]


def test_metrics_are_collected_and_name_nobody(kit: Kit, browser: TestClient) -> None:
    arrive(kit)
    work(kit)

    answer = browser.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    assert "fifthtouch_receipts" in answer.text
    assert "example.com" not in answer.text


def test_metrics_count_the_open_incidents_by_kind(kit: Kit, browser: TestClient) -> None:
    with kit.database.write() as connection:
        raise_incident(kit, connection, IncidentKind.LEDGER_BROKEN, "ledger", "the chain does not hold")

    told = browser.get("/metrics").text

    assert 'fifthtouch_incidents_open{kind="ledger_broken"} 1.0' in told
    assert 'fifthtouch_incidents_open{kind="sender_failing"} 0.0' in told


def test_a_server_that_cannot_start_says_why(workdir: object) -> None:
    """Uvicorn prints what the app says at its start, and ends."""
    said: list[dict[str, Any]] = []

    async def start() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            said.append(message)

        await lazy_app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)

    asyncio.run(start())

    assert said[0]["type"] == "lifespan.startup.failed"
    assert "fifthtouch db upgrade" in said[0]["message"]
