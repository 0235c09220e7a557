"""Findings as the pages show them: counted, and laid beside the lines they are about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.content.problems import Problem, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many findings of each severity somebody still has to look at; *accepted* are those that somebody did."""

    errors: int = 0
    warnings: int = 0
    notes: int = 0
    accepted: int = 0


def count(problems: Iterable[Problem]) -> Count:
    """Return *problems* counted."""
    counts = {"errors": 0, "warnings": 0, "notes": 0, "accepted": 0}
    for problem in problems:
        if is_accepted(problem):
            counts["accepted"] += 1
        else:
            counts[f"{problem.severity.value}s"] += 1
    return Count(**counts)


def is_accepted(problem: Problem) -> bool:
    """Return whether somebody looked at *problem* and said why it may stay."""
    return bool(problem.accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a source with what was found on it."""

    number: int
    text: str
    worst: Severity | None = None


def lines_of(text: str, file: str, problems: Iterable[Problem]) -> tuple[Line, ...]:
    """Return the lines of *text*, which stands in *file*, each with the worst that was found on it."""
    worst: dict[int, Severity] = {}
    for problem in problems:
        if problem.file == file and problem.line is not None and not is_accepted(problem):
            known = worst.get(problem.line)
            if known is None or RANK[problem.severity] > RANK[known]:
                worst[problem.line] = problem.severity
    return tuple(
        Line(number=number, text=line, worst=worst.get(number)) for number, line in enumerate(text.split("\n"), start=1)
    )


RANK: Mapping[Severity, int] = {severity: rank for rank, severity in enumerate(reversed(Severity))}
"""How bad each severity is; the enum has the worst first."""
