"""Take the pictures of the console that the documentation shows: python scripts/console_shots.py [--to FOLDER] [room ...].

They show the house of the browser tests, where invented people live; without names of rooms, every room is taken.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import structlog
from playwright.sync_api import Browser, Page, sync_playwright

from engine.domain.access import Role
from engine.web.console.frame import ROOMS
from tests.browser import house as houses
from tests.browser.house import House
from tests.browser.pages import LAUNCH, chromium

REPOSITORY = Path(__file__).resolve().parent.parent
DESKTOP, PHONE = (1280, 860), (390, 780)
DARK = ("Today", "Messages", "Tasks")
"""The rooms that are shown in the dark, too."""

QUALITY_PERCENT = 72
TIMEOUT_MS = 120_000  # the first page about content reads and checks every file


def main() -> int:
    """Write the pictures; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("rooms", nargs="*", help="names of rooms, or addresses such as /console/leads")
    asked.add_argument("--to", type=Path, default=REPOSITORY / "docs" / "images", help="the folder of the pictures")
    wanted = asked.parse_args()
    where = chromium()
    if where is None:
        sys.stderr.write("Chromium is needed: scripts/install-services.sh says how.\n")
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    rooms = {name: address for address, name in ROOMS if not wanted.rooms or name in wanted.rooms}
    rooms |= {one.strip("/").replace("/", "-"): one for one in wanted.rooms if one.startswith("/")}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/fifthtouch.db"
        lead_ids = houses.build(url, kindly=True)
        with houses.open_house(url, lead_ids) as house:
            browser = playwright.chromium.launch(executable_path=where, args=LAUNCH)
            for name, address in rooms.items():
                _take(browser, house, address, wanted.to / f"console-{name.lower()}")
                for scheme in ("dark",) if name in DARK else ():
                    _take(browser, house, address, wanted.to / f"console-{name.lower()}-{scheme}", dark=True)
            browser.close()
    return 0


def _take(browser: Browser, house: House, address: str, file: Path, *, dark: bool = False) -> None:
    """Write the picture of a desk and of a phone."""
    for kind, (width, height), scale in (("", DESKTOP, 1), ("-phone", PHONE, 1.5)):
        context = browser.new_context(
            base_url=house.url,
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            color_scheme="dark" if dark else "light",
            locale="en-US",
            timezone_id="America/Los_Angeles",
        )
        houses.sign_in(house, context, Role.ADMIN)
        context.set_default_timeout(TIMEOUT_MS)
        page: Page = context.new_page()
        page.goto(address)
        page.screenshot(path=f"{file}{kind}.webp", type="webp", quality=QUALITY_PERCENT)
        context.close()


if __name__ == "__main__":
    sys.exit(main())
