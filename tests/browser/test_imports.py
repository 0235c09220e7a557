"""Imports in a browser: a file is looked at, taken in, read by row, and taken back."""

import re

import pytest
from playwright.sync_api import FilePayload, expect

from engine.store import tables as t
from tests.browser.conftest import DESKTOP, PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import assert_accessible, assert_fits
from tests.servers import eventually
from tests.web.scenes import rows_of

ROOM = "/console/leads/imports"
FILE = b"""Email,First name,A column of ours with a name as long as nobody should have to read on a telephone
new@example.com,<script>alert(1)</script>,7
nobody,Cay,9
"""


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_file_is_looked_at_taken_in_and_taken_back(own_house: House, page_as: PageAs, width: int) -> None:
    page = page_as("operator", width=width, dark=width == PHONE, house=own_house)
    page.goto(ROOM)

    file = FilePayload(name="people.csv", mimeType="text/csv", buffer=FILE)
    page.get_by_label("A CSV file with headers").set_input_files(files=[file])
    page.get_by_label("Where this list came from").fill("spring fair")
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("status").filter(has_text="1 lead can be taken in")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)

    page.get_by_role("button", name="Take 1 in").click()
    page.wait_for_url(re.compile("imports/[0-9a-f-]{36}$"))
    eventually(lambda: [run["state"] for run in rows_of(own_house.kit, t.imports)] == ["done"])
    page.reload()
    expect(page.get_by_text("All rows have their outcome")).to_be_visible()
    page.get_by_text("The row", exact=True).click()
    expect(page.get_by_role("definition").filter(has_text="nobody")).to_be_visible()
    with page.expect_download() as refused:
        page.get_by_role("link", name="Refused rows as CSV").click()
    assert b"Cay" in refused.value.path().read_bytes()
    assert_fits(page)
    assert_accessible(page)

    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Done: being taken back")).to_be_visible()
    eventually(lambda: [run["state"] for run in rows_of(own_house.kit, t.imports)] == ["undone"])
    page.goto(ROOM)
    expect(page.get_by_role("row").filter(has_text="spring fair")).to_contain_text("people.csv")
    assert_fits(page)
    assert_accessible(page)
