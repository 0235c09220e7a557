"""One business for the tests of this folder: starting one takes as long as all that is asked of it."""

from collections.abc import Iterator

import pytest

from tests.acceptance.production.shop import Shop, open_shop
from tests.servers import PostgresServer


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, redis_server: str
) -> Iterator[Shop]:
    """Return a business in production mode, live on the stand-in."""
    with open_shop(tmp_path_factory.mktemp("shop"), postgres_server, redis_server) as shop:
        yield shop
