"""`template check` and `sequence check` as a person and a program read them: findings, acceptances, exit codes."""

import json

import pytest

from tests.cli.conftest import Shell
from tests.content.builders import FILES, email

PLAN = "name: plan\nstages:\n  - {id: a, email: x}\n  - {id: b, email: x, after: 2 hours}\n"


@pytest.fixture
def folder(bare: Shell) -> Shell:
    """Return a shell in a folder with a small library: one good message, one with a warning, one with an error."""
    files = {**FILES, "email/x.md": email("Hi"), "email/loud.md": email("Hi!!"), "sequences/plan.yaml": PLAN}
    for name, text in {**files, "email/wrong.md": email("[Here](#).")}.items():
        bare.write(f"templates/{name}", text)
    return bare


def test_an_error_ends_with_one_and_each_finding_is_a_line_with_its_code(folder: Shell) -> None:
    done = folder.run("template", "check")

    assert done.exit_code == 1
    loud, wrong, counts = done.stdout.splitlines()
    assert loud.startswith("warning: email/loud.md:5: There are exclamation marks in a row.")
    assert loud.endswith("[exclamation-marks]")
    assert wrong.startswith("email/wrong.md:5: The link to # is a stand-in.")
    assert counts == "3 messages in templates: 1 error, 1 warning, 0 notes"


def test_a_message_is_checked_by_name_or_file(folder: Shell) -> None:
    assert folder.good("template", "check", "x") == "1 messages in templates: 0 errors, 0 warnings, 0 notes\n"
    assert "[exclamation-marks]" in folder.good("template", "check", "templates/email/loud.md")
    assert "Did you mean loud?" in folder.refusal("template", "check", "lowd")


def test_json_has_one_object_for_each_finding(folder: Shell) -> None:
    [finding] = folder.answers("template", "check", "loud")

    assert finding.pop("remedy")
    assert finding == {
        "code": "exclamation-marks", "severity": "warning", "file": "email/loud.md", "line": 5,
        "message": "There are exclamation marks in a row.", "accepted": "", "trades": [],
    }  # fmt: skip


def test_what_is_accepted_ends_well_and_is_shown_when_asked_for(folder: Shell) -> None:
    accepting = email("[Here](#).", accept="{link-placeholder: The page opens in May.}")
    folder.write("templates/email/wrong.md", accepting)

    assert folder.good("template", "check", "wrong").endswith("0 errors, 0 warnings, 0 notes, 1 accepted\n")
    shown = folder.good("template", "check", "wrong", "--all")
    [told] = folder.answers("template", "check", "wrong")

    assert "accepted: email/wrong.md:6: " in shown
    assert "Because: The page opens in May." in shown
    assert told["accepted"] == "The page opens in May."


def test_a_sequence_is_told_with_stage_rule_and_code(folder: Shell) -> None:
    [finding] = folder.answers("sequence", "check")

    assert (finding["code"], finding["line"], finding["file"]) == ("over-cap", 4, "sequences/plan.yaml")
    assert "sequences/plan.yaml: good, 2 stages" in folder.good("sequence", "check")


def test_leads_can_be_asked_about_only_where_there_are_some(folder: Shell) -> None:
    assert "there is no database" in folder.refusal("template", "check", "x", "--audience")
    assert folder.good("template", "check", "x", "--no-audience")


def test_the_leads_of_a_database_are_counted(folder: Shell) -> None:
    folder.write("templates/email/wrong.md", email("Hi {{ lead.first_name }}"))
    folder.run("sequence", "publish", "--accept-findings")
    folder.good("lead", "add", "--email", "ann@example.com")

    told = {
        one["code"]: one["message"] for one in map(_read, folder.run("template", "check", "--json").stdout.splitlines())
    }

    assert told["many-held"] == "1 of 1 leads have no first name, and the message would be held for them."


def _read(line: str) -> dict[str, str]:
    return {str(key): str(value) for key, value in json.loads(line).items()}
