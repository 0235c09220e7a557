"""What is stopped, the senders and the brand in a browser: paused and resumed, confirmed before all sending stops."""

from playwright.sync_api import expect

from engine.store import pauses
from tests.browser.conftest import PHONE, PageAs
from tests.browser.house import House

PAGES = (
    "/console/settings/sending",
    "/console/settings/sending/switch",
    "/console/settings/senders",
    "/console/settings/brand",
)


def test_a_channel_rests_and_goes_on_by_its_buttons(own_house: House, page_as: PageAs) -> None:
    page = page_as("operator", width=PHONE, house=own_house)
    page.goto("/console/settings/sending")

    form = page.locator("form", has=page.get_by_role("button", name="Pause this channel"))
    form.get_by_label("Channel").select_option("voicemail")
    form.get_by_label("Why").fill("the recording is wrong")
    form.get_by_role("button").click()

    expect(page.get_by_text("the recording is wrong").last).to_be_visible()
    page.get_by_role("button", name="Resume").first.click()
    expect(page.get_by_text("the recording is wrong")).to_have_count(0)


def test_the_switch_is_turned_only_after_it_said_what_it_does(own_house: House, page_as: PageAs) -> None:
    page = page_as("operator", house=own_house)
    page.goto("/console/settings/sending")

    page.get_by_role("link", name="Stop all sending").click()
    expect(page.get_by_text("Nothing leaves any more")).to_be_visible()
    page.get_by_role("button", name="Stop all sending").click()

    expect(page.get_by_role("heading", name="All sending is stopped")).to_be_visible()
    with own_house.kit.database.read() as connection:
        assert pauses.everywhere(connection).is_sending_stopped
