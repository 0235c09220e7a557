"""Every page of the console, as each role: it opens or is refused, it fits, and it offers nothing that its reader may not do.

The pages are read off the app, and strangers' words lie on them. Each page is seen on a phone and on a desk, by day and in
the dark, but not by everybody at each: the admin, who sees most, looks where the others don't.
"""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page

from engine.domain.access import RIGHTS, Right, Role
from engine.web.app import create_app
from tests.browser.conftest import DESKTOP, HEIGHT, PHONE, PageAs
from tests.browser.house import House
from tests.browser.pages import Watch, assert_accessible, assert_fits
from tests.browser.places import NO_PAGES, filled
from tests.browser.strangers import IS_MAIL, Planted, injected, plant
from tests.web.doors import Door, doors_of

OFFERED = """() => {
  const own = location.pathname + location.search;
  const forms = [...document.querySelectorAll("form")];
  const buttons = [...document.querySelectorAll("[formaction]")];
  return [
    ...forms.map((one) => [one.method.toUpperCase(), one.getAttribute("action") ?? own]),
    ...buttons.map((one) => ["POST", one.getAttribute("formaction")]),
    ...[...document.querySelectorAll("main a[href], nav a[href]")].map((one) => ["GET", one.getAttribute("href")]),
  ];
}"""
ALSO = {
    "/console/content/sequences/{name}": ["/console/content/sequences/five-days-then-weekly"],
    "/console/content/sequences/{name}/rehearsal": ["/console/content/sequences/instant-answer/rehearsal"],
    "/console/content/{channel}/{name}": ["/console/content/email/instant-answer"],
    "/console/consent/rules": ["/console/consent/rules?place=US-FL"],
    "/console/reports": ["/console/reports?first=2026-02-01&last=2026-04-30"],
    "/console/welcome/{token}": [],  # test_access opens one
    "/console/sign-in/code": [],
    "/console/sign-in": [],
}
"""Pages that are opened at an address of their own, or elsewhere."""


@pytest.fixture(scope="module")
def planted(house: House) -> Planted:
    """Return where the words of strangers lie in the house of this file."""
    return plant(house, create_app(house.kit, house.settings))


@pytest.fixture(scope="module")
def doors(house: House) -> list[Door]:
    """Return every route of the console."""
    return [door for door in doors_of(house.routes) if door.path.startswith("/console")]


def addresses_of(doors: list[Door], house: House, planted: Planted) -> Iterator[tuple[str, Door]]:
    """Yield the address of every page, and where it leads; once for each sample."""
    merge = f"/console/leads/{house.lead_ids[5]}/merge?with={house.lead_ids[6]}"
    also = {**ALSO, "/console/leads/{lead_id}/merge": [merge]}
    for door in sorted(doors, key=lambda one: one.path):
        if (
            "GET" in door.methods
            and not door.path.endswith(".csv")
            and (door.path in also or door.path not in NO_PAGES)
        ):
            for address in also[door.path] if door.path in also else filled(door.path, planted.samples):
                yield address, door


@pytest.mark.parametrize("role", Role)
def test_every_page_is_what_its_reader_may_see_and_do(
    page_as: PageAs, house: House, planted: Planted, doors: list[Door], watch: Watch, role: Role
) -> None:
    is_admin, rights = role is Role.ADMIN, RIGHTS[role]
    page = page_as(role, dark=not is_admin)
    addresses = list(addresses_of(doors, house, planted))
    assert len(addresses) > 35
    wrong: list[str] = []
    seen: set[str] = set()
    for place, (address, door) in enumerate(addresses):
        is_first = door.path not in seen
        if not (is_first or is_admin):
            continue
        seen.add(door.path)
        narrow_first = (place % 2 == 0) != is_admin
        _widen(page, PHONE if narrow_first else DESKTOP)
        response = page.goto(address, wait_until="domcontentloaded")
        assert response is not None
        may = door.rights <= rights
        assert response.status == (200 if may else 403), address
        wrong += [f"{address} offers {what}" for what in _beyond(page, doors, rights)]
        wrong += [f"{address}: {what}" for what in injected(page)] if is_admin else []
        if may and not address.endswith(IS_MAIL):
            least = next(one for one in Role if door.rights <= RIGHTS[one])
            _judge(page, is_judge=is_first and role in (least, Role.ADMIN))
            if least is Role.ADMIN and is_first:
                _widen(page, DESKTOP if narrow_first else PHONE)
                page.emulate_media(color_scheme="dark")
                _judge(page, is_judge=True)
                page.emulate_media(color_scheme="light")

    assert wrong == []
    if not is_admin:
        watch.forgive("403")


def _widen(page: Page, width: int) -> None:
    """Let *page* be *width* px wide."""
    page.set_viewport_size({"width": width, "height": HEIGHT})


def _judge(page: Page, *, is_judge: bool) -> None:
    """Fail where *page* does not fit; with *is_judge*, also for what the inspector finds."""
    assert_fits(page)
    if is_judge:
        assert_accessible(page)


def _beyond(page: Page, doors: list[Door], rights: frozenset[Right]) -> list[str]:
    """Return what *page* offers for which its reader lacks a right."""
    offered: list[list[str]] = page.evaluate(OFFERED)
    beyond = []
    for method, target in offered:
        path = urlsplit(urljoin(page.url, target)).path
        door = next((one for one in doors if method in one.methods and one.is_at(path)), None)
        if door is not None and not door.rights <= rights:
            beyond.append(f"{method} {path}")
        if door is None and method == "POST":
            beyond.append(f"{method} {path}, which nothing answers")
    return beyond
