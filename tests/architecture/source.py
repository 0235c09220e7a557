"""Read the project's own files as text and as syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.shared import REPOSITORY

PACKAGES = ("engine", "channels", "consent", "templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One Python file of ours."""

    path: str
    text: str
    tree: ast.Module

    @property
    def is_product(self) -> bool:
        """Say whether it is shipped, rather than a test or a script."""
        return self.path.split("/")[0] in PACKAGES


@cache
def files() -> tuple[Path, ...]:
    """Return every file of the project: those git tracks, and those it would."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    found = (REPOSITORY / name for name in sorted(set(listed.stdout.split("\0"))) if name)
    return tuple(path for path in found if path.is_file())


@cache
def modules() -> tuple[Module, ...]:
    """Return every Python file of the project."""
    return tuple(_read(path) for path in files() if path.suffix == ".py")


def used_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the full dotted name of everything *tree* imports or reaches through an import.

    `from datetime import datetime as d; d.now()` yields `datetime.datetime` and `datetime.datetime.now`.
    """
    full = {"print": "print"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                full[name.asname or name.name.split(".")[0]] = name.name if name.asname else name.name.split(".")[0]
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                full[name.asname or name.name] = f"{node.module}.{name.name}"
                yield node.lineno, f"{node.module}.{name.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (dotted := _dotted(node, full)):
            yield node.lineno, dotted


def _dotted(node: ast.expr, full: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return full.get(node.id)
    if isinstance(node, ast.Attribute) and (owner := _dotted(node.value, full)):
        return f"{owner}.{node.attr}"
    return None


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path=path.relative_to(REPOSITORY).as_posix(), text=text, tree=ast.parse(text, str(path)))
