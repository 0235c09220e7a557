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
