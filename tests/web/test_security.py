"""Every response carries the headers, whatever route, method or mishap it comes from."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute

from engine.flows.kit import Kit
from engine.settings import Settings
from engine.web.app import create_app
from engine.web.security import HEADERS
from tests.web.conftest import HERE, settings_for
from tests.web.embedded import settings

__all__ = ["settings"]

ANY_ID = "019cb08b-38c0-7392-a827-ddada170b338"
LIVE = "/console/live"  # it answers for as long as somebody listens
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


def paths_of(routes: list[BaseRoute], prefix: str = "") -> Iterator[str]:
    """Yield the path of every route, with something in place of its parameters."""
    for route in routes:
        included: Any = getattr(route, "original_router", None)
        if included is not None:
            within: Any = getattr(route, "include_context", None)
            yield from paths_of(included.routes, prefix + (within.prefix if within is not None else ""))
            continue
        path = prefix + str(getattr(route, "path", ""))
        if path and path != LIVE:
            yield re.sub(r"\{[^}]+\}", ANY_ID, path)


@pytest.mark.parametrize("method", METHODS)
def test_every_route_has_the_headers(app: FastAPI, browser: TestClient, method: str) -> None:
    paths = set(paths_of(list(app.routes)))
    assert {"/console", f"/console/messages/{ANY_ID}/act", f"/u/{ANY_ID}", "/health/ready", "/metrics"} <= paths

    bare = {
        path: sorted(missing)
        for path in sorted(paths)
        if (missing := HEADERS.keys() - _titles(browser.request(method, path, follow_redirects=False).headers))
    }

    assert bare == {}


@pytest.mark.parametrize("path", ["/", "/nowhere", "/console/", "/static/fifthtouch.css", "/static/none", "/u/forged"])
def test_redirects_files_and_errors_have_them_too(browser: TestClient, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = browser.request(method, path, follow_redirects=False)

        assert HEADERS.keys() - _titles(answer.headers) == set()


def test_a_mishap_nobody_foresaw_is_a_page_with_headers(app: FastAPI) -> None:
    def break_down() -> None:
        raise RuntimeError("the furnace is out")

    app.add_api_route("/break", break_down)
    browser = TestClient(app, base_url=HERE, client=("127.0.0.1", 1))

    answer = browser.get("/break")

    assert answer.status_code == 500
    assert HEADERS.keys() - _titles(answer.headers) == set()
    assert "furnace" not in answer.text


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(browser: TestClient) -> None:
    policy = browser.get("/console").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_pages_load_only_files_of_ours(browser: TestClient) -> None:
    page = browser.get("/console").text

    loaded = re.findall(r"""(?:src|href)="([^"]+)\"""", page)

    assert loaded
    assert [one for one in loaded if not one.startswith(("/", "#"))] == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []


def test_files_are_kept_and_pages_are_not(browser: TestClient) -> None:
    page = browser.get("/console")
    sheet = re.findall(r'href="(/static/fifthtouch.css[^"]+)"', page.text)[0]

    assert page.headers["cache-control"] == "no-store"
    assert "immutable" in browser.get(sheet).headers["cache-control"]


def test_no_page_sets_a_cookie(browser: TestClient) -> None:
    for path in ("/console", "/console/leads", "/u/x", "/health/live"):
        assert "set-cookie" not in browser.get(path).headers


def _titles(headers: Any) -> set[str]:
    return {name for name in HEADERS if name.lower() in headers}


def test_where_we_are_reached_by_https_browsers_ask_in_no_other_way(kit: Kit, settings: Settings) -> None:
    public = settings_for(settings.database_url, public_url="https://hello.example.com")
    browser = TestClient(create_app(kit, public), base_url="https://hello.example.com", follow_redirects=False)

    for path in ("/console", "/console/sign-in", "/static/fifthtouch.css", "/api/v1/leads", "/nowhere"):
        assert "max-age=31536000" in browser.head(path).headers["strict-transport-security"]
    assert "strict-transport-security" not in TestClient(create_app(kit, settings)).get("/health/live").headers


def test_the_description_of_the_api_is_public_and_the_api_is_not(app: FastAPI) -> None:
    stranger = TestClient(app)

    assert stranger.get("/openapi.json").json()["openapi"].startswith("3.")
    assert stranger.get("/api/v1/leads").status_code == 401


def test_metrics_are_for_whoever_has_the_token_or_sits_at_this_machine(kit: Kit, settings: Settings) -> None:
    def near(app: FastAPI) -> TestClient:
        return TestClient(app, base_url=HERE, client=("127.0.0.1", 1))

    public = settings_for(settings.database_url, public_url="https://hello.example.com")
    told = settings.model_copy(update={"metrics_token": SecretStr("for the scraper")})
    scraper = near(create_app(kit, told))

    assert near(create_app(kit, settings)).get("/metrics").status_code == 200
    assert (
        TestClient(create_app(kit, settings), base_url=HERE, client=("192.0.2.7", 1)).get("/metrics").status_code == 403
    )
    assert near(create_app(kit, public)).get("/metrics").status_code == 403
    assert scraper.get("/metrics").status_code == 401
    assert scraper.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert scraper.get("/metrics", headers={"Authorization": "Bearer for the scraper"}).status_code == 200


@pytest.mark.parametrize(("trusted", "expected"), [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.9"), ("*", "127.0.0.1")])
def test_a_proxy_is_believed_only_where_it_is_named(kit: Kit, settings: Settings, trusted: str, expected: str) -> None:
    app = create_app(kit, settings.model_copy(update={"trusted_proxies": trusted}))
    app.router.add_route("/who", lambda request: PlainTextResponse(request.client.host if request.client else ""))
    browser = TestClient(app, base_url=HERE, client=("127.0.0.1", 1))

    assert browser.get("/who", headers={"X-Forwarded-For": "203.0.113.9"}).text == expected
