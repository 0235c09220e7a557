"""Today on a phone and on a desk: it fits, judges find nothing grave, who waits is counted on, and it stays current."""

from playwright.sync_api import expect

from channels.address import Channel
from engine.flows.steering import pause_channel, resume_channel
from tests.browser.conftest import PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import assert_fits


def test_who_waits_is_counted_on_by_the_second(own_house: House, page_as: PageAs) -> None:
    with own_house.kit.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE leads SET first_touch_at = NULL, status = 'new' WHERE id = ?", (own_house.lead_ids[-1],)
        )
    page = page_as("operator", house=own_house)
    page.goto("/console")
    waits = page.locator(f"#waits-{own_house.lead_ids[-1]} [data-since]")
    before = waits.inner_text()

    expect(waits).not_to_have_text(before)


def test_a_banner_stands_on_every_page_while_a_channel_rests(own_house: House, page_as: PageAs) -> None:
    page = page_as("viewer", house=own_house, width=PHONE)
    pause_channel(own_house.kit, Channel.SMS, by="ann", reason="a carrier filters")

    page.goto("/console/leads")
    expect(page.get_by_role("status").filter(has_text="a carrier filters")).to_be_visible()
    assert_fits(page)

    resume_channel(own_house.kit, Channel.SMS, by="ann")
    page.goto("/console/leads")
    expect(page.get_by_text("a carrier filters")).to_have_count(0)
