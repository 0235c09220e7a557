"""Reads pages of documentation: their fenced blocks, what is typed in them, and commands named in the text."""

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.shared import REPOSITORY

PAGES = {
    path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8")
    for path in [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
}
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE
)
SPAN = re.compile(r"(?<!`)`(fifthtouch [^`]+)`(?!`)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command as a page shows it, and the lines that the page shows below it."""

    command: str
    shown: tuple[str, ...]
    line: int

    def words(self) -> list[str]:
        """Return its words as a shell takes them, without a comment."""
        return shlex.split(self.command.replace("\\\n", " "), comments=True)


def page_name(path: Path) -> str:
    """Return how the tests call a page: its path in the repository."""
    return path.relative_to(REPOSITORY).as_posix()


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page's text, in order."""
    return [
        Block(
            language=found["language"],
            text=textwrap.dedent(found["text"]),
            line=page.count("\n", 0, found.start()) + 1,
        )
        for found in FENCE.finditer(page)
    ]


def typed(page: str) -> list[Typed]:
    """Return what stands after each `$` of a page's `console` blocks, in order."""
    return [one for block in blocks(page) if block.language == "console" for one in _typed_in(block)]


def spans(page: str) -> list[str]:
    """Return the commands that a page names within its text."""
    return [re.sub(r"\s+", " ", found) for found in SPAN.findall(FENCE.sub("", page))]


def _typed_in(block: Block) -> Iterator[Typed]:
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        assert lines[at].startswith("$ "), f"line {block.line + 1 + at}: a console block begins with `$ `: {lines[at]}"
        begun, command = at, lines[at].removeprefix("$ ")
        while _goes_on(command):
            at += 1
            command += "\n" + lines[at]
        at += 1
        shown = at
        while at < len(lines) and not lines[at].startswith("$ "):
            at += 1
        yield Typed(command=command, shown=tuple(lines[shown:at]), line=block.line + 1 + begun)


def _goes_on(command: str) -> bool:
    if command.endswith("\\"):
        return True
    try:
        shlex.split(command, comments=True)
    except ValueError:  # a quotation that isn't closed yet
        return True
    return False
