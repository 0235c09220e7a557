"""What is wrong with content, said so that the author can mend it: file, line, message, remedy."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from engine.content.codes import Code, Severity

__all__ = ["Code", "ContentErrors", "Problem", "Severity", "did_you_mean", "errors_among"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend. *file* is relative to the templates folder; *line* counts from 1, None for the whole file.

    *trades* names the trades that have it where others don't; *accepted* is the reason for which its author lets it
    stand, empty where nobody does.
    """

    file: str
    line: int | None = None
    message: str
    remedy: str = ""
    severity: Severity = Severity.ERROR
    code: Code = Code.BROKEN
    accepted: str = ""
    trades: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        remedy = f" {_sentence(self.remedy)}" if self.remedy else ""
        if self.trades:
            where += f" (only {', '.join(trade or 'without a trade' for trade in self.trades)})"
        return f"{where}: {_sentence(self.message)}{remedy}"


class ContentErrors(Exception):
    """Content that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        assert self.problems
        super().__init__("\n".join(str(problem) for problem in self.problems))


def errors_among(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems that forbid publishing: the errors that nobody accepted."""
    return tuple(one for one in problems if one.severity is Severity.ERROR and not one.accepted)


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
