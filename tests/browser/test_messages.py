"""The delivery log in a browser: it keeps itself current, leaves alone what one has in hand, and goes by keys."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import assert_accessible, assert_fits
from tests.web.scenes import arrive, work

LOG = "/console/messages"


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_new_message_appears_without_reloading(page_as: PageAs, house: House, width: int) -> None:
    page = page_as("operator", width=width)
    with page.expect_response(lambda answer: "/console/live" in answer.url):
        page.goto(LOG)
    page.evaluate("window.isTheSame = true")
    page.locator("[data-row]").first.wait_for()
    name = f"Newly{width}"

    arrive(house.kit, 9_000 + width, last_name=name)
    work(house.kit)

    page.locator("#log [data-row]", has_text=name).first.wait_for()
    assert page.evaluate("window.isTheSame") is True
    assert_fits(page)
    assert_accessible(page)


def test_what_is_typed_stays_while_the_log_moves_on(page_as: PageAs, house: House) -> None:
    page = page_as("operator")
    page.goto(f"{LOG}?channel=email")
    page.locator("#more").evaluate("fold => { fold.open = true; }")
    page.get_by_label("Name", exact=True).first.fill("Half a na")
    row = page.locator("#log [data-open]").first
    row.focus()
    before = row.get_attribute("href")

    arrive(house.kit, 9_777, last_name="Meanwhile")
    work(house.kit)
    page.locator("#log [data-row]", has_text="Meanwhile").first.wait_for()

    assert page.get_by_label("Name", exact=True).first.input_value() == "Half a na"
    assert page.evaluate("document.activeElement.getAttribute('href')") == before


def test_the_log_goes_by_keys(page_as: PageAs) -> None:
    page = page_as("viewer")
    page.goto(LOG)

    page.keyboard.press("?")
    assert "Search or filter" in page.get_by_role("dialog").inner_text()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LOG}/*-*")
    page.keyboard.press("l")
    page.wait_for_url("**/console/leads/*")


def test_a_message_fits_and_is_accessible_with_all_its_folds_open(page_as: PageAs, house: House) -> None:
    page = page_as(width=PHONE, dark=True)

    page.goto(f"{LOG}/{house.message(1)}")
    for fold in page.locator("details:not(.opener)").all():
        fold.evaluate("fold => { fold.open = true; }")

    assert_fits(page)
    assert_accessible(page)
