"""`form`: what to paste into a page of one's own."""

from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.flows.shelf import Missing
from engine.settings import read_settings

app = noun()
APPS = {"form": app}


@app.callback()
def form() -> None:
    """Put forms on a site of one's own."""


@app.command("list")
def list_(*, json: Json = False) -> None:
    """List the published forms, and which sites may post them."""
    with opened_kit() as kit, kit.database.read() as connection:
        current = kit.shelf.current(connection)
        found = [current.form(name) for name in current.form_names()]
    if json:
        for one in found:
            emit({"name": one.name, "title": one.title, "origins": sorted(one.origins)})
        return
    rows = [(one.name, one.title, ", ".join(sorted(one.origins))) for one in found]
    table(["name", "title", "sites"], rows, empty="There is none: write one under templates/forms/ and publish it.")


@app.command()
def snippet(
    name: Annotated[str, typer.Argument(help="The form, as its file is called.")],
    *,
    url: Annotated[
        str | None, typer.Option(help="Where this installation is reached; its public URL, if left out.")
    ] = None,
    script: Annotated[bool, typer.Option(help="With the script that says thank you on the same page.")] = True,
    json: Json = False,
) -> None:
    """Print the HTML to paste into a page for a form to stand there."""
    from engine.web.forms.snippet import snippet_of

    base = (url or read_settings().base_url).rstrip("/")
    with opened_kit() as kit, kit.database.read() as connection:
        try:
            found = kit.shelf.current(connection).form(name)
        except Missing as missing:
            raise Complaint(f"there is no form {name!r}: see `fifthtouch form list`") from missing
        html = snippet_of(found, base, has_script=script)
    if json:
        emit({"name": name, "html": html})
    else:
        say(html.rstrip())
