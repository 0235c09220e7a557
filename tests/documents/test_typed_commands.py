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

import psycopg
import pytest
from typer.testing import CliRunner

from engine.cli.app import app
from tests.documents.desk import Desk, is_told
from tests.documents.pages import PAGES, Typed, blocks, typed
from tests.documents.readers import (
    CHANGED,
    KEYED,
    SECRET,
    WALKED,
    rules_of,
    somebody_to_tell,
    write_course,
    write_small_content,
)
from tests.servers import PostgresServer, eventually, newest_postgres
from tests.shared import REPOSITORY

Told = TypeVar("Told")

THIS_MACHINE = "it would change this machine"
OF_POSTGRES = "it asks for the machine's own PostgreSQL"

NOT_TYPED: dict[str, dict[str, str]] = {
    "README.md": {
        "make setup": "CI did it before this test could run",
        "make demo": "half a year of hundreds of leads; tests/acceptance/test_processes.py lets two live some days of it",
    },
    "docs/how-to/run-in-production.md": {
        "sudo -u postgres": OF_POSTGRES,
        "sudo": THIS_MACHINE,
        "fifthtouch doctor": "with keys it asks DNS; tests/cli/test_doctor_live.py asks a name server of its own",
    },
    "docs/how-to/simulate-faults.md": {
        "make dst SEEDS=1000": "it takes an hour; the third command does the same for one seed"
    },
    "docs/how-to/upgrade.md": {"git": THIS_MACHINE, "make": THIS_MACHINE, "sudo": THIS_MACHINE},
}
"""Commands that cannot run here, by how they begin, and why."""

ELSEWHERE: dict[str, dict[str, tuple[str, str]]] = {
    "README.md": {
        "make test": (".ci/run", "make test"),
        ".venv/bin/fifthtouch up": ("tests/browser/test_tutorial.py", "docs/tutorial.md"),
    },
    "docs/tutorial.md": {"": ("tests/browser/test_tutorial.py", "docs/tutorial.md")},
    "docs/how-to/send-leads-by-api.md": {"": ("tests/web/api/test_how_to.py", "docs/how-to/send-leads-by-api.md")},
}
"""Commands that CI types elsewhere, by how they begin: in which file, and what stands there."""

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
    "docs/how-to/rehearse.md": {
        "rates.yaml": "like: typical\nopens: 0.3\n",
        "leads.csv": "First name,Email,Country\nBen,ben@example.com,US\n",
    },
    "docs/how-to/own-rules.md": {"rules.yaml": rules_of("docs/how-to/own-rules.md")},
}
"""Files that a page supposes its reader to have."""

OWN_CONTENT = (
    "docs/how-to/prove-your-domain.md",
    "docs/how-to/rehearse.md",
    "docs/how-to/run-in-production.md",
    "docs/how-to/try-with-the-stand-in.md",
    "docs/how-to/upgrade.md",
    "docs/how-to/write-a-sequence.md",
)
"""Pages whose reader has a folder of content: here a small one, since the shipped one takes seconds to check."""

FROM_NOTHING = ("docs/how-to/change-a-running-sequence.md", "docs/how-to/run-in-production.md")
"""Pages that begin without a database."""

SETTINGS: dict[str, dict[str, str]] = {
    "docs/how-to/failover.md": {**KEYED, "SMTP_URL": "smtp://user:password@127.0.0.1:9"},
    "docs/how-to/own-rules.md": {"FIFTHTOUCH_RULEBOOK": "rules.yaml"},
    "docs/how-to/run-in-production.md": {**KEYED, "FIFTHTOUCH_SECRET_KEY": SECRET},
}
"""What a page says to set."""

MEANWHILE: dict[str, dict[str, tuple[str, ...]]] = {
    "docs/how-to/run-in-production.md": {
        "fifthtouch live status": ("fifthtouch sender add hello@example.com --channel email --provider sendgrid",)
    }
}
"""What the parts that would run have done before a command."""

UNTIL: dict[str, dict[str, str]] = {
    "docs/how-to/try-with-the-stand-in.md": {"curl http://127.0.0.1:8025/standin/account": '"ask+ann@example.com"'}
}
"""What a command says sooner or later, after what servers did."""

FROM_THE_FIRST_LEAD = ("README.md",)
"""Pages that take Ann in; the others know her."""

OWN_TESTS = (
    "docs/how-to/alerts.md",
    "docs/how-to/back-up-and-restore.md",
    "docs/how-to/change-a-running-sequence.md",
)
"""Pages that want more than files and settings."""

NEW = "new"

PLACES = {
    "LEAD": "ann@example.com",
    "/etc/fifthtouch/rules.yaml": "rules.yaml",
    "make dst": f"make -C {REPOSITORY} dst",
}
"""Words that stand for the reader's own."""

SHELLS = {"sh", "bash", "shell"}
COMMANDS = ("fifthtouch ", ".venv/bin/fifthtouch ", "make ", "sudo ", "curl ")


def _entry(table: Mapping[str, Mapping[str, Told]], name: str, one: Typed) -> Told | None:
    return next((told for start, told in table.get(name, {}).items() if one.command.startswith(start)), None)


def _to_type(name: str) -> list[Typed]:
    return [one for one in typed(PAGES[name]) if not (_entry(NOT_TYPED, name, one) or _entry(ELSEWHERE, name, one))]


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
    if name in FROM_NOTHING:
        folder.mkdir()
    else:
        source = begun / NEW if name in FROM_THE_FIRST_LEAD else begun
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(NEW))
    if name in OWN_CONTENT:
        write_small_content(folder)
    for file, text in BEFORE.get(name, {}).items():
        (folder / file).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    with ExitStack() as stack:
        yield Desk(folder, dict(SETTINGS.get(name, {})), stack)


@pytest.mark.parametrize("name", [name for name in PAGES if name not in OWN_TESTS and _to_type(name)])
def test_what_a_page_says_to_type_does_what_it_says(name: str, desk: Desk) -> None:
    _type_all(name, desk)


@pytest.mark.parametrize("name", ["docs/how-to/alerts.md"])
def test_somebody_is_told(name: str, desk: Desk) -> None:
    with somebody_to_tell() as address:
        desk.environment["FIFTHTOUCH_ALERT_URLS"] = address
        _type_all(name, desk)


@pytest.mark.parametrize("name", ["docs/how-to/change-a-running-sequence.md"])
def test_a_sequence_changes_under_those_who_walk_it(name: str, desk: Desk) -> None:
    write_course(desk.folder, WALKED)
    _do({}, "sequence", "publish", "--accept-findings")
    for who in ("ann", "bo"):
        _do({}, "lead", "add", "--email", f"{who}@example.com", "--country", "US")
        _do({}, "enroll", f"{who}@example.com", "course")
        if who == "ann":
            _do({}, "work", "--once")
    write_course(desk.folder, CHANGED)

    _type_all(name, desk)


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["docs/how-to/back-up-and-restore.md"])
def test_what_was_backed_up_is_restored(name: str, desk: Desk, postgres_server: PostgresServer) -> None:
    server, secret = postgres_server, {"FIFTHTOUCH_SECRET_KEY": SECRET}
    programs = newest_postgres()
    assert programs is not None
    here = f"postgresql://postgres@127.0.0.1:{server.port}"
    kept = server.create_database()
    at_first = {"DATABASE_URL": f"{here}/{kept.rsplit('/', 1)[1]}"}
    _do({**at_first, **secret}, "db", "upgrade")
    with psycopg.connect(f"{here}/postgres", autocommit=True) as connection:
        connection.execute("CREATE ROLE fifthtouch")
    desk.of_the_shell = {
        **at_first, "RESTORED_URL": f"{here}/fifthtouch_restored",
        "PATH": str(programs), "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres",
    }  # fmt: skip
    try:
        for one in _to_type(name):
            _type(name, desk, one)
            if one.command.startswith("pg_restore"):
                desk.environment |= {"DATABASE_URL": f"{here}/fifthtouch_restored", **secret}
    finally:
        for database in (kept, f"{here}/fifthtouch_restored"):
            server.drop_database(database)
        with psycopg.connect(f"{here}/postgres", autocommit=True) as connection:
            connection.execute("DROP ROLE fifthtouch")


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
    tables: tuple[Mapping[str, Mapping[str, object]], ...] = (NOT_TYPED, ELSEWHERE, FINDS, MEANWHILE, UNTIL)
    listed = [(name, start) for table in tables for name, starts in table.items() for start in starts]

    gone = [one for one in listed if not any(is_it.command.startswith(one[1]) for is_it in typed(PAGES[one[0]]))]

    assert gone == []
    assert all(typed(PAGES[name]) for name in (*BEFORE, *OWN_CONTENT, *FROM_NOTHING, *SETTINGS, *OWN_TESTS))


def test_what_ci_types_elsewhere_stands_there() -> None:
    told = [where for starts in ELSEWHERE.values() for where in starts.values()]

    assert [(file, said) for file, said in told if said not in (REPOSITORY / file).read_text(encoding="utf-8")] == []


def _do(given: Mapping[str, str], *words: str) -> None:
    done = CliRunner().invoke(app, list(words), env=given)
    assert done.exit_code == 0, done.output


def _type_all(name: str, desk: Desk) -> None:
    for one in _to_type(name):
        _type(name, desk, one)


def _type(name: str, desk: Desk, one: Typed) -> None:
    for command in _entry(MEANWHILE, name, one) or ():
        assert desk.type(Typed(command=command, shown=(), line=0))[0] == 0, command
    if wanted := _entry(UNTIL, name, one):
        eventually(lambda: wanted in desk.type(_placed(one))[1], within_seconds=30)
    code, said = desk.type(_placed(one))
    where = f"{name}:{one.line}: {one.command}\n{said}"
    assert code == (_entry(FINDS, name, one) or 0), where
    assert is_told(one.shown, said) == [], where


def _placed(one: Typed) -> Typed:
    command = one.command
    for word, value in PLACES.items():
        command = command.replace(word, value)
    return Typed(command=command, shown=one.shown, line=one.line)
