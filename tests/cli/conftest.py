"""A folder of its own for each test, and the command line to run in it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.bootstrap import World, prepare
from engine.cli.app import app
from engine.clock import SystemClock
from engine.ids import SystemIds
from engine.journal import MemoryJournal
from engine.settings import Settings


class Shell:
    """Runs commands as a user types them, in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, stdin: str | bytes | None = None) -> Result:
        """Return what came of a command."""
        return CliRunner().invoke(app, list(words), input=stdin)

    def good(self, *words: str, stdin: str | bytes | None = None) -> str:
        """Return what a command printed that must succeed."""
        done = self.run(*words, stdin=stdin)
        assert done.exit_code == 0, (done.stdout, done.stderr, done.exception)
        return done.stdout

    def answers(self, *words: str, stdin: str | bytes | None = None) -> list[Any]:
        """Return the JSON lines of a command that must succeed."""
        return [json.loads(line) for line in self.good(*words, "--json", stdin=stdin).splitlines()]

    def answer(self, *words: str) -> Any:
        """Return the one JSON line of a command that must succeed."""
        [one] = self.answers(*words)
        return one

    def refusal(self, *words: str, code: int = 2) -> str:
        """Return the one message with which a command must refuse, having printed nothing else."""
        done = self.run(*words)
        assert done.exit_code == code, (done.stdout, done.stderr, done.exception)
        assert done.stdout == ""
        return done.stderr

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file and return its name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder to copy, in which the first command of all has made the database and taken the shipped content in."""
    folder = tmp_path_factory.mktemp("begun")
    settings = Settings(database_url=f"sqlite:///{folder}/fifthtouch.db")
    world = World(clock=SystemClock(), ids=SystemIds(), journal=MemoryJournal(), journals=None)
    prepare(settings, world).database.close()
    return folder


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Return a shell in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def shell(bare: Shell, begun: Path) -> Shell:
    """Return a shell where a command was run before: the first one of all takes seconds."""
    shutil.copytree(begun, bare.folder, dirs_exist_ok=True)
    return bare
