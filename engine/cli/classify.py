"""`classify`: what a reply means."""

from typing import Annotated, Any

import typer

from consent.replies import Reading, to_json
from consent.replies import classify as read
from engine.cli.apps import one_command
from engine.cli.instants import At, instant_at
from engine.cli.lines import answer_each
from engine.cli.output import Json, facts

app = one_command()
APPS = {"classify": app}


@app.command()
def classify(
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="A reply, or - for JSON strings.")] = None,
    at: At = None,
    language: Annotated[str | None, typer.Option(help="Helps to read dates such as 3/4: en-US, de.")] = None,
    json: Json = False,
) -> None:
    """Read what a reply means."""
    instant = instant_at(at)

    def reading(text: str) -> Reading:
        return read(text, instant, language)

    def plain(text: str) -> Any:
        return to_json(reading(text))

    if json:
        answer_each(texts, plain, None)
    else:
        answer_each(texts, reading, _tell)


def _tell(text: str, found: Reading) -> None:
    facts([
        ("text", text if len(text) <= _TEXT_SHOWN else f"{text[:_TEXT_SHOWN]}…"),
        ("label", found.label),
        ("sure", found.sure),
        ("until", found.until.isoformat() if found.until else None),
        ("channels", sorted(found.channels)),
        ("evidence", found.evidence),
    ])  # fmt: skip


_TEXT_SHOWN = 100
