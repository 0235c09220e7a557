"""The leads room in a browser, on a phone and on a desk: find, look after, edit, and compare before joining."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import assert_fits


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_lead_is_found_looked_after_and_edited(page_as: PageAs, house: House, width: int) -> None:
    page = page_as("operator", width=width, dark=width == PHONE)
    lead = f"/console/leads/{house.lead_ids[3]}"
    page.goto(lead)

    page.get_by_label("Note", exact=False).first.fill(f"Seen at {width}")
    page.get_by_role("button", name="Keep the note").click()
    page.locator(".timeline .note", has_text=f"Seen at {width}").wait_for()
    page.goto(f"{lead}/edit")
    page.get_by_label("Company").fill(f"Alder {width}")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("status").filter(has_text="hanged").wait_for()
    page.goto(f"/console/leads?beginning={width}")
    assert page.locator("tbody tr").count() == 1
    assert_fits(page)


def test_two_leads_are_compared_before_anything_is_joined(page_as: PageAs, house: House) -> None:
    page = page_as("operator", width=PHONE)

    page.goto(f"/console/leads/{house.lead_ids[5]}/merge?with={house.lead_ids[6]}")

    page.get_by_role("button", name="Join them").click()
    assert "/merge" in page.url  # nobody ticked that they are one person
