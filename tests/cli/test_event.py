"""`event`: what was set aside, and another try."""

import zlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine

from engine.store import tables as t
from tests.cli.conftest import Shell

NOBODYS = "019caf10-3180-7508-8000-000000000000"
ITS = "019caf10-3180-7508-8000-000000000001"


@pytest.fixture
def payload_id(shell: Shell) -> str:
    """Return a callback that could not be read when it came."""
    shell.good("db", "upgrade")
    row = {
        "id": ITS,
        "created_at": datetime(2026, 3, 1, tzinfo=UTC),
        "provider": "twilio",
        "callback": "status",
        "problem": "No.",
    }
    body = zlib.compress(b"MessageSid=SM1&MessageStatus=delivered&To=%2B12125550101")
    engine = create_engine(f"sqlite:///{shell.folder / 'fifthtouch.db'}")
    with engine.begin() as connection:
        connection.execute(t.provider_payloads.insert().values(**row, headers={":path": "/x"}, body=body))
    engine.dispose()
    return ITS


def test_what_was_set_aside_is_listed_and_heard_again_once(shell: Shell, payload_id: str) -> None:
    one = shell.answer("event", "list", "--problem")
    assert (one["id"], one["is_callback"], one["provider"], one["problem"]) == (payload_id, True, "twilio", "No.")
    assert "callback" in shell.good("event", "list", "--problem")
    since = ("event", "replay", "--since", "2020-01-01T00:00:00Z")
    assert shell.answer(*since, "--dry-run") == {"id": payload_id, "replayed": False, "why_not": ""}

    assert shell.answer(*since) == {"id": payload_id, "replayed": True, "why_not": ""}

    assert shell.answers(*since) == []
    assert "Nothing was set aside" in shell.good("event", "list", "--problem")
    assert "was not set aside" in shell.refusal("event", "replay", payload_id)


@pytest.mark.parametrize(
    "words", [("list",), ("replay",), ("replay", NOBODYS, "--since", "2020-01-01T00:00:00Z"), ("replay", "hello")]
)
def test_a_question_without_a_clear_choice_is_refused(shell: Shell, words: tuple[str, ...]) -> None:
    shell.good("db", "upgrade")

    shell.refusal("event", *words)


@pytest.fixture
def ann(shell: Shell) -> str:
    """Return the address of a lead."""
    shell.good("lead", "add", "--email", "ann@example.com", "--country", "US", "--zone", "America/New_York")
    return "ann@example.com"


def test_an_appointment_is_told_moved_and_called_off(shell: Shell, ann: str) -> None:
    told = shell.answer("event", "tell", ann, "booked", "--at", "2035-03-05T14:00:00-05:00")

    assert told["name"] == "booked"
    assert shell.answer("lead", "show", ann)["custom"] == {"appointment": "2035-03-05T14:00:00-05:00"}
    assert "on record" in shell.good("event", "tell", ann, "moved", "--at", "2035-03-06")
    assert shell.answer("lead", "show", ann)["custom"] == {"appointment": "2035-03-06"}
    shell.good("event", "tell", ann, "called-off", "--no-date")
    assert shell.answer("lead", "show", ann)["custom"] == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("booked", "--at", "soon"), "cannot read the date"),
        (("booked", "--at", "2035-03-05", "--no-date"), "--at or --no-date"),
        (("booked", "--date", "moon=2035-03-05"), "no sequence goes by a date 'moon'"),
        (("booked", "--date", "moon"), "cannot read 'moon'"),
        (("booked", "--when", "2035-03-05"), "not happened yet"),
        (("Booked",), "can't be a name"),
        (("opted_out",), "can't be told from outside"),
    ],
)
def test_what_cannot_be_told_is_refused(shell: Shell, ann: str, words: tuple[str, ...], said: str) -> None:
    assert said in shell.refusal("event", "tell", ann, *words)
