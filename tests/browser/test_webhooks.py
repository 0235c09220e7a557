"""Webhooks in a browser: one is added and its secret shown, a test is sent and read in its log."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from channels.posting import MemoryPoster
from engine.flows.telling import tell_programs
from tests.browser.conftest import DESKTOP, PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import assert_accessible, assert_fits

ROOM = "/console/settings/webhooks"
LONG = "https://crm.example.com/hooks/of/a/program/that/nobody/could/name/shorter?key=" + "x" * 60


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_program_is_added_tested_and_told_again(own_house: House, page_as: PageAs, width: int) -> None:
    page = page_as("admin", width=width, dark=width == PHONE, house=own_house)
    page.goto(ROOM)
    expect(page.get_by_text("Nobody is told anything yet")).to_be_visible()

    page.get_by_role("textbox", name="Address").fill(LONG)
    page.get_by_label("What it is for").fill("the CRM")
    page.get_by_role("button", name="Add and show its secret").click()
    expect(page.get_by_text(re.compile("^whsec_"))).to_be_visible()
    assert_fits(page)
    assert_accessible(page)

    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text(re.compile("^whsec_"))).to_have_count(0)
    tell_programs(replace(own_house.kit, poster=MemoryPoster(status=410)))
    page.reload()
    expect(page.get_by_text("it said 410 Gone")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="webhook.test")
    row.get_by_text("Read").click()
    expect(row.get_by_text("endpoint_id")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)

    page.get_by_role("button", name="Tell it again").click()
    page.get_by_role("button", name="Send again: webhook.test").click()
    expect(page.get_by_role("status")).to_contain_text("on its way again")
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_role("row").filter(has_text="the CRM")).to_contain_text("12 types")
    assert_fits(page)
