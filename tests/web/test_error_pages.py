"""What a person sees when something can't be done: what happened in plain words, and one thing to do next."""

import re

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient

from engine.store.errors import StoreError
from engine.web.errors import SENTENCES, TITLES, add_error_pages
from engine.web.security import SecureHeaders

PERSON = {"Accept": "text/html,application/xhtml+xml"}
NEXT = {
    401: "/console/sign-in",
    403: "/console",
    404: "/console/leads",
    409: "/console",
    429: "/console/429",
    503: "/console/503",
}


@pytest.fixture
def visitor() -> TestClient:
    """Return a browser before an app where everything fails."""
    app = FastAPI()
    add_error_pages(app)
    app.add_middleware(SecureHeaders)

    @app.get("/console/500")
    @app.get("//console/500")
    def breaks() -> None:
        raise RuntimeError("a secret of ours")

    @app.get("/console/away")
    def is_away() -> None:
        raise StoreError("a secret of ours")

    @app.api_route("/console/{status}", methods=["GET", "POST"])
    def refuses(status: int) -> None:
        raise HTTPException(status)

    return TestClient(app, headers=PERSON)


@pytest.mark.parametrize(("status", "next_step"), NEXT.items())
def test_an_error_says_what_happened_and_what_to_do(visitor: TestClient, status: int, next_step: str) -> None:
    answer = visitor.get(f"/console/{status}")

    assert answer.status_code == status
    assert f"<h1>{TITLES[status]}</h1>".replace("'", "&#39;") in answer.text
    assert SENTENCES[status].partition(".")[0] in answer.text
    assert f'href="{next_step}"' in answer.text


@pytest.mark.parametrize(("path", "status"), [("/console/500", 500), ("/console/away", 503)])
def test_our_own_failure_is_told_without_what_it_was(visitor: TestClient, path: str, status: int) -> None:
    answer = visitor.get(path)

    assert answer.status_code == status
    assert TITLES[status] in answer.text
    assert f'href="{path}"' in answer.text
    assert "secret" not in answer.text


def test_a_program_gets_a_line(visitor: TestClient) -> None:
    answer = visitor.get("/console/500", headers={"Accept": "*/*"})

    assert answer.headers["content-type"].startswith("text/plain")


def test_what_was_sent_is_not_offered_to_be_sent_again(visitor: TestClient) -> None:
    assert "Try again" not in visitor.post("/console/503").text


def test_no_address_leads_elsewhere(visitor: TestClient) -> None:
    page = visitor.get("//console/500").text

    assert re.findall(r'href="(//[^"]*)"', page) == []
