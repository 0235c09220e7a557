"""The consent room on a phone and on a desk: facts open by keyboard, the gate answers, nothing overflows."""

import pytest

from engine.domain.access import Role
from tests.browser.conftest import DESKTOP, PHONE, PageAs
from tests.browser.pages import assert_accessible, assert_fits

TABS = ("", "/ask", "/suppressions", "/rules?place=US-FL", "/lists", "/emergencies", "/attestations")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_every_tab_fits_and_is_accessible(page_as: PageAs, width: int) -> None:
    page = page_as(width=width, dark=width == DESKTOP)

    for tab in TABS:
        page.goto(f"/console/consent{tab}")

        assert_fits(page)
        assert_accessible(page)


def test_the_gate_is_asked_by_keyboard(page_as: PageAs) -> None:
    page = page_as(Role.VIEWER)
    page.goto("/console/consent/ask")

    page.get_by_role("combobox", name="By", exact=True).select_option("sms")
    page.get_by_label("Or a country").fill("US")
    page.get_by_label("Or a country").press("Enter")

    page.get_by_role("status").filter(has_text="No.").wait_for()
    assert page.locator("tr.decisive").count() >= 1
    assert_accessible(page)


def test_a_viewer_sees_no_button_that_changes_anything(page_as: PageAs) -> None:
    page = page_as(Role.VIEWER)

    for tab, button in (("", "Verify"), ("/suppressions", "Stop using it"), ("/lists", "Take it in")):
        page.goto(f"/console/consent{tab}")

        assert page.get_by_role("button", name=button).count() == 0
