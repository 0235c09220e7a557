"""`template init`: a templates folder of one's own, to change and to keep."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.complaints import Complaint
from engine.cli.content import Trade
from engine.cli.output import Json, emit, say
from engine.content.folder import packaged
from engine.content.starting import flat_files, write_files


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    *,
    templates: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Copy from; else what came with the program.")
    ] = None,
    trade: Trade = None,
    json: Json = False,
) -> None:
    """Copy the messages, sequences and brand of a trade into a folder of your own, and say what to do next."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Complaint(f"{folder} is there and not empty: name a new folder, so that nothing of yours is written over")
    # Not ./templates: a folder that began so is of one trade, and the others are only in what came with the program.
    files = flat_files(templates or packaged(), trade=trade)
    write_files(folder, files)
    steps = _next_steps(folder)
    if json:
        emit({"folder": str(folder), "files": len(files), "next": steps})
        return
    say(f"{len(files)} files are in {folder}. Next:")
    for number, step in enumerate(steps, start=1):
        say(f"{number}. {step}")


def _next_steps(folder: Path) -> list[str]:
    named = "" if folder == Path("templates") else f" --templates {folder}"
    return [
        f"Make {folder}/brand.yaml yours: name, address, numbers, website, owners, senders, interests.",
        f"Read the snippets in {folder}/snippets: they say what you do, what it costs, and what is true of you.",
        f"See what is left to mend: fifthtouch template check{named}",
        f"See a message as a lead gets it: fifthtouch template preview instant-answer{named}",
        f"Make it current: fifthtouch sequence publish{named}",
    ]
