"""What strangers write does nothing: not on a public page, not in any export; test_roles looks at the console's pages.

Pages are read off the app, so new ones are opened too.
"""

import csv
import io

import pytest

from engine.web.app import create_app
from engine.web.exporting import FORMULA_STARTS
from tests.browser.conftest import PageAs
from tests.browser.house import House
from tests.browser.places import filled, pages_of
from tests.browser.strangers import ELSEWHERE, Planted, injected, plant


@pytest.fixture(scope="module")
def planted(house: House) -> Planted:
    """Return where the words of strangers lie in the house of this file."""
    return plant(house, create_app(house.kit, house.settings))


def test_no_public_page_does_what_a_stranger_wrote(page_as: PageAs, house: House, planted: Planted) -> None:
    page = page_as(None)
    pages = [path for path in sorted(set(pages_of(house.routes))) if not path.startswith("/console")]
    addresses = [one for path in pages for one in filled(path, planted.samples)]
    assert len(addresses) > 5
    said: list[str] = []
    for address in addresses:
        response = page.goto(address, wait_until="domcontentloaded")
        assert response is not None
        assert response.status < 400, address
        said += [f"{address}: {trouble}" for trouble in injected(page)]

    assert said == []


def test_no_export_holds_a_formula_or_markup_that_works(page_as: PageAs, house: House, planted: Planted) -> None:
    page = page_as("admin")
    program = {"Authorization": f"Bearer {planted.secret}"}
    files = [page.request.get(f"/api/v1/exports/{what}?format=csv", headers=program) for what in ("leads", "messages")]
    files += [page.request.get(one) for path in set(pages_of(house.routes)) if path.endswith(".csv")
              for one in filled(path, planted.samples)]  # fmt: skip

    held = 0
    for file in files:
        assert file.ok, file.url
        assert file.headers["content-type"].startswith("text/csv")
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["content-disposition"].startswith("attachment")
        cells = [cell for row in csv.reader(io.StringIO(file.text())) for cell in row]
        held += sum(ELSEWHERE in cell for cell in cells)
        assert [cell for cell in cells if cell.lstrip(" ").startswith(FORMULA_STARTS)] == [], file.url
    assert held > 2
