"""`lead`: take leads in, and look at them."""

import typer

from engine.cli.leads_file import import_

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
APPS = {"lead": app}


@app.callback()
def lead() -> None:
    """Take leads in, and look at them."""


app.command("import")(import_)
