"""`incident` and `alert` on the command line, and what `doctor` says of them."""

import pytest
from sqlalchemy import create_engine

from engine.clock import SystemClock
from engine.store import tables as t
from tests.channels.test_alarm import board_server
from tests.cli.conftest import Shell

KNOWN = "019caf10-3180-7508-8000-000000000001"
NOBODYS = "019caf10-3180-7508-8000-000000000000"


@pytest.fixture
def broken(shell: Shell) -> Shell:
    """Return a shell beside an installation with one open incident."""
    shell.good("lead", "add", "--email", "ann@example.com", "--country", "US", "--source", "web-form")
    now = SystemClock().now()
    row = {
        "id": KNOWN, "kind": "ledger_broken", "subject": "ledger", "detail": "the chain does not hold", "opened_at": now,
        "last_at": now, "count": 2, "told_at": None, "closed_at": None,
    }  # fmt: skip
    engine = create_engine(f"sqlite:///{shell.folder / 'fifthtouch.db'}")
    with engine.begin() as connection:
        connection.execute(t.incidents.insert().values(**row))
    engine.dispose()
    return shell


def test_an_incident_is_listed_until_somebody_closes_it(broken: Shell) -> None:
    [listed] = broken.answers("incident", "list", "--open")
    assert (listed["id"], listed["kind"], listed["count"]) == (KNOWN, "ledger_broken", 2)
    assert "the chain does not hold" in broken.good("incident", "list")

    assert broken.answer("incident", "close", KNOWN, "--by", "ann") == {"id": KNOWN, "closed": True}
    assert broken.answer("incident", "close", KNOWN) == {"id": KNOWN, "closed": False}

    assert broken.answers("incident", "list", "--open") == []
    assert [one["closed_at"] is not None for one in broken.answers("incident", "list")] == [True]


@pytest.mark.parametrize("word", [NOBODYS, "nonsense"])
def test_an_incident_that_is_not_there_is_told_as_such(broken: Shell, word: str) -> None:
    assert "see `fifthtouch incident list`" in broken.refusal("incident", "close", word)


def test_doctor_names_what_is_open_and_who_is_told(broken: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTHTOUCH_ALERT_URLS", "json://user:s3cret@127.0.0.1:9/")
    done = broken.run("doctor")

    assert "WRONG  incidents: 1 open: the chain does not hold" in done.stdout
    assert "alerts: JSON (address 1)" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


def test_a_test_message_reaches_every_place(broken: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with board_server() as (url, board):
        monkeypatch.setenv("FIFTHTOUCH_ALERT_URLS", url)
        assert broken.answer("alert", "test") == {"places": ["JSON (address 1)"], "failed": []}
        board.status = 500
        assert broken.run("alert", "test").exit_code == 1

    assert [one["title"] for one in board.heard] == ["Fifth Touch: a test"] * 2


def test_without_a_place_there_is_nothing_to_test(broken: Shell) -> None:
    assert "FIFTHTOUCH_ALERT_URLS" in broken.refusal("alert", "test")


def test_an_address_that_cannot_be_read_stops_nothing_else(broken: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTHTOUCH_ALERT_URLS", "nonsense://s3cret")

    assert broken.answers("incident", "list", "--open")
    told = broken.refusal("alert", "test")
    assert "address 1 of 1" in told
    assert "s3cret" not in told
