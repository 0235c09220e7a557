"""The consent room on a phone and on a desk: facts open by keyboard, the gate answers, nothing overflows."""

from engine.domain.access import Role
from tests.browser.conftest import PageAs
from tests.browser.pages import assert_accessible

TABS = ("", "/ask", "/suppressions", "/rules?place=US-FL", "/lists", "/emergencies", "/attestations")


def test_the_gate_is_asked_by_keyboard(page_as: PageAs) -> None:
    page = page_as(Role.VIEWER)
    page.goto("/console/consent/ask")

    page.get_by_role("combobox", name="By", exact=True).select_option("sms")
    page.get_by_label("Or a country").fill("US")
    page.get_by_label("Or a country").press("Enter")

    page.get_by_role("status").filter(has_text="No.").wait_for()
    assert page.locator("tr.decisive").count() >= 1
    assert_accessible(page)
