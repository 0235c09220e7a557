"""Forms in a browser: the HTML to paste works on a page of somebody's own, and what was held is decided by a person."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from engine.store import tables as t
from tests.browser.conftest import DESKTOP, PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import Watch, assert_accessible, assert_fits
from tests.web.scenes import rows_of

ROOM = "/console/leads/forms"
FORM = "/forms/contact"
TRAPPED = {
    "first_name": "Moss",
    "email": "moss@example.com",
    "note": "w" * 300,
    "homepage": "<script>alert(1)</script>",
}


def paste(page: Page, house: House, html: str) -> None:
    """Let *page* show a page of somebody's own site, with *html* on it."""
    site = f"{house.url}/our-page"
    page.route(
        site, lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=f"<h1>Ask us</h1>{html}")
    )
    page.goto(site)


def test_the_pasted_form_asks_who_was_too_quick_once_more_and_says_thank_you_there(
    own_house: House, page_as: PageAs, watch: Watch
) -> None:
    console = page_as("operator", house=own_house)
    console.goto(ROOM)
    html = console.get_by_label("HTML to paste").first.input_value()
    page = page_as(None, width=PHONE, house=own_house)
    with page.expect_response(re.compile("/shown$")):
        paste(page, own_house, html)

    page.get_by_label("First name").fill("Moss")
    page.get_by_label("Email").first.fill("moss@example.com")
    page.locator("[name=note]").fill("How much is it?")
    page.locator("[type=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("That was quick")
    watch.forgive("422")
    own_house.clock.move_to(own_house.clock.now() + timedelta(seconds=10))
    page.locator("[type=submit]").click()

    expect(page.get_by_role("status")).to_contain_text("Thank you")
    assert page.url.endswith("/our-page")
    assert [row["email"] for row in rows_of(own_house.kit, t.leads, email="moss@example.com")] == ["moss@example.com"]
    assert [row["state"] for row in rows_of(own_house.kit, t.form_suspects)] == ["came"]


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_what_was_held_is_read_and_taken_in(own_house: House, page_as: PageAs, width: int) -> None:
    page = page_as("operator", width=width, dark=width == PHONE, house=own_house)
    page.goto(ROOM)
    expect(page.get_by_text("Nothing is held")).to_be_visible()
    for note in ("a", "b"):
        assert page.request.post(FORM, form={**TRAPPED, "note": TRAPPED["note"] + note}).status == 422

    page.reload()
    held = page.get_by_role("article")
    expect(held).to_have_count(2)
    assert_fits(page)
    assert_accessible(page)
    held.first.get_by_role("button", name="Throw it away").click()
    expect(held).to_have_count(1)
    held.get_by_role("button", name="take it in").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Moss")
    assert sorted(row["state"] for row in rows_of(own_house.kit, t.form_suspects)) == ["real", "spam"]
