"""The second step of a double opt-in in the browser: only the button allows, and only once."""

from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from consent.tokens import TokenKind, mint
from engine.bootstrap import link_secrets
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import leads
from engine.store import tables as t
from tests.web.embedded import settings
from tests.web.scenes import everything, rows_of, work

__all__ = ["settings"]

FILLED = {"first_name": "Ute", "email": "ute@example.com", "phone": "+49 30 23125123", "note": "Was kostet das?"}


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    """Return somebody's browser, far away."""
    headers = {"Origin": "https://alderfinch.example.com", "Accept": "text/html"}
    return TestClient(app, client=("198.51.100.4", 50_000), headers=headers, follow_redirects=False)


def asks(visitor: TestClient, kit: Kit) -> str:
    """Fill in the form from Germany; return the lead's id."""
    assert visitor.post("/forms/contact", data={**FILLED, "consent_email": "yes"}).status_code == 303
    (lead,) = rows_of(kit, t.leads)
    return str(lead["id"])


def path_of(kit: Kit, lead_id: str) -> str:
    return urlsplit(kit.links(lead_id).confirm).path


def kinds(kit: Kit) -> list[str]:
    return [fact["kind"] for fact in rows_of(kit, t.consent_facts, channel="email")]


def test_who_may_be_in_germany_is_asked_by_mail_first(visitor: TestClient, kit: Kit) -> None:
    asks(visitor, kit)
    work(kit)

    assert kinds(kit) == ["requested"]
    sent = rows_of(kit, t.messages, template="confirm-subscription")
    assert [row["state"] for row in sent] == ["accepted"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(visitor: TestClient, kit: Kit, method: str) -> None:
    lead_id = asks(visitor, kit)
    before = everything(kit)

    assert visitor.request(method, path_of(kit, lead_id)).status_code == 200

    assert everything(kit) == before


def test_the_button_allows_once(visitor: TestClient, kit: Kit) -> None:
    lead_id = asks(visitor, kit)
    page = visitor.get(path_of(kit, lead_id))
    assert "Email me tips and offers" in page.text
    assert page.text.count("<button") == 1
    assert "<script" not in page.text

    answers = [visitor.post(path_of(kit, lead_id)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("<button" not in answer.text for answer in answers)
    assert kinds(kit) == ["requested", "granted"]
    personal = rows_of(kit, t.consent_facts, kind="granted")[0]["personal"]
    assert (personal["ip"], personal["page"], personal["seller"]) == ("198.51.100.4", "/confirm", "Alder & Finch")


@pytest.mark.parametrize(("language", "button"), [("de-DE", "Ja, das"), ("es", "Sí"), ("fr", "Oui"), ("pl", "Yes")])
def test_the_page_speaks_the_leads_language(visitor: TestClient, kit: Kit, language: str, button: str) -> None:
    lead_id = asks(visitor, kit)
    with kit.database.write() as connection:
        leads.change(connection, lead_id, {"language": language})

    assert button in visitor.get(path_of(kit, lead_id)).text


def test_a_token_for_something_else_or_for_nobody_confirms_nothing(
    visitor: TestClient, kit: Kit, settings: Settings
) -> None:
    lead_id = asks(visitor, kit)
    secret = link_secrets(settings)[0]
    nobody = mint(TokenKind.CONFIRM, "00000000-0000-7000-8000-000000000000", secret)

    for token in (mint(TokenKind.STOP, lead_id, secret), "x", nobody):
        assert visitor.post(f"/confirm/{token}").status_code == 404

    assert kinds(kit) == ["requested"]
