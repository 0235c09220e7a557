"""One browser for each process, a house for each file, and a fresh visitor for each test.

A file's tests share their house: what one of them changes, the others see, in any order. Take different leads for
different tests, or ask for `own_house`.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from engine.domain.access import Role
from tests.browser import house as houses
from tests.browser.house import House
from tests.browser.pages import LAUNCH, Watch, chromium
from tests.servers import skip_unless_ci

PHONE, DESKTOP = 390, 1280
HEIGHT = 844
WAIT_MS = 20_000  # for whatever should be there at once, on a machine with much to do
NAVIGATION_MS = 60_000  # the first page about content reads and checks every template

PageAs = Callable[..., Page]


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """Return a browser without a window.

    It lives as long as tests of this folder follow each other: its event loop would be in the way of others' loops.
    """
    where = chromium()
    if where is None:
        skip_unless_ci("chromium is not installed; scripts/install-services.sh says how")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return the database of a house in which people live, to copy, and their ids; all processes share one."""
    own = tmp_path_factory.getbasetemp()
    # One level up is this run's own folder only where pytest-xdist deals the tests out; else it is everybody's.
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "house"
    folder.mkdir(exist_ok=True)
    database, names = folder / "house.db", folder / "leads.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not names.exists():
            names.write_text(json.dumps(houses.build(f"sqlite:///{database}")), encoding="utf-8")
    return database, json.loads(names.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def house(built: tuple[Path, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return the house of this file."""
    with _copy_of(built, tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def own_house(built: tuple[Path, list[str]], tmp_path: Path) -> Iterator[House]:
    """Return a house of this test's own, to change as it likes; go there with `page_as(..., house=own_house)`."""
    with _copy_of(built, tmp_path) as house:
        yield house


@contextmanager
def _copy_of(built: tuple[Path, list[str]], folder: Path) -> Iterator[House]:
    template, lead_ids = built
    database = folder / "fifthtouch.db"
    shutil.copyfile(template, database)
    with houses.open_house(f"sqlite:///{database}", lead_ids) as house:
        yield house


@pytest.fixture
def watch(house: House) -> Iterator[Watch]:
    """Return what went wrong in the browsers of this test, which fails unless it is taken out."""
    watch = Watch(house.url)
    yield watch
    assert watch.troubles == []


@pytest.fixture
def page_as(chrome: Browser, house: House, watch: Watch) -> Iterator[PageAs]:
    """Return what opens a fresh browser, as in `page_as("operator", width=PHONE, dark=True).goto("/console/leads")`.

    The role None is a stranger; addresses are of the house. *script* False turns the pages' script off.
    """
    with ExitStack() as stack:

        def open_page(
            role: Role | str | None = Role.ADMIN,
            *,
            width: int = DESKTOP,
            dark: bool = False,
            script: bool = True,
            house: House = house,
        ) -> Page:
            watch.here = house.url
            context = stack.enter_context(
                chrome.new_context(
                    base_url=house.url,
                    viewport={"width": width, "height": HEIGHT},
                    color_scheme="dark" if dark else "light",
                    java_script_enabled=script,
                    reduced_motion="reduce",
                    has_touch=width < DESKTOP,
                    locale="en-US",
                    timezone_id="America/Los_Angeles",
                )
            )
            context.set_default_timeout(WAIT_MS)
            context.set_default_navigation_timeout(NAVIGATION_MS)
            watch.over(context)
            if role is not None:
                houses.sign_in(house, context, Role(role))
            return context.new_page()

        yield open_page
