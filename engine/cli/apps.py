"""How a command's own Typer is made: plain help, no traps, nothing that the top level has already."""

import typer


def one_command() -> typer.Typer:
    """Return the app of a command that stands alone."""
    return typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


def noun() -> typer.Typer:
    """Return the app of a noun with several verbs."""
    return typer.Typer(
        rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True
    )
