"""The pages leads open, on small phones, by day and night, in two languages, with a name that wishes us ill."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import HEIGHT, PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import assert_accessible, assert_fits

SMALL = 320
SAME_FOR_ALL = {"form": "/forms/contact", "thanks": "/forms/contact/thanks"}
BYTES_MAX = 20_000
BYTES = """() => performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
  .reduce((sum, one) => sum + one.decodedBodySize, 0)"""
HOSTILE, SPANISH = 22, 2
"""Places in the list of people."""


def paths(house: House, number: int) -> dict[str, str]:
    """Return the paths of every page that the lead at place *number* is led to."""
    links = house.kit.links(house.lead_ids[number])
    choices = urlsplit(links.preferences).path
    return {
        "choices": choices,
        "who": f"{choices}/who",
        "stop": urlsplit(links.unsubscribe).path,
        "confirm": urlsplit(links.confirm).path,
    }


@pytest.mark.parametrize("number", [HOSTILE, SPANISH], ids=["hostile", "spanish"])
def test_every_page_fits_is_accessible_and_light(page_as: PageAs, house: House, number: int) -> None:
    page = page_as(None, width=SMALL)

    for name, path in (paths(house, number) | (SAME_FOR_ALL if number == HOSTILE else {})).items():
        page.set_viewport_size({"width": SMALL, "height": HEIGHT})
        page.goto(path)

        assert_fits(page)
        assert_accessible(page)
        page.set_viewport_size({"width": PHONE, "height": HEIGHT})
        page.emulate_media(color_scheme="dark")
        assert_fits(page)
        if number == HOSTILE:
            assert_accessible(page)  # in the other language the colours are the same
        page.emulate_media(color_scheme="light")
        assert page.locator("h1").count() == 1
        assert page.locator("script").count() == 0
        assert page.evaluate(BYTES) < BYTES_MAX, name
        if number == SPANISH:
            assert page.locator("html").get_attribute("lang") == "es"


def test_a_stop_and_a_change_of_mind_need_no_script(page_as: PageAs, house: House) -> None:
    page = page_as(None, width=SMALL, script=False)
    page.goto(paths(house, 17)["stop"])
    assert_fits(page)

    page.get_by_role("button", name="Stop these emails").click()
    page.get_by_role("heading", name="Done. No more emails.").wait_for()
    page.get_by_role("button", name="may email me again").click()

    expect(page.get_by_role("status")).to_have_text("Alder & Finch may email you again.")
    page.get_by_role("link", name="Is this really you?").click()
    expect(page.locator("blockquote").last).to_have_text("Yes, Alder & Finch may email me again.")


def test_later_and_another_language_by_keys_alone(page_as: PageAs, house: House) -> None:
    page = page_as(None, width=PHONE)
    page.goto(paths(house, 18)["choices"])

    page.get_by_role("combobox", name="Language").focus()
    page.keyboard.press("E")
    page.keyboard.press("s")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Guardado.")
    page.get_by_role("button", name="Nada más").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hecho. No le escribimos más.")
    assert_accessible(page)
