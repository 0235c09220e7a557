"""`sequence`: list, check and publish the plans, and move leads to a new revision."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from engine.cli.apps import noun
from engine.cli.checked import Audience, Everything, leave_with, readers_asked, tell_findings
from engine.cli.complaints import Complaint
from engine.cli.content import Templates, Trade, libraries_to_check
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.cli.sequence_changes import SHOWN, move, publish
from engine.content.brand import BRAND_FILE
from engine.content.checking.sequences import Readers, look_over_sequence
from engine.content.folder import TRADES
from engine.content.library import Library, load_library
from engine.content.problems import Problem, errors_among
from engine.content.sequence_checks import check_name
from engine.content.trades import say_once
from engine.domain.sequence import Sequence
from engine.flows.kit import Kit
from engine.store import audience, contents
from engine.store.database import Connection

app = noun()
APPS = {"sequence": app}


@app.callback()
def sequence() -> None:
    """List, check and publish sequences, and move leads to a new revision."""


@app.command("list")
def list_(*, json: Json = False) -> None:
    """List the published sequences, and how many leads walk each now."""
    with opened_kit() as kit, kit.database.read() as connection:
        rows = [_row(kit, connection, row) for row in contents.sequences(connection)]
    if json:
        for row in rows:
            emit(row)
        return
    lines = [
        (
            row["name"], row["purpose"], row["stages"], row["leads"], row["leads_on_older"], row["is_paused"],
            row["published_at"], row["revision"][:SHOWN],
        )
        for row in rows
    ]  # fmt: skip
    headers = ["name", "purpose", "stages", "leads", "on older revisions", "paused", "published", "revision"]
    table(headers, lines, empty="None is published: run `fifthtouch sequence publish`.")


def _row(kit: Kit, connection: Connection, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what is told of one sequence: who walks it now, and by which revision."""
    standing = audience.standing(connection, row["name"])
    leads = {revision: sum(stages.values()) for revision, stages in standing.items()}
    return {
        **row,
        "stages": len(kit.shelf.sequence(connection, row["revision"]).stages),
        "leads": sum(leads.values()),
        "leads_on_older": sum(leads.values()) - leads.get(row["revision"], 0),
        "standing": standing,
    }


class _Checked(NamedTuple):
    file: str
    sequence: Sequence | None
    problems: tuple[Problem, ...]


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Else every sequence there is.")
    ] = None,
    *,
    templates: Templates = None,
    trade: Trade = None,
    audience: Audience = None,
    everything: Everything = False,
    json: Json = False,
) -> None:
    """Check sequences and the leads there are, each finding with its line and what to do.

    Without files and --trade every trade in the folder is checked, and what all of them have is said once. Ends with 1
    where an error is found that nobody accepted; `docs/reference/findings.md` tells each finding by its code.
    """
    readers = readers_asked(audience)
    if files:
        checked = [_check_file(path, templates, trade, readers) for path in files]
    else:
        checked = _check_all(libraries_to_check(templates, trade), readers)
    for one in checked:
        tell_findings(one.problems, json=json, everything=everything)
        if not json and not errors_among(one.problems):
            stages = len(one.sequence.stages) if one.sequence else 0
            say(f"{one.file}: good, {stages} stages")
    leave_with(problem for one in checked for problem in one.problems)


def _check_file(path: Path, templates: Path | None, trade: str | None, readers: Readers) -> _Checked:
    if not path.is_file():
        raise Complaint(f"{path} is no file: name the YAML file of a sequence")
    own_root, own_trade = _home_of(path)
    library = load_library(templates or own_root, trade=trade or (None if templates else own_trade))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Complaint(f"byte {error.start} of {path} is not UTF-8: save it as UTF-8 text") from error
    return _checked(library, text, str(path), readers)


def _home_of(path: Path) -> tuple[Path | None, str | None]:
    """Return the templates folder and the trade that *path* stands in, so that their own messages count."""
    root = path.resolve().parent.parent
    if root.parent.name == TRADES and (root.parent.parent / BRAND_FILE).is_file():
        return root.parent.parent, root.name
    return (root if (root / BRAND_FILE).is_file() else None), None


def _check_all(libraries: Mapping[str, Library], readers: Readers) -> list[_Checked]:
    """Return what there is to say of every sequence, each once however many trades have it."""
    found: dict[str, dict[str, _Checked]] = {}
    for trade, library in libraries.items():
        for name, text in library.sequences.items():
            file = library.file(f"sequences/{name}.yaml")
            found.setdefault(file, {})[trade] = _published(library, text, file, readers)
    if not found:
        place = next(iter(libraries.values())).place
        raise Complaint(f"there is no sequence in {place}: write one in its folder sequences")
    return [
        _Checked(
            file, next(iter(by_trade.values())).sequence, say_once({t: one.problems for t, one in by_trade.items()})
        )
        for file, by_trade in sorted(found.items())
    ]


def _published(library: Library, text: str, file: str, readers: Readers) -> _Checked:
    one = _checked(library, text, file, readers)
    named = check_name(one.sequence.name, file) if one.sequence else []
    return one._replace(problems=(*one.problems, *named))


def _checked(library: Library, text: str, file: str, readers: Readers) -> _Checked:
    return _Checked(file, *look_over_sequence(library, text, file, readers))


app.command("publish")(publish)
app.command("move")(move)
