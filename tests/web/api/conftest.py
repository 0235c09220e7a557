"""A program with a key, far away from this machine."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.flows.keys import MadeKey, make_key
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.web.app import create_app

LEADS = "/api/v1/leads"
ANN: dict[str, Any] = {
    "email": "ann@example.com",
    "phone": "(503) 555-0123",
    "country": "US",
    "region": "OR",
    "first_name": "Ann",
    "source": "web-form",
}


@pytest.fixture
def app(kit: Kit, settings: Settings) -> FastAPI:
    """Return the app without a limit of requests: time that stands still would never bring new ones."""
    return create_app(kit, settings.model_copy(update={"api_requests_per_minute": 0}))


@pytest.fixture
def key(kit: Kit) -> MadeKey:
    """Return a key that works."""
    return make_key(kit, "website", by="test")


@pytest.fixture
def program(app: FastAPI, key: MadeKey) -> TestClient:
    """Return a program that shows a key that works."""
    headers = {"Authorization": f"Bearer {key.secret}"}
    return TestClient(app, base_url="https://hello.example.com", client=("203.0.113.9", 40_000), headers=headers)


@pytest.fixture
def lead_id(program: TestClient) -> str:
    """Return the id of Ann, who was just sent."""
    found: str = program.post(LEADS, json=ANN).json()["id"]
    return found
