"""What the commands about content share: which folder, and how its problems are told."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.output import say
from engine.content.checking.sequences import look_over_sequence
from engine.content.library import Library, load_library
from engine.content.problems import Problem, Severity
from engine.content.trades import load_every_library
from engine.domain.sequence import Sequence

Templates = Annotated[
    Path | None,
    typer.Option("--templates", metavar="FOLDER", help="Else ./templates, else the one that came with the program."),
]

Trade = Annotated[
    str | None,
    typer.Option("--trade", metavar="NAME", help="As that trade of the folder has it; else as its brand says."),
]


def libraries_to_check(templates: Path | None, trade: str | None) -> dict[str, Library]:
    """Return the library of *trade* by its name; without one those of every trade in the folder."""
    return load_every_library(templates) if trade is None else {trade: load_library(templates, trade=trade)}


def read_in(library: Library, text: str, file: str) -> tuple[Sequence | None, tuple[Problem, ...]]:
    """Return the sequence in *text*, None where it can't be used, and everything there is to say about it."""
    return look_over_sequence(library, text, file)


def all_sequences(library: Library) -> dict[str, Sequence]:
    """Return every usable sequence of *library* by its own name."""
    found = (
        read_in(library, text, library.file(f"sequences/{name}.yaml"))[0] for name, text in library.sequences.items()
    )
    return {sequence.name: sequence for sequence in found if sequence is not None}


def plain(problem: Problem) -> dict[str, Any]:
    """Return *problem* as JSON values."""
    return asdict(problem)


def tell(problems: Iterable[Problem]) -> None:
    """Write each problem on a line."""
    for problem in problems:
        before = "" if problem.severity is Severity.ERROR else f"{problem.severity}: "
        say(f"{before}{problem} [{problem.code}]")
