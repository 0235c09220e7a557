"""The inbox in a browser, on a phone and on a desk: read, correct in one key, answer; nothing leads write does anything."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import assert_accessible, assert_fits


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_person_reads_and_answers(page_as: PageAs, house: House, width: int) -> None:
    page = page_as("operator", width=width, dark=width == PHONE)
    page.goto(f"/console/inbox/{house.lead_ids[0]}")
    said = f"We can come on Thursday, at a width of {width}."
    page.get_by_label("Your words").fill(said)
    page.get_by_role("button", name="Send", exact=True).click()

    page.locator(".bubble", has_text=said).wait_for()
    assert_fits(page)
    assert_accessible(page)


def test_one_key_says_what_a_reply_means(page_as: PageAs, house: House) -> None:
    page = page_as("operator")
    page.goto(f"/console/inbox/{house.lead_ids[12]}")

    page.locator(".theirs").last.focus()
    page.keyboard.press("l")

    # It had been read as a stop, which no person takes back.
    page.get_by_role("status").filter(has_text="only the lead can take it back").wait_for()
