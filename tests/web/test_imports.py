"""Files brought to the console: looked at first, taken in row by row, refused rows handed back, and all of it taken back."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from engine.domain.access import Role
from engine.flows.import_runs import FileRun, import_file
from engine.flows.kit import Kit
from engine.leadfile import read
from engine.store import tables as t
from engine.web.console.imports import LINES_MAX
from engine.web.console.uploads import BYTES_MAX
from tests.servers import eventually
from tests.web.embedded import settings
from tests.web.scenes import rows_of

__all__ = ["settings"]

ROOM = "/console/leads/imports"
HOSTILE = b"""Email,First name,Shoe size
ann@example.com,<script>alert(1)</script>,7
"=HYPERLINK(""http://evil.example"")",+Cay,9
"""


def bring(browser: TestClient, data: bytes, name: str = "people.csv", **asked: str) -> str:
    """Bring a file; return the page that shows it."""
    answer = browser.post(ROOM, files={"file": (name, data)}, data=asked)
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def page(kit: Kit) -> str:
    """Return the page of a file that was taken in."""
    run = FileRun(name="people.csv", data=HOSTILE, source="fair", by="maren")
    return f"{ROOM}/{import_file(kit, run, read(HOSTILE)).import_id}"


def test_a_file_is_looked_at_first_and_then_taken_in(browser: TestClient, kit: Kit) -> None:
    shown = bring(browser, HOSTILE, source="spring fair")
    assert "1 lead can be taken in" in shown
    assert "<script>alert" not in shown
    assert re.search(r"Shoe size</td><td[^>]*><span[^>]*>nothing", shown)
    assert rows_of(kit, t.leads) == []

    [token] = re.findall(r"imports/files/([0-9a-f]{32})", shown)
    taken = browser.post(f"{ROOM}/files/{token}", follow_redirects=False)
    eventually(lambda: [row["state"] for row in rows_of(kit, t.imports)] == ["done"])

    assert "1 of 1" not in browser.get(taken.headers["location"]).text
    [run] = rows_of(kit, t.imports)
    assert (run["by"], run["options"]["source"]) == ("admin", "spring fair")
    assert browser.post(f"{ROOM}/files/{token}").status_code == 404
    assert "taken in before" in bring(browser, HOSTILE)


def test_the_report_is_read_by_row_and_refused_rows_are_handed_back_inert(browser: TestClient, page: str) -> None:
    report = browser.get(page, params={"outcome": "refused"})
    file = browser.get(f"{page}/refused.csv")

    assert "left out" in report.text
    assert "its page" not in report.text
    [row] = csv.DictReader(io.StringIO(file.text))
    assert row["Email"] == '\'=HYPERLINK("http://evil.example")'
    assert row["First name"] == "'+Cay"
    assert (row["line"], bool(row["reason"]), bool(row["remedy"])) == ("3", True, True)
    assert "attachment" in file.headers["content-disposition"]
    assert [row["line"] for row in browser.get(page, params={"format": "json"}).json()["rows"]] == [2, 3]


def test_an_import_is_taken_back(browser: TestClient, kit: Kit, page: str) -> None:
    browser.post(f"{page}/undo")
    eventually(lambda: rows_of(kit, t.imports)[0]["state"] == "undone")

    assert "1 of its leads gone, 0 kept" in browser.get(page).text
    assert rows_of(kit, t.leads)[0]["erased_at"] is not None


def test_a_long_file_is_read_to_its_end(browser: TestClient) -> None:
    filler = b"Ann,".ljust(1_000, b"x") + b"\n"
    data = b"First name,Note,Email\n" + filler * 2_100 + b"Cay,last,cay@example.com\n"

    assert "cay@example.com" in bring(browser, data)


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"x" * (BYTES_MAX + 1), 413), (b"x" * (BYTES_MAX + 200_000), 413), (b"\n" * (LINES_MAX + 1), 413), (None, 400)],
)
def test_what_is_too_large_or_no_file_is_refused(browser: TestClient, data: bytes | None, status: int) -> None:
    files = {"file": ("a.csv", data)} if data is not None else {"other": ("", b"")}

    assert browser.post(ROOM, files=files).status_code == status


def test_a_file_that_holds_nothing_usable_says_so(browser: TestClient) -> None:
    shown = bring(browser, b"\x89PNG\r\n\x1a\n", name="picture.csv")

    assert "This is a picture" in shown
    assert "files/" not in shown


def test_who_may_only_look_can_take_nothing_in_or_out(signed_in: Callable[[Role], TestClient], page: str) -> None:
    viewer = signed_in(Role.VIEWER)

    assert viewer.get(ROOM).status_code == 200
    assert "Take it back" not in viewer.get(page).text
    assert viewer.get(f"{page}/refused.csv").status_code == 403
    assert viewer.post(ROOM, files={"file": ("a.csv", b"Email\n")}).status_code == 403
    assert viewer.post(f"{page}/undo").status_code == 403
