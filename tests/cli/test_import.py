"""`lead import`: shown first, taken in once, stops honoured, and one shape for whatever is wrong."""

import json
import os
from typing import Any

import pytest

from tests.cli.conftest import Shell

PEOPLE = """\
First name,Email,Phone,Country,Unsubscribed,Do not call
Ann,ann@example.com,+12125550101,US,,
Bob,bob@example.com,+12125550102,US,yes,
Cay,cay@example.com,,US,yes,
Dee,,+12125550104,US,,yes
"""


def test_a_dry_run_shows_what_is_there_and_touches_nothing(bare: Shell) -> None:
    file = bare.write("people.csv", PEOPLE)

    [shown] = bare.answers("lead", "import", file, "--dry-run")

    assert [row["email"] for row in shown["rows"]] == ["ann@example.com", "bob@example.com", "cay@example.com", None]
    assert [row["suppress_email"] for row in shown["rows"]] == [False, True, True, False]
    assert not (bare.folder / "fifthtouch.db").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"Email,Name\n", b"Colour,Size\nred,4\n", bytes(range(256)) * 4, b"\0" * 500, b"\x89PNG\r\n\x1a\n\0\0\0"],
    ids=["empty", "header only", "no address column", "binary", "zeros", "a picture"],
)
def test_a_file_without_usable_rows_says_why(shell: Shell, content: bytes) -> None:
    done = shell.run("lead", "import", shell.write("bad.csv", content), "--dry-run", "--json")

    shown = _only_line(done.stdout)
    assert done.exit_code == 2
    assert shown["rows"] == []
    assert all(error["problem"] and error["remedy"] for error in shown["errors"])
    assert shown["errors"]


def test_what_cannot_be_opened_has_the_same_shape(shell: Shell) -> None:
    os.mkfifo(shell.folder / "pipe")

    for name in ("missing.csv", ".", "pipe", "nul\0.csv"):
        done = shell.run("lead", "import", name, "--dry-run", "--json")

        assert (done.exit_code, _only_line(done.stdout)["rows"]) == (2, [])


def test_leads_are_taken_in_once_with_their_stops_and_a_next_step(shell: Shell) -> None:
    file = shell.write("people.csv", PEOPLE)

    [first] = shell.answers("lead", "import", file)
    [second] = shell.answers("lead", "import", file)

    assert (first["created"], first["suppressed"], second["created"], second["matched"]) == (4, 3, 0, 4)
    assert _gate(shell, "bob@example.com", "email")["rule"] == "HOUSE-SUPPRESSED"
    assert _gate(shell, "+12125550104", "call")["rule"] == "HOUSE-SUPPRESSED"
    assert _gate(shell, "+12125550104", "voicemail")["rule"] == "HOUSE-SUPPRESSED"
    assert _gate(shell, "ann@example.com", "email")["rule"] != "HOUSE-SUPPRESSED"
    assert shell.answer("audit")["forgotten"] == 0


def test_permission_is_never_made_up(shell: Shell) -> None:
    shell.good("lead", "import", shell.write("in.csv", "Email,Phone,SMS opt in\nann@example.com,+12125550101,yes\n"))

    assert shell.answer("consent", "show", "ann@example.com")["facts"] == []


def test_who_stopped_every_way_to_be_reached_enters_nothing(shell: Shell) -> None:
    shell.good("lead", "import", shell.write("people.csv", PEOPLE))

    cay = shell.answer("lead", "show", "cay@example.com")

    assert (cay["status"], cay["enrollments"]) == ("lost", [])


def test_a_list_never_enters_the_first_lane(shell: Shell) -> None:
    shell.good("lead", "import", shell.write("people.csv", PEOPLE), "--source", "spring fair")
    shell.good("work", "--once")

    [message] = shell.answers("log", "--lead", "ann@example.com")
    assert shell.answer("why", message["id"])["message"]["lane"] == "main"
    assert shell.answer("lead", "show", "ann@example.com")["custom"]["origin"] == "spring fair"


def test_an_unknown_sequence_takes_nobody_in(shell: Shell) -> None:
    file = shell.write("people.csv", PEOPLE)

    assert "there is no sequence 'nope'" in shell.refusal("lead", "import", file, "--sequence", "nope")

    assert shell.answer("audit")["leads"] == 0


def test_leads_may_enter_a_sequence_by_name(shell: Shell) -> None:
    [report] = shell.answers("lead", "import", shell.write("in.csv", PEOPLE), "--sequence", "long-term-nurture")

    assert (report["entered"], report["assigned"]) == (3, 0)
    [walk] = shell.answer("lead", "show", "ann@example.com")["enrollments"]
    assert walk["sequence"] == "long-term-nurture"


def _gate(shell: Shell, lead: str, channel: str) -> Any:
    return shell.answer("gate", "explain", "--lead", lead, "--channel", channel)


def _only_line(text: str) -> Any:
    [line] = text.splitlines()
    return json.loads(line)
