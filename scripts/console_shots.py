"""Take the pictures of the console that the documentation shows: python scripts/console_shots.py [--to FOLDER] [room ...].

They show the house of the browser tests, where invented people live. With names of rooms, or addresses such as
/console/leads, these are taken instead, on a desk and on a phone, by day and in the dark.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import structlog
from playwright.sync_api import Browser, Page, sync_playwright

from engine.domain.access import Role
from engine.store import tables as t
from engine.web.console.frame import ROOMS
from tests.browser import house as houses
from tests.browser.house import House
from tests.browser.pages import LAUNCH, chromium
from tests.web.signing import session_for

REPOSITORY = Path(__file__).resolve().parent.parent
DESKTOP, PHONE = (1280, 860), (390, 780)
SHOWN = (
    ("today", "/console", ""), ("today", "/console", "phone"),
    ("inbox", "/console/inbox", ""),
    ("tasks", "/console/tasks?kind=call", ""), ("tasks", "/console/tasks?kind=call", "phone"),
    ("leads", "/console/leads", ""), ("lead", "/console/leads/{lead}", ""),
    ("messages", "/console/messages", ""), ("messages", "/console/messages", "dark"),
    ("reports", "/console/reports", ""),
)  # fmt: skip
"""The pictures of the documentation: name, address, and what is not as on a desk by day."""

ALL_WAYS = ("", "phone", "dark", "dark-phone")
SHOWN_LEAD = 1
"""Whose page is shown, by their place in the list of people: somebody who opened, and answered."""

QUALITY_PERCENT = 72
TIMEOUT_MS = 120_000  # the first page about content reads and checks every file


def main() -> int:
    """Write the pictures; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("rooms", nargs="*", help="names of rooms or addresses, in place of the documentation's pictures")
    asked.add_argument("--to", type=Path, default=REPOSITORY / "docs" / "images", help="the folder of the pictures")
    wanted = asked.parse_args()
    where = chromium()
    if where is None:
        sys.stderr.write("Chromium is needed: scripts/install-services.sh says how.\n")
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    rooms = {name: address for address, name in ROOMS if name in wanted.rooms}
    rooms |= {one.strip("/").replace("/", "-"): one for one in wanted.rooms if one.startswith("/")}
    asked_for = [(name.lower(), address, way) for name, address in rooms.items() for way in ALL_WAYS]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/fifthtouch.db"
        lead_ids = houses.build(url, kindly=True)
        with houses.open_house(url, lead_ids) as house:
            _name_admin(house, "Maren Holt")
            browser = playwright.chromium.launch(executable_path=where, args=LAUNCH)
            for name, address, way in asked_for or SHOWN:
                file = wanted.to / ("-".join(part for part in ("console", name, way) if part) + ".webp")
                _take(browser, house, address.format(lead=lead_ids[SHOWN_LEAD]), file, way)
            browser.close()
    return 0


def _name_admin(house: House, name: str) -> None:
    """Give whoever is signed in the *name* of a person."""
    session_for(house.kit, Role.ADMIN)
    with house.kit.database.write() as connection:
        connection.execute(t.users.update().where(t.users.c.id == Role.ADMIN).values(name=name))


def _take(browser: Browser, house: House, address: str, file: Path, way: str) -> None:
    """Write the picture of *address* to *file*; *way* says "phone", "dark" or both."""
    (width, height), scale = (PHONE, 1.5) if "phone" in way else (DESKTOP, 1)
    context = browser.new_context(
        base_url=house.url,
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="dark" if "dark" in way else "light",
        locale="en-US",
        timezone_id="America/Los_Angeles",
    )
    houses.sign_in(house, context, Role.ADMIN)
    context.set_default_timeout(TIMEOUT_MS)
    page: Page = context.new_page()
    page.goto(address)
    page.screenshot(path=file, type="webp", quality=QUALITY_PERCENT)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
