"""The frame around the rooms, on a phone and on a desk: it fits, can be reached by keys, and judges find nothing grave."""

import pytest

from engine.web.console.frame import ROOMS
from tests.browser.conftest import DESKTOP, PHONE, PageAs
from tests.browser.pages import assert_accessible, assert_fits


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("room", [address for address, _ in ROOMS])
def test_every_room_fits_and_is_accessible(page_as: PageAs, room: str, width: int) -> None:
    page = page_as(width=width, dark=width == PHONE)

    page.goto(room)

    assert_fits(page)
    assert_accessible(page)
