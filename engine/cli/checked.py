"""What `template check` and `sequence check` share: the leads to ask about, and how findings are told."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from engine.cli.complaints import Complaint
from engine.cli.content import plain
from engine.cli.output import emit, say, warn
from engine.content.checking.audience import Reader
from engine.content.problems import Problem, Severity, errors_among
from engine.store.errors import StoreError

Audience = Annotated[
    bool | None,
    typer.Option(
        "--audience/--no-audience",
        help="Ask about the leads in the database, too; else where there is one that is ready.",
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Show what was accepted, too, with the reasons.")]


def readers_asked(audience: bool | None) -> Sequence[Reader]:
    """Return the leads to ask about: none with `--no-audience`, nor unasked where no database is ready.

    Raises `Complaint` or `StoreError` where they were asked for and there are none to be had.
    """
    if audience is False:
        return ()
    from engine.cli.opening import opened_kit
    from engine.flows.readers import readers

    try:
        with opened_kit() as kit, kit.database.read() as connection:
            return readers(connection)
    except (Complaint, StoreError) as error:
        if audience:
            raise
        if not isinstance(error, Complaint):
            warn(f"No lead was asked about: {error}")
        return ()


def tell_findings(problems: Iterable[Problem], *, json: bool, everything: bool) -> None:
    """Write each finding on a line, as JSON or as text; of those accepted the text has only with *everything*."""
    for problem in problems:
        if json:
            emit(plain(problem))
        elif problem.accepted:
            if everything:
                say(f"accepted: {problem} [{problem.code}] Because: {problem.accepted}")
        else:
            before = "" if problem.severity is Severity.ERROR else f"{problem.severity}: "
            say(f"{before}{problem} [{problem.code}]")


def counted(problems: Iterable[Problem]) -> str:
    """Return how many findings there are of each severity, and how many of them were accepted."""
    problems = tuple(problems)
    open_ones = Counter(one.severity for one in problems if not one.accepted)
    accepted = sum(bool(one.accepted) for one in problems)
    parts = [_number(open_ones[severity], severity) for severity in Severity]
    return ", ".join([*parts, *([f"{accepted} accepted"] if accepted else [])])


def leave_with(problems: Iterable[Problem]) -> None:
    """End the command with 1 where an error among *problems* was not accepted."""
    if errors_among(problems):
        raise typer.Exit(1)


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
