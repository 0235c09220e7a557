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
from tests.documents.readers import lines_of_settings

OURS = ("fifthtouch", ".venv/bin/fifthtouch")
UP, STANDIN = "up", "standin"
USUAL_PORT = {UP: "8000", STANDIN: "8025"}
WAITING = ("--follow", "--open")  # one never ends, the other opens a browser
COMMAND_SECONDS_MAX = 120
SERVER_SECONDS_MAX = 120
READY = {UP: "Application startup complete", STANDIN: "Ctrl+C ends it"}
PORT = {
    UP: re.compile(r"http://127\.0\.0\.1:(\d+)/console"),
    STANDIN: re.compile(r"SENDGRID_URL=http://127\.0\.0\.1:(\d+)"),
}
CURL = 'curl() { command curl --no-progress-meter --fail-with-body "$@"; }'  # it calls no refusal an error by itself
BINARIES = Path(sys.executable).parent

# Numbers, ids and instants differ from day to day; what is said about them must not.
ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b")
CHANGING = re.compile(
    r"\b(?:[0-9a-f]{8,}(?:-[0-9a-f]+)*|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|[\d.:,+-]*\d"
)


class Desk:
    """Types commands as a reader would, and remembers which servers run."""

    def __init__(self, folder: Path, environment: dict[str, str], stack: ExitStack) -> None:
        self.folder = folder
        self.environment = environment
        self.of_the_shell: dict[str, str] = {}
        self.ports: dict[str, str] = {}
        self._last_said = ""
        self._stack = stack

    def type(self, typed: Typed) -> tuple[int, str]:
        """Return the exit code of a command and all that it said; `ID` is the first one that the last command told."""
        command = self._moved(typed.command.replace("\\\n", " "))
        if found := ID.search(self._last_said):
            command = re.sub(r"\bID\b", found[0], command)
        code, self._last_said = self._do(command)
        return code, self._last_said

    def _do(self, command: str) -> tuple[int, str]:
        words = shlex.split(command, comments=True)
        if words[0] in OURS and words[1] in USUAL_PORT and ">" not in words:
            return 0, self._serve(words[1:])
        if words[0] in OURS and not _needs_shell(command):
            done = CliRunner().invoke(app, [word for word in words[1:] if word not in WAITING], env=self.environment)
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            return done.exit_code, done.output
        return self._shell(command)

    def _shell(self, command: str) -> tuple[int, str]:
        found = {**self.environment, **self.of_the_shell}
        found["PATH"] = ":".join([*filter(None, [found.get("PATH")]), str(BINARIES), os.environ["PATH"]])
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{CURL}\n{command}"],
            cwd=self.folder, env=found, check=False, timeout=COMMAND_SECONDS_MAX,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _serve(self, words: list[str]) -> str:
        """Start a server on a free port, wait until it is there, and return what it said."""
        name = words[0]
        own = self.environment.setdefault("PORT", str(servers.free_port()))  # where `up` is; the stand-in calls it
        more = ("--port", own) if name == UP else ("--port-base", "0", "--pace", "0")
        said = self.folder / f"{name}.out"
        command = [BINARIES / "fifthtouch", *[word for word in words if word != "&"], *more]
        there = ["env", "-C", self.folder, *(f"{name}={value}" for name, value in self.environment.items())]
        self._stack.enter_context(servers.running(None, [*there, *command], said))
        servers.eventually(lambda: READY[name] in said.read_text(), within_seconds=SERVER_SECONDS_MAX)
        told = said.read_text()
        self.ports[USUAL_PORT[name]] = PORT[name].findall(told)[0]
        if name == STANDIN:  # its page asks for it
            (self.folder / ".env").write_text(lines_of_settings(told), encoding="utf-8")
        return told

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
