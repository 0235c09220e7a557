"""The reports: pictures that stand under the strict policy, tables beside them, and goals that are kept."""

from engine.domain.access import Role
from tests.browser.conftest import PHONE, PageAs
from tests.browser.pages import assert_accessible, assert_fits

LAST_MONTHS = "/console/reports?first=2026-02-01&last=2026-04-30"


def test_pictures_are_drawn_and_everything_fits_with_all_folds_open(page_as: PageAs) -> None:
    page = page_as(Role.VIEWER, width=PHONE, dark=True)

    page.goto(LAST_MONTHS)

    pictures = page.locator("img.chart")
    assert pictures.count() == 3
    drawn = "images => images.every(one => one.complete && one.naturalWidth > 0 && one.alt.length > 20)"
    assert pictures.evaluate_all(drawn)
    for fold in page.locator("main details summary").all():
        fold.click()
    assert_fits(page)
    assert_accessible(page)


def test_an_admin_sets_a_goal_by_keyboard(page_as: PageAs) -> None:
    page = page_as(Role.ADMIN)
    page.goto("/console/reports")

    page.get_by_text("Change the goals").press("Enter")
    page.get_by_label("Leads", exact=True).fill("40")
    page.get_by_label("Leads", exact=True).press("Enter")

    page.get_by_text("of 40").wait_for()
