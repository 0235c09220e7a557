"""What carries requests in these tests: a transport as it is used, and one that soon gives up."""

from collections.abc import Iterator

import pytest

from channels.transport import Timeouts, Transport

QUICK = Timeouts(connect_seconds=2, silence_seconds=0.3, total_seconds=3)


@pytest.fixture
def transport() -> Iterator[Transport]:
    """Return a transport, closed after the test."""
    made = Transport()
    yield made
    made.close()


@pytest.fixture
def impatient() -> Iterator[Transport]:
    """Return a transport that soon gives up a far end that says nothing, closed after the test."""
    made = Transport(timeouts=QUICK)
    yield made
    made.close()
