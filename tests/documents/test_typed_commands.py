"""Every command of the README, the tutorial, the how-tos and the explanations is typed as it stands there.

A page's commands run in order, in a folder of the page's own, on the embedded database (on PostgreSQL where the page
is about it), and must end well and say what the page shows, whatever the numbers and dates. What this can't do is
listed here, each with its reason.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner

from engine.cli.app import app
from tests.documents.desk import Desk, is_told
from tests.documents.pages import PAGES, Typed, blocks, typed

Told = TypeVar("Told")

WHOLE_CHECKS = "it reads every message in every way, for many seconds; tests/cli/test_checks.py and tests/content do"
COPIES = "it checks all that it copies, for many seconds; tests/cli/test_template_init.py tries it"
REAL_SERVER = "PostgreSQL's own program, against a server of the reader's"
THIS_MACHINE = "it would change this machine"
STAYS = "it stays; tests/running and tests/acceptance start it"

NOT_TYPED: dict[str, dict[str, str]] = {
    "README.md": {
        "make demo": "CI runs it by itself",
        "make test": "it would run itself",
        "make setup": "CI did it before this test could run",
        ".venv/bin/fifthtouch up": STAYS,
    },
    "docs/tutorial.md": {"make setup": "CI did it before this test could run", ".venv/bin/fifthtouch up": STAYS},
    "docs/cadences/README.md": {"fifthtouch simulate": "tests/content walks each sequence to its end"},
    "docs/how-to/alerts.md": {"fifthtouch alert test": "it would write to services elsewhere; tests/flows tries it"},
    "docs/how-to/back-up-and-restore.md": {"pg_": REAL_SERVER, "createdb": REAL_SERVER},
    "docs/how-to/change-a-running-sequence.md": {
        "fifthtouch sequence": "it shows a sequence of the reader's own; tests/cli/test_sequence_changes.py tries it"
    },
    "docs/how-to/failover.md": {"fifthtouch": "it wants the keys of real providers; tests/cli/test_live.py tries it"},
    "docs/how-to/make-it-yours.md": {
        "fifthtouch template init": COPIES,
        "fifthtouch template check": WHOLE_CHECKS,
        "fifthtouch sequence check": WHOLE_CHECKS,
        "fifthtouch simulate": "tests/content walks each sequence to its end",
        "grep": "it looks into what the command above makes",
    },
    "docs/reference/template-format.md": {"fifthtouch template init": COPIES},
    "docs/how-to/prove-your-domain.md": {"fifthtouch doctor": "it asks DNS; tests/cli/test_doctor_live.py tries it"},
    "docs/how-to/own-rules.md": {
        "fifthtouch attest": "the page's own rule asks for it, which its reader's settings name",
        "fifthtouch rulebook check": "it reads a file below /etc; tests/cli/test_rulebook.py tries it",
    },
    "docs/how-to/registries.md": {"fifthtouch emergency end": "the list above says its id, another each time"},
    "docs/how-to/rehearse.md": {
        "fifthtouch simulate five-days": "it takes minutes; tests/simulation rehearses",
        "fifthtouch simulate instant-answer --leads": "it takes many seconds; tests/cli/test_simulate.py rehearses",
    },
    "docs/how-to/run-in-production.md": {
        "sudo": THIS_MACHINE,
        "fifthtouch template check": WHOLE_CHECKS,
        "fifthtouch doctor": "it asks the real providers and DNS; tests/cli/test_doctor_live.py tries it",
        "fifthtouch live": "it wants the keys of real providers; tests/cli/test_live.py tries it",
    },
    "docs/how-to/simulate-faults.md": {"make dst": "it takes minutes; tests/dst lives a few of these lives"},
    "docs/how-to/try-with-the-stand-in.md": {
        "": "three terminals at once; tests/acceptance/test_standin.py goes this way, doors included"
    },
    "docs/how-to/upgrade.md": {
        "git": THIS_MACHINE,
        "make": THIS_MACHINE,
        "sudo": THIS_MACHINE,
        "fifthtouch up": STAYS,
        "fifthtouch template check": WHOLE_CHECKS,
        "fifthtouch doctor": "it asks the real providers and DNS; tests/cli/test_doctor_live.py tries it",
    },
    "docs/how-to/write-a-sequence.md": {
        "fifthtouch template check": WHOLE_CHECKS,
        "fifthtouch sequence": WHOLE_CHECKS,
        "fifthtouch simulate": "tests/content walks each sequence to its end",
    },
}
"""Commands that cannot run here, by how they begin, and why."""

ELSEWHERE = {"docs/how-to/send-leads-by-api.md": "tests/web/api/test_how_to.py"}
"""Pages whose commands another test types: this one needs one shell for all of it."""

FINDS: dict[str, dict[str, int]] = {"docs/how-to/import-consent.md": {"fifthtouch suppression check": 1}}
"""Commands that end with another code than 0 and should, by how they begin: they show what is wrong."""

BEFORE: dict[str, dict[str, str]] = {
    "docs/how-to/import-consent.md": {
        "old.csv": "address,kind,channel,basis,at,wording\nann@example.com,granted,email,express,2026-01-02,Write to me\n",
        "do-not-use.csv": "email\nben@example.com\n",
    },
    "docs/how-to/import-leads.md": {"leads.csv": "First name,Email\nBen,ben@example.com\n"},
    "docs/how-to/registries.md": {
        "dnc-2026-11-20.txt": "2125550190\n2125550191\n",
        "my-rules.yaml": "rules: []\n",
    },
    "docs/how-to/rehearse.md": {"rates.yaml": "like: typical\nopens: 0.3\n"},
}
"""Files that a page supposes its reader to have."""

FROM_THE_FIRST_LEAD = ("README.md", "docs/tutorial.md")
"""Pages that take Ann in; the others know her."""

NEW = "new"

PLACES = {"LEAD": "ann@example.com"}
"""Words that stand for the reader's own."""

SHELLS = {"sh", "bash", "shell"}
COMMANDS = ("fifthtouch ", ".venv/bin/fifthtouch ", "make ", "sudo ", "curl ")


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which Ann was answered, to copy, and in it one that does not know Ann yet."""
    folder = tmp_path_factory.mktemp("begun")
    given = {"FIFTHTOUCH_DATABASE_URL": f"sqlite:///{folder}/fifthtouch.db"}
    may = ("--country", "US", "--region", "NY", "--consent", "email", "--consent", "call", "--basis",
           "express_written", "--wording", "Yes, write to me", "--source", "web-form")  # fmt: skip
    _do(given, "lead", "add", "--email", "zoe@example.com", *may)
    shutil.copytree(folder, folder / NEW)
    _do(given, "lead", "add", "--email", "ann@example.com", "--phone", "+12125550101", "--first-name", "Ann", *may)
    _do(given, "work", "--once")
    return folder


@pytest.fixture
def desk(name: str, begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Return a desk in a folder of its own for the page *name*."""
    folder = tmp_path / "page"
    shutil.copytree(begun / NEW if name in FROM_THE_FIRST_LEAD else begun, folder, ignore=shutil.ignore_patterns(NEW))
    monkeypatch.chdir(folder)
    with ExitStack() as stack:
        yield Desk(folder, {}, stack)


@pytest.mark.parametrize("name", [name for name in PAGES if typed(PAGES[name]) and name not in ELSEWHERE])
def test_what_a_page_says_to_type_does_what_it_says(name: str, desk: Desk) -> None:
    for file, text in BEFORE.get(name, {}).items():
        (desk.folder / file).write_text(text, encoding="utf-8")

    for one in typed(PAGES[name]):
        if _entry(NOT_TYPED, name, one) is None:
            code, said = desk.type(_placed(one))
            where = f"{name}:{one.line}: {one.command}\n{said}"
            assert code == (_entry(FINDS, name, one) or 0), where
            assert is_told(one.shown, said) == [], where


@pytest.mark.parametrize("name", PAGES)
def test_commands_stand_in_blocks_that_are_typed(name: str) -> None:
    astray = [
        f"{name}:{block.line}: {line}"
        for block in blocks(PAGES[name])
        if block.language != "console"
        for line in block.text.splitlines()
        if block.language in SHELLS or line.startswith(COMMANDS)
    ]

    assert astray == []


def test_what_is_listed_here_stands_on_its_page() -> None:
    listed = [(name, start) for table in (NOT_TYPED, FINDS) for name, starts in table.items() for start in starts]

    gone = [one for one in listed if not any(is_it.command.startswith(one[1]) for is_it in typed(PAGES[one[0]]))]

    assert gone == []
    assert all(typed(PAGES[name]) for name in (*BEFORE, *ELSEWHERE))


def _do(given: Mapping[str, str], *words: str) -> None:
    done = CliRunner().invoke(app, list(words), env=given)
    assert done.exit_code == 0, done.output


def _entry(table: Mapping[str, Mapping[str, Told]], name: str, one: Typed) -> Told | None:
    return next((told for start, told in table.get(name, {}).items() if one.command.startswith(start)), None)


def _placed(one: Typed) -> Typed:
    command = one.command
    for word, value in PLACES.items():
        command = command.replace(word, value)
    return Typed(command=command, shown=one.shown, line=one.line)
