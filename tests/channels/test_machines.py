"""Who opens and who clicks: people, and the machines that stand between."""

from datetime import timedelta

import pytest

from channels.machines import SCAN_WITHIN, Visit, is_machine_click, is_machine_open

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
LATER = timedelta(hours=2)


def visit(agent: str, *, method: str = "GET", age: timedelta | None = LATER) -> Visit:
    """Return a visit by *agent*."""
    return Visit(method=method, headers={"user-agent": agent}, age=age)


@pytest.mark.parametrize("agent", [CHROME, IPHONE])
def test_a_browser_some_time_later_is_a_person(agent: str) -> None:
    assert not is_machine_click(visit(agent))
    assert not is_machine_open(visit(agent))


@pytest.mark.parametrize(
    "agent",
    ["", "curl/8.5.0", "python-requests/2.32", "Barracuda Sentinel (EE)", "Slackbot-LinkExpanding 1.0", "Mozilla/5.0"],
)
def test_a_program_is_a_machine(agent: str) -> None:
    assert is_machine_click(visit(agent))
    assert is_machine_open(visit(agent))


def test_a_mail_services_proxy_opens_in_a_readers_stead_but_follows_no_link() -> None:
    assert not is_machine_open(visit(GMAIL))
    assert is_machine_click(visit(GMAIL))


@pytest.mark.parametrize("agent", [CHROME, GMAIL])
@pytest.mark.parametrize("age", [None, timedelta(), SCAN_WITHIN - timedelta(milliseconds=1)])
def test_whoever_looks_before_anybody_could_read_is_a_machine(agent: str, age: timedelta | None) -> None:
    assert is_machine_open(visit(agent, age=age))
    assert is_machine_click(visit(agent, age=age))


def test_asking_for_the_head_alone_is_a_machines_way() -> None:
    assert is_machine_click(visit(CHROME, method="HEAD"))
    assert is_machine_open(visit(GMAIL, method="HEAD"))


@pytest.mark.parametrize(
    "header", [{"Sec-Purpose": "prefetch;prerender"}, {"X-Moz": "prefetch"}, {"Purpose": "preview"}]
)
def test_a_browser_that_looks_ahead_is_nobody_yet(header: dict[str, str]) -> None:
    assert is_machine_click(Visit(method="GET", headers={"User-Agent": CHROME, **header}, age=LATER))
