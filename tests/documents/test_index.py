"""The index leads to every page that somebody might look for."""

from pathlib import PurePosixPath

import pytest

from tests.documents.pages import PAGES

INDEX = "docs/index.md"
FOLDERS = ("docs/how-to", "docs/reference", "docs/explanation")
SOUGHT = [name for name in PAGES if name == "docs/tutorial.md" or name.startswith(FOLDERS)]


@pytest.mark.parametrize("name", SOUGHT)
def test_the_index_leads_to_every_page(name: str) -> None:
    assert f"({PurePosixPath(name).relative_to('docs')})" in PAGES[INDEX]
