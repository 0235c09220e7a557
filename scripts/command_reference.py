"""Tell the whole command line from its own tree of commands, for the reference page."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from engine.cli.app import COMMANDS, app


def cli_page() -> str:
    """Return every command with its arguments and options."""
    root: Any = get_command(app)
    parts = [line for name in COMMANDS for line in _command(["fifthtouch", name], root.get_command(None, name))]
    return "\n".join([
        "# Command line",
        "",
        "Everything that prints facts takes `--json`: then standard output holds only JSON, one line per answer, and all else",
        "goes to standard error. Exit codes: 0 done, 1 something was found or failed a check, 2 bad input or an environment",
        "that can't be used. The embedded database is `./fifthtouch.db`; templates are those of `./templates`, else those that",
        "came with the program.",
        *parts,
    ])  # fmt: skip


def _command(words: list[str], command: Any) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _command([*words, name], inner)
        return
    context = typer.Context(command, info_name=" ".join(words))
    pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    yield from ("", f"## `{' '.join([*words, *pieces])}`", "", command.help.strip())
    records = [one.get_help_record(context) for one in command.params if one.name != "help"]
    told = [record for record in records if record]
    if told:
        yield from ("", "| | |", "|---|---|")
    yield from (f"| `{_cell(name)}` | {_cell(text)} |" for name, text in told)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
