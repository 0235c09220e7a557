"""How answers leave: JSON lines for machines, aligned text for people, and everything else on standard error."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, one line each; all else goes to standard error.")]

WIDTH_UNLIMITED = 10_000  # what is piped into another program must not be folded


def emit(answer: Any) -> None:
    """Write *answer* as one line of JSON, at once."""
    # ASCII holds whatever a text may hold, also half a surrogate pair, on a terminal of any encoding.
    sys.stdout.write(json.dumps(answer, default=plain) + "\n")
    sys.stdout.flush()


def page_of(answer: Any) -> str:
    """Return *answer* as JSON for a file that people read, too."""
    return json.dumps(answer, default=plain, indent=2, ensure_ascii=False) + "\n"


def plain(value: object) -> Any:
    """Return what JSON has no form for as what it has one for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def say(text: str = "") -> None:
    """Write a line for a person to standard output."""
    typer.echo(_printable(text))


def warn(text: str) -> None:
    """Write to standard error, where it is in nobody's way."""
    typer.echo(_printable(text), err=True)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Write *rows* in aligned columns, or the sentence *empty* when there are none."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    lines = [[shown(cell) for cell in row] for row in rows]
    if not lines:
        say(empty)
        return
    grid = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False, show_edge=False)
    for header in headers:
        grid.add_column(header, overflow="fold")
    for line in lines:
        grid.add_row(*line)
    width = None if sys.stdout.isatty() else WIDTH_UNLIMITED
    Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False).print(grid)


def facts(pairs: Iterable[tuple[str, object]], *, indent: int = 0) -> None:
    """Write named facts one a line, aligned; those without a value are left out."""
    told = [(name, shown(value)) for name, value in pairs if value not in (None, "", (), [], {})]
    width = max((len(name) for name, _ in told), default=0)
    for name, value in told:
        say(f"{' ' * indent}{name:<{width}}  {value}")


def shown(value: object) -> str:
    """Return *value* as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case float():
            return f"{value:g}"
        case list() | tuple() | set() | frozenset():
            return ", ".join(shown(each) for each in (sorted(value) if isinstance(value, set | frozenset) else value))
        case Mapping():
            return ", ".join(f"{key} {shown(each)}" for key, each in value.items())
        case _:
            return _printable(str(value), keep="")


def _printable(text: str, keep: str = "\n") -> str:
    """Return *text* without what would steer a terminal; leads write their own names."""
    return "".join(one if one.isprintable() or one in keep else " " for one in text)
