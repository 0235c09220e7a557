"""The tutorial as a new user goes through it: its commands typed, its pages opened, from an empty folder."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import NAVIGATION_MS, WAIT_MS
from tests.browser.pages import Watch
from tests.documents.desk import Desk, is_told
from tests.documents.pages import PAGES, Typed, typed

PAGE = "docs/tutorial.md"
LINK = re.compile(r"http://\S+/console/welcome/\S+")
PASSWORD = "lantern river noon"  # noqa: S105 - it opens nothing
QUESTION = "Do you also look at other makers?"
ANSWER = "Yes, at all of them."


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Return a desk in an empty folder."""
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        yield Desk(tmp_path, {}, stack)


def test_a_new_user_comes_from_the_first_lead_to_the_first_reply(chrome: Browser, desk: Desk) -> None:
    set_up, start, take_in, *look = typed(PAGES[PAGE])
    assert set_up.command == "make setup"  # done before any test could run
    link = LINK.findall(_said(desk, start))[0]
    with chrome.new_context(locale="en-US") as context:
        watch = Watch(link.partition("/console")[0])
        watch.over(context)
        context.set_default_timeout(WAIT_MS)
        context.set_default_navigation_timeout(NAVIGATION_MS)
        page = context.new_page()

        _come_in(page, link)
        _said(desk, take_in)
        _read_the_first_message(page)
        _answer_as_ann(page)
        _answer_as_yourself(page)
        told = [_said(desk, one) for one in look]

        assert re.search(r"forgotten +0\n", told[-1])
        assert watch.troubles == []


def _said(desk: Desk, one: Typed) -> str:
    code, said = desk.type(one)
    assert code == 0, f"{one.command}\n{said}"
    assert is_told(one.shown, said) == [], said
    return said


def _room(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(f"**/console/{name.lower()}")


def _come_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Sam Doe")
    page.get_by_label("Your email").fill("sam@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Keep it and sign in").click()
    page.get_by_role("heading", level=1, name="Today", exact=True).wait_for()


def _read_the_first_message(page: Page) -> None:
    _room(page, "Messages")
    row = page.get_by_role("row").filter(has_text="instant-answer")
    row.get_by_text("delivered", exact=True).wait_for()
    row.locator("[data-open]").click()
    page.get_by_text("About a heat pump").first.wait_for()


def _answer_as_ann(page: Page) -> None:
    _room(page, "Sandbox")
    page.locator("a[data-open]").first.click()
    page.get_by_text("Answer or act as the lead").click()
    page.get_by_label("In your own words").fill(QUESTION)
    page.get_by_role("button", name="Send reply").click()
    page.get_by_text("Read as question").wait_for()
    page.get_by_text("paused for the owner").wait_for()


def _answer_as_yourself(page: Page) -> None:
    _room(page, "Inbox")
    page.get_by_text(QUESTION).wait_for()
    page.locator("a[data-open]").first.click()
    page.get_by_label("Your words").fill(ANSWER)
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Sam Doe").first.wait_for()
    _room(page, "Sandbox")
    page.get_by_text(ANSWER).wait_for()
