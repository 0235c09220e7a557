"""What is wrong with content, said so that the author can mend it: file, line, message, remedy."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"  # it cannot be published
    WARNING = "warning"  # it can, and the author should look


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend. *file* is relative to the templates folder; *line* counts from 1, None for the whole file."""

    file: str
    line: int | None = None
    message: str
    remedy: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        remedy = f" {_sentence(self.remedy)}" if self.remedy else ""
        return f"{where}: {_sentence(self.message)}{remedy}"


class ContentErrors(Exception):
    """Content that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        assert self.problems
        super().__init__("\n".join(str(problem) for problem in self.problems))


def errors_among(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems that forbid publishing."""
    return tuple(problem for problem in problems if problem.severity is Severity.ERROR)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy that names the known words nearest to *word*, or all of them where none is near."""
    options = sorted(known)
    near = get_close_matches(word, options, n=2, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"Known: {', '.join(options)}." if options else ""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "?", "!")) else f"{text}."
