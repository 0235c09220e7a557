"""`message`: an operator's word on the command line."""

import pytest
from sqlalchemy import create_engine

from engine.store import tables as t
from tests.cli.conftest import Shell

NOBODYS = "019caf10-3180-7508-8000-000000000000"


@pytest.fixture
def message_id(shell: Shell) -> str:
    """Return a message that left, and of which nothing was heard."""
    shell.good(
        "lead", "add", "--email", "ann@example.com", "--country", "US", "--region", "NY",
        "--consent", "email", "--wording", "Yes, write to me", "--source", "web-form",
    )  # fmt: skip
    shell.good("work", "--once")
    [message] = shell.answers("log")
    engine = create_engine(f"sqlite:///{shell.folder / 'fifthtouch.db'}")
    with engine.begin() as connection:
        connection.execute(t.attempts.update().values(outcome="unknown"))
        connection.execute(t.messages.update().values(state="unknown", accepted_at=None, delivery="none"))
        connection.execute(t.provider_events.delete())
    engine.dispose()
    found: str = message["id"]
    return found


def test_it_arrived_settles_a_message_once(shell: Shell, message_id: str) -> None:
    assert shell.answer("message", "arrived", message_id, "--by", "rita") == {"id": message_id, "state": "accepted"}

    assert [row["state"] for row in shell.answers("log")] == ["accepted"]
    assert "it is accepted" in shell.refusal("message", "again", message_id)


def test_send_again_schedules_it_and_keeps_the_first_try_on_record(shell: Shell, message_id: str) -> None:
    shell.good("message", "again", message_id)

    assert [row["state"] for row in shell.answers("log")] == ["scheduled"]
    assert [row["outcome"] for row in shell.answer("why", message_id)["attempts"]] == ["overruled"]


@pytest.mark.parametrize("word", [NOBODYS, "nonsense"])
def test_a_message_that_is_not_there_is_told_as_such(shell: Shell, message_id: str, word: str) -> None:
    assert message_id != word

    assert "see `fifthtouch log`" in shell.refusal("message", "arrived", word)


@pytest.fixture
def failed_id(shell: Shell, message_id: str) -> str:
    """Return a message that its provider refused until its tries ended."""
    engine = create_engine(f"sqlite:///{shell.folder / 'fifthtouch.db'}")
    with engine.begin() as connection:
        connection.execute(t.attempts.update().values(outcome="refused", fault="configuration", detail="401"))
        connection.execute(t.messages.update().values(state="failed", reason="too_old"))
    engine.dispose()
    return message_id


def test_what_failed_is_listed_by_its_fault(shell: Shell, failed_id: str) -> None:
    one = shell.answer("message", "list", "--failed")

    assert (one["id"], one["fault"], one["replayable"], one["why_not"]) == (failed_id, "configuration", True, "")
    assert "configuration: 1" in shell.good("message", "list", "--failed")
    assert "Nothing failed" in shell.good("message", "list", "--failed", "--fault", "transient")
    assert "--failed" in shell.refusal("message", "list")


def test_a_dry_run_replays_nothing_and_a_replay_plans_it_anew(shell: Shell, failed_id: str) -> None:
    by_fault = ("message", "replay", "--fault", "configuration", "--since", "2020-01-01T00:00:00Z")
    assert shell.answer(*by_fault, "--dry-run") == {"id": failed_id, "replayed": False, "why_not": ""}
    assert shell.answer("log")["state"] == "failed"

    assert shell.answer(*by_fault, "--by", "rita") == {"id": failed_id, "replayed": True, "why_not": ""}

    assert (shell.answer("log")["state"], shell.answer("log")["reason"]) == ("scheduled", "replayed")
    assert shell.answers(*by_fault) == []
    assert "has failed" in shell.refusal("message", "replay", failed_id)


@pytest.mark.parametrize("words", [(), (NOBODYS, "--fault", "transient"), ("--fault", "transient"), ("hello",)])
def test_a_replay_without_a_clear_choice_is_refused(shell: Shell, words: tuple[str, ...]) -> None:
    shell.good("db", "upgrade")

    shell.refusal("message", "replay", *words)
