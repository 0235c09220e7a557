"""`segments`: what a text message costs."""

from dataclasses import asdict
from typing import Annotated

import typer

from channels.segments import Segments, count_segments
from engine.cli.apps import one_command
from engine.cli.lines import answer_each
from engine.cli.output import Json, say

app = one_command()
APPS = {"segments": app}


@app.command()
def segments(
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="A text, or - for JSON strings.")] = None,
    smart: Annotated[bool, typer.Option("--smart", help="After the provider's smart encoding.")] = False,
    json: Json = False,
) -> None:
    """Count what a text message costs."""

    def count(text: str) -> Segments:
        return count_segments(text, smart=smart)

    if json:
        answer_each(texts, lambda text: asdict(count(text)), None)
    else:
        answer_each(texts, count, _tell)


def _tell(_text: str, counted: Segments) -> None:
    parts = "1 segment" if counted.segments == 1 else f"{counted.segments} segments"
    odd = " ".join(dict.fromkeys(counted.non_gsm))
    because = f", because of {odd}" if odd else ""
    say(f"{parts}, {counted.characters} characters in {counted.encoding}{because}")
