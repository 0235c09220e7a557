"""The same fixtures on the embedded database only, for what no database has a say in."""

from collections.abc import Iterator

import pytest

from engine.settings import Settings
from tests.servers import SqliteFolder
from tests.web.conftest import settings_for


@pytest.fixture
def settings(sqlite_folder: SqliteFolder, embedded_template: str) -> Iterator[Settings]:
    """Return settings for a published embedded database of this test's own."""
    url = sqlite_folder.create_database(embedded_template)
    yield settings_for(url)
    sqlite_folder.drop_database(url)
