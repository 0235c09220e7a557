"""What strangers may write, at its worst, planted through every door they have."""

import re
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Page

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId
from channels.sandbox import NAME as SANDBOX
from engine.domain.notice import NoticeType
from engine.flows.absorb import absorb, receive
from engine.flows.import_runs import FileRun, import_file
from engine.flows.keys import make_key
from engine.flows.webhooks import add_endpoint
from engine.leadfile.reading import read
from engine.store import lead_list
from tests.browser.house import House
from tests.web.scenes import message_of, work

ELSEWHERE = "e.example"
MARKUP = f"<img src=//{ELSEWHERE}/a data-planted onerror=alert(1)><script data-planted>alert(2)</script>"
ATTRIBUTE = "\" data-planted onfocus=alert(3) autofocus x='"
ENDINGS = f"</textarea></title></style></script><style data-planted>*{{background:url(//{ELSEWHERE}/b)}}</style>"
ADDRESS = f"javascript:alert(4)//{ELSEWHERE}"
TURNED = "\u202egnp.exe \u2066<b data-planted>"
FORMULA = f'=HYPERLINK("http://{ELSEWHERE}","x")'
SUM = "+1+cmd|' /C calc'!A0"
TEMPLATE = "{{7*7}}${7*7}{% raw %}"
EVERYTHING = f"{MARKUP} {ATTRIBUTE} {ENDINGS} {ADDRESS} {TURNED} {TEMPLATE}"

LOOK = """() => {
  const told = [];
  for (const one of document.querySelectorAll("[data-planted]")) told.push("injected: " + one.outerHTML.slice(0, 120));
  for (const one of document.querySelectorAll("script:not([src]), style, object, embed, base, meta[http-equiv]"))
    told.push("inline: " + one.outerHTML.slice(0, 120));
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on")) told.push(name + " on " + one.tagName);
      if (["href", "src", "action", "formaction"].includes(name) && /^\\s*(javascript|vbscript|data:text)/i.test(value))
        told.push(name + "=" + value.slice(0, 80));
    }
  }
  return told;
}"""
"""What a page asks itself: whether anything of a stranger's became a part of it, or anything runs that is not ours."""

IS_MAIL = "/email"  # somebody's mail by itself, whose styles and head stand in it by nature

AGENT = f"{MARKUP} {ATTRIBUTE} {ENDINGS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Where the words of strangers lie, by the parameters of addresses; and a key for the exports."""

    samples: dict[str, list[str]]
    secret: str


def plant(house: House, app: FastAPI) -> Planted:
    """Plant everything through the form, the API, an import, answers and links; return where it can be looked at."""
    key = make_key(house.kit, "strangers", by="test").secret
    stranger = TestClient(app, client=("198.51.100.7", 4_000), headers={"User-Agent": AGENT})
    by_api = _by_api(stranger, key)
    by_form = _by_form(house, stranger)
    run = _by_file(house)
    work(house.kit)
    for lead_id in (by_api, by_form):
        _answers(house, lead_id)
    links = house.kit.links(by_form)
    token = re.sub(r".*/", "", links.preferences)
    stranger.post(f"/u/{re.sub(r'.*/', '', links.unsubscribe)}", data={"page": "yes"})
    endpoint = add_endpoint(house.kit, url="https://hooks.example.com/x", types={NoticeType.LEAD_CREATED}, by="test")
    return Planted(
        samples={
            "lead_id": [by_api, by_form],
            "message_id": [message_of(house.kit, by_api)],
            "import_id": [run],
            "endpoint_id": [endpoint.id],
            "number": ["1"],  # the first mail that the sandbox took
            "table": ["weeks", "leads", "sources"],
            "name": ["contact"],
            "/p/{token}": [token],
            "/u/{token}": [re.sub(r".*/", "", links.unsubscribe)],
            "/confirm/{token}": [re.sub(r".*/", "", links.confirm)],
            "/console/welcome/{token}": [],  # opened by colleagues alone
        },
        secret=key,
    )


def _by_api(stranger: TestClient, key: str) -> str:
    lead = {
        "email": "api@strangers.example", "phone": "+15035550190", "first_name": MARKUP, "last_name": FORMULA,
        "company": SUM, "interest": TURNED, "source": "web-form", "note": EVERYTHING, "country": "US", "region": "OR",
        "custom": {"remark": EVERYTHING, "formula": FORMULA},
        "consents": [{"channel": "email", "basis": "express", "wording": EVERYTHING, "page": f"https://{ELSEWHERE}/?{ADDRESS}"}],
    }  # fmt: skip
    program = {"Authorization": f"Bearer {key}"}
    told = stranger.post("/api/v1/leads", json=lead, headers=program)
    assert told.status_code in {200, 201}, told.text
    lead_id = str(told.json()["id"])
    happened = stranger.post(
        f"/api/v1/leads/{lead_id}/events",
        json={"name": "visited", "detail": {"words": EVERYTHING, "sum": FORMULA}},
        headers=program,
    )
    assert happened.status_code in {200, 201, 202, 204}, happened.text
    return lead_id


def _by_form(house: House, stranger: TestClient) -> str:
    shown = stranger.get("/forms/contact").text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
    house.work(hours=0.01)
    filled = {
        **hidden, "first_name": MARKUP, "email": "form@strangers.example", "phone": "(503) 555-0191",
        "note": EVERYTHING, "consent_email": "yes", "consent_texts": "yes",
    }  # fmt: skip
    told = stranger.post("/forms/contact", data=filled, headers={"Referer": ADDRESS}, follow_redirects=False)
    assert told.status_code == 303, told.text
    query = "form@strangers.example"
    with house.kit.database.read() as connection:
        (found,) = lead_list.list_leads(connection, lead_list.LeadFilter(beginning=query)).rows
    return str(found["id"])


def _by_file(house: House) -> str:
    cells = [MARKUP, FORMULA, SUM, ATTRIBUTE, "file@strangers.example", EVERYTHING]
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    bad = ",".join('"' + cell.replace('"', '""') + '"' for cell in [FORMULA, MARKUP, SUM, ENDINGS, FORMULA, EVERYTHING])
    data = f"First name,Last name,Company,Interest,Email,Note\n{quoted}\n{bad}\n".encode()
    run = FileRun(name=f"{MARKUP}.csv", data=data, source=ATTRIBUTE, by="test")
    return import_file(house.kit, run, read(data)).import_id


def _answers(house: House, lead_id: str) -> None:
    """Let a lead answer its first mail, with a subject and words that wish us ill."""
    event = ProviderEvent(
        provider=SANDBOX,
        event_id=f"stranger-{lead_id}",
        kind=EventKind.REPLIED,
        channel=Channel.EMAIL,
        at=house.kit.clock.now(),
        message_id=MessageId(message_of(house.kit, lead_id)),
        text=EVERYTHING,
        extra={"subject": EVERYTHING, "user_agent": EVERYTHING},
    )
    receive(house.kit, [event])
    absorb(house.kit)


def injected(page: Page) -> list[str]:
    """Return what strangers' words became part of *page*, or run on it."""
    found: list[str] = page.evaluate(LOOK)
    is_mail = page.url.endswith(IS_MAIL)
    return [one for one in found if not (is_mail and one.startswith(("inline: <style", "inline: <meta")))]
