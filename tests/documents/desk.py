"""A desk at which somebody types what a page says, in a folder of the page's own.

Commands of ours run in this process, which saves a second each; whatever needs a shell gets one, and servers get a
process of their own on a free port.
"""

import os
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from typer.testing import CliRunner

from engine.cli.app import app
from tests import servers
from tests.documents.pages import Typed

OURS = ("fifthtouch", ".venv/bin/fifthtouch")
SERVERS = {"up": ("8000", ()), "standin": ("8025", ("--seed", "documents"))}
WAITING = ("--follow", "--open")  # one never ends, the other opens a browser
COMMAND_SECONDS_MAX = 120
BINARIES = Path(sys.executable).parent

# Numbers, ids and instants differ from day to day; what is said about them must not.
CHANGING = re.compile(
    r"\b(?:[0-9a-f]{8,}(?:-[0-9a-f]+)*|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|[\d.:,+-]*\d"
)


class Desk:
    """Types commands as a reader would, and remembers which servers run."""

    def __init__(self, folder: Path, environment: dict[str, str], stack: ExitStack) -> None:
        self.folder = folder
        self.environment = environment
        self.ports: dict[str, str] = {}
        self._stack = stack

    def type(self, typed: Typed) -> tuple[int, str]:
        """Return the exit code of a command and all that it said."""
        command = self._moved(typed.command.replace("\\\n", " "))
        words = shlex.split(command, comments=True)
        if words[0] in OURS and words[1] in SERVERS and ">" not in words:
            self._serve(words[1:])
            return 0, ""
        if words[0] in OURS and not _needs_shell(command):
            done = CliRunner().invoke(app, [word for word in words[1:] if word not in WAITING], env=self.environment)
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            return done.exit_code, done.output
        return self._shell(command)

    def _shell(self, command: str) -> tuple[int, str]:
        found = {**self.environment, "PATH": f"{self.environment.get('PATH', '')}:{BINARIES}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder, env=found, check=False, timeout=COMMAND_SECONDS_MAX,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _serve(self, words: list[str]) -> None:
        usual, more = SERVERS[words[0]]
        port = str(servers.free_port())
        self.ports[usual] = port
        said = self.folder / f"{words[0]}.out"
        command = [BINARIES / "fifthtouch", *[word for word in words if word != "&"], "--port", port, *more]
        there = ["env", "-C", self.folder, *(f"{name}={value}" for name, value in self.environment.items())]
        self._stack.enter_context(servers.running(None, [*there, *command], said))
        servers.eventually(lambda: servers.accepts(int(port)), within_seconds=30)

    def _moved(self, command: str) -> str:
        for usual, port in self.ports.items():
            command = command.replace(f":{usual}", f":{port}")
        return command


def is_told(shown: tuple[str, ...], said: str) -> list[str]:
    """Return the shown lines that aren't among what was said, in that order, whatever the numbers and dates."""
    told = [_constant(line) for line in said.splitlines()]
    missing = []
    for line in shown:
        wanted = _constant(line)
        if wanted in ("", "..."):
            continue
        if wanted in told:
            told = told[told.index(wanted) + 1 :]
        elif not (wanted.endswith("...") and any(one.startswith(wanted.removesuffix("...")) for one in told)):
            missing.append(line)
    return missing


def _constant(line: str) -> str:
    return re.sub(r"\s+", " ", CHANGING.sub("#", line)).strip()


def _needs_shell(command: str) -> bool:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return any(word.strip("();<>|&") == "" or "$" in word for word in lexer if word)
