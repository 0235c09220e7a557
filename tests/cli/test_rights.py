"""What a person may ask for, from the command line: their data as a file, and their data gone."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell


@pytest.fixture
def lead_id(shell: Shell) -> str:
    """Return a lead with a note."""
    added = shell.answer("lead", "add", "--email", "ann@seller.io", "--first-name", "Ann")
    shell.good("lead", "note", "ann@seller.io", "Likes the blue one")
    return str(added["id"] if "id" in added else added["lead_id"])


def test_a_person_gets_a_file_of_all_that_is_kept(shell: Shell, lead_id: str, tmp_path: Path) -> None:
    file = tmp_path / "ann.json"

    told = shell.answer("lead", "export", lead_id, "--out", str(file))

    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["notes"][0]["body"] == "Likes the blue one"
    assert told["rows"]["notes"] == 1
    assert "can't be written" in shell.refusal("lead", "export", lead_id, "--out", str(tmp_path / "no" / "where"))


def test_a_person_is_erased_and_told_what_stays(shell: Shell, lead_id: str) -> None:
    told = shell.good("lead", "erase", lead_id, "--yes")

    assert "suppressions" in told
    shown = shell.answer("lead", "show", lead_id)
    assert (shown["first_name"], shown["email"], shown["status"]) == ("", None, "lost")
    assert "no lead" in shell.refusal("lead", "show", "ann@seller.io")


def test_nothing_is_erased_without_a_yes(shell: Shell, lead_id: str) -> None:
    shell.refusal("lead", "erase", lead_id)

    assert shell.answer("lead", "show", lead_id)["first_name"] == "Ann"
