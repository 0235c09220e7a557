"""The small tools against what others measured, by the command itself."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from channels.address import Channel
from tests.cli.conftest import Shell
from tests.shared import shared_file

COMMAND = Path(sys.executable).parent / "fifthtouch"


def lines_of(*words: str, stdin: Sequence[str]) -> list[Any]:
    """Return the JSON lines the command writes for the JSON strings of *stdin*."""
    given = "".join(json.dumps(text) + "\n" for text in stdin)
    done = subprocess.run([COMMAND, *words, "--json", "-"], input=given, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("smart", [False, True], ids=["as written", "smart"])
def test_segments_agree_with_the_providers_own_counter(*, smart: bool) -> None:
    vectors = json.loads(shared_file("vectors/sms_segments.json").read_text("utf-8"))["vectors"]
    rows = [row for row in vectors if row["smart_encoding"] is smart]

    answers = lines_of("segments", *(["--smart"] if smart else []), stdin=[row["text"] for row in rows])

    compared = ("encoding", "segments", "characters", "code_units", "message_bits", "total_bits", "effective_text")
    assert [{name: row[name] for name in compared} for row in rows] == [
        {name: answer[name] for name in compared} for answer in answers
    ]


def test_the_leads_files_of_other_programs_are_read() -> None:
    files = json.loads(shared_file("vectors/imports/expected.json").read_text("utf-8"))
    for one in files:
        path = str(shared_file(f"vectors/imports/{one['file']}"))
        done = subprocess.run(
            [COMMAND, "lead", "import", path, "--dry-run", "--json"], capture_output=True, text=True, check=True
        )

        rows = json.loads(done.stdout)["rows"]

        names = ("email", "phone_e164", "suppress_email", "suppress_sms", "suppress_voice")
        assert [[row.get(name) for name in names] for row in rows] == [
            [row.get(name) for name in names] for row in one["expected"]
        ]


def test_business_days_fall_where_they_should(shell: Shell) -> None:
    rows = json.loads(shared_file("vectors/business_day_vectors.json").read_text("utf-8"))
    wrong = [
        row
        for row in rows
        if not row["ambiguous"]
        and shell.answer(
            "when", "--country", row["calendar"], "--from", row["start"],
            "--after", f"{row['add_business_days']} business days",
        )["date"] != row["expect"]
    ]  # fmt: skip

    assert wrong == []


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICEMAIL, Channel.CALL])
def test_the_federal_hours_hold_in_every_zone(shell: Shell, channel: Channel) -> None:
    rows = json.loads(shared_file("vectors/quiet_hours_vectors.json").read_text("utf-8"))
    wrong = []
    for row in rows:
        words = ("--channel", channel, "--country", "US", "--zone", row["zone"], "--at", row["utc"])
        rules = {rule["id"]: rule["answer"] for rule in shell.answer("gate", "explain", *words)["rules"]}
        if (rules["US-TCPA-HOURS"] == "allow") is not row["tcpa_8_to_21_allowed"]:
            wrong.append(row)

    assert wrong == []
