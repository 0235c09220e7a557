"""How long guessing waits, and where a browser may be sent after signing in."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.signing_in import FREE_TRIES, HOME, IDLE, VISIT, WAIT_MAX, is_over, network_of, safe_next, wait_after

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(st.integers(0, 10_000))
def test_waits_grow_and_end_at_the_longest(failures: int) -> None:
    wait, next_wait = wait_after(failures), wait_after(failures + 1)

    assert timedelta(0) <= wait <= next_wait <= WAIT_MAX
    assert (wait == timedelta(0)) == (failures < FREE_TRIES)


@given(st.text())
def test_nobody_is_sent_to_another_site(wanted: str) -> None:
    place = urlsplit(urljoin("https://us.example/console/sign-in", safe_next(wanted)))

    assert (place.scheme, place.netloc) == ("https", "us.example")
    assert place.path == HOME or place.path.startswith(f"{HOME}/")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/console/messages?state=held", "/console/messages?state=held"), ("/console", "/console"), ("", HOME),
        ("//evil.example", HOME), ("/\\evil.example", HOME), ("https://evil.example/console", HOME),
        ("/console\\@evil.example", HOME), ("/consoles", HOME), ("/console/\n/evil", HOME), ("/api/v1/leads", HOME),
    ],
)  # fmt: skip
def test_only_places_of_the_console_are_gone_on_to(wanted: str, expected: str) -> None:
    assert safe_next(wanted) == expected


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"), ("unknown", "unknown"),
    ],
)  # fmt: skip
def test_guesses_are_counted_by_what_one_host_can_roam_in(client: str, expected: str) -> None:
    assert network_of(client) == expected


@pytest.mark.parametrize(
    ("idle", "left", "expected"),
    [
        (timedelta(0), VISIT, False), (IDLE - timedelta(seconds=1), VISIT, False), (IDLE, VISIT, True),
        (timedelta(0), timedelta(0), True),
    ],
)  # fmt: skip
def test_a_visit_ends_by_idleness_or_by_age(idle: timedelta, left: timedelta, expected: bool) -> None:  # noqa: FBT001
    assert is_over(seen_at=NOON - idle, expires_at=NOON + left, now=NOON) == expected
