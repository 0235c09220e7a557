"""The sandbox on a phone and on a desk: one answers as the lead by a ready reply, and sees how it was read."""

import pytest

from engine.domain.access import Role
from tests.browser.conftest import DESKTOP, PHONE, PageAs
from tests.browser.pages import assert_accessible, assert_fits


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_ready_reply_is_read_at_once(page_as: PageAs, width: int) -> None:
    page = page_as(Role.OPERATOR, width=width, dark=width == DESKTOP)
    page.goto("/console/sandbox")
    page.locator("a[data-open]").first.click()

    page.get_by_text("Answer or act as the lead").first.click()
    page.get_by_role("button", name="Pas maintenant, après Pâques.").first.click()

    page.get_by_text("Read as not now").first.wait_for()
    assert_fits(page)
    assert_accessible(page)
