"""`simulate` with many leads: invented, of a file, or the installation's own; tables for people and one JSON object."""

import pytest

from tests.cli.conftest import Shell
from tests.content.builders import library
from tests.flows.content import FILES

PLAN = """\
name: plan
stages:
  - {id: hello, email: hello}
  - {id: text, sms: hi, after: 1 day}
  - {id: news, email: news, after: 1 day}
"""
FIELDS = {
    "answered", "behaviour", "from", "held", "holds", "refused", "sequence", "stopped", "summary", "texts", "to",
    "touches", "untexted", "volume",
}  # fmt: skip
ASKED = ("simulate", "plan", "--days", "6", "--from", "2026-03-02T15:00:00Z")


@pytest.fixture
def small(bare: Shell) -> Shell:
    """Return a shell in a folder whose templates are few."""
    library(bare.folder / "templates", {**FILES, "sequences/plan.yaml": PLAN})
    return bare


def test_the_answer_has_every_documented_field(small: Shell) -> None:
    told = small.answer(*ASKED, "--leads", "5", "--segment-cents", "2")

    assert set(told) == FIELDS
    assert told["texts"]["cost_cents"] == told["texts"]["segments"] * 2 > 0
    assert told["from"] == "2026-03-02T15:00:00+00:00"
    assert {touch["sequence"] for touch in told["touches"]} == {"plan"}


def test_a_person_reads_tables_and_that_nothing_was_sent(small: Shell) -> None:
    told = small.good(*ASKED, "--leads", "5")

    assert "plan/hello" in told
    assert "limit" in told
    assert "Nothing was sent, and nothing kept." in told
    assert sorted(one.name for one in small.folder.iterdir()) == ["templates"]


def test_rates_of_a_file_are_used(small: Shell) -> None:
    small.write("rates.yaml", "like: silent\n")

    told = small.answer(*ASKED, "--leads", "5", "--behaviour", "rates.yaml")

    assert (told["behaviour"], told["answered"], told["stopped"]) == ("rates.yaml", 0, 0)


def test_the_leads_of_a_file_are_nobody_elses(small: Shell) -> None:
    small.write("leads.csv", "first_name,email,country\nAda,ada@example.com,US\n")

    told = small.answer(*ASKED, "--leads", "leads.csv")

    assert told["summary"]["leads"] == 1
    assert {touch["to"] for touch in told["touches"]} == {"ada@example.com"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--leads", "0"), "from 1 to"),
        (("--leads", "nothing.csv"), "no lead that can be used"),
        (("--leads", "2", "--behaviour", "rude"), "silent, typical, eager, weary"),
        (("--leads", "2", "--behaviour", "none.yaml"), "none.yaml"),
        (("--real",), "there is no database"),
        (("--real", "--leads", "leads.csv"), "own leads"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_rehearsed_is_named(small: Shell, words: tuple[str, ...], said: str) -> None:
    done = small.run(*ASKED, *words)

    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""
