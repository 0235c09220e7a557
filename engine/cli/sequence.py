"""`sequence`: list, check and publish the plans."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.content import Templates, Trade, libraries_to_check, plain, read_in, tell
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.content.brand import BRAND_FILE
from engine.content.checks import check_library
from engine.content.folder import TRADES
from engine.content.library import Library, load_library
from engine.content.problems import Problem, errors_among
from engine.content.sequence_checks import check_name
from engine.content.trades import say_once
from engine.domain.sequence import END, Handover, Sequence
from engine.flows.publish import publish as make_current
from engine.store import contents

app = noun()
APPS = {"sequence": app}


@app.callback()
def sequence() -> None:
    """List, check and publish sequences."""


@app.command("list")
def list_(*, json: Json = False) -> None:
    """List the published sequences."""
    with opened_kit() as kit, kit.database.read() as connection:
        rows = [
            {**row, "stages": len(kit.shelf.sequence(connection, row["revision"]).stages)}
            for row in contents.sequences(connection)
        ]
    if json:
        for row in rows:
            emit(row)
        return
    lines = [
        (row["name"], row["purpose"], row["stages"], row["is_paused"], row["published_at"], row["revision"][:12])
        for row in rows
    ]
    headers = ["name", "purpose", "stages", "paused", "published", "revision"]
    table(headers, lines, empty="None is published: run `fifthtouch sequence publish`.")


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
    json: Json = False,
) -> None:
    """Check sequences, each problem with its line and what to do; no database needed.

    Without files and --trade every trade in the folder is checked, and what all of them have is said once.
    """
    if files:
        checked = [_check_file(path, templates, trade) for path in files]
    else:
        checked = _check_all(libraries_to_check(templates, trade))
    for one in checked:
        is_good = not errors_among(one.problems)
        if json:
            emit({"file": one.file, "ok": is_good, "problems": [plain(problem) for problem in one.problems]})
            continue
        tell(one.problems)
        if is_good:
            stages = len(one.sequence.stages) if one.sequence else 0
            say(f"{one.file}: good, {stages} stages")
    if any(errors_among(one.problems) for one in checked):
        raise typer.Exit(1)


def _check_file(path: Path, templates: Path | None, trade: str | None) -> _Checked:
    if not path.is_file():
        raise Complaint(f"{path} is no file: name the YAML file of a sequence")
    own_root, own_trade = _home_of(path)
    library = load_library(templates or own_root, trade=trade or (None if templates else own_trade))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Complaint(f"byte {error.start} of {path} is not UTF-8: save it as UTF-8 text") from error
    return _checked(library, text, str(path))


def _home_of(path: Path) -> tuple[Path | None, str | None]:
    """Return the templates folder and the trade that *path* stands in, so that their own messages count."""
    root = path.resolve().parent.parent
    if root.parent.name == TRADES and (root.parent.parent / BRAND_FILE).is_file():
        return root.parent.parent, root.name
    return (root if (root / BRAND_FILE).is_file() else None), None


def _check_all(libraries: Mapping[str, Library]) -> list[_Checked]:
    """Return what there is to say of every sequence, each once however many trades have it."""
    found: dict[str, dict[str, _Checked]] = {}
    for trade, library in libraries.items():
        for name, text in library.sequences.items():
            file = library.file(f"sequences/{name}.yaml")
            found.setdefault(file, {})[trade] = _published(library, text, file)
    if not found:
        place = next(iter(libraries.values())).place
        raise Complaint(f"there is no sequence in {place}: write one in its folder sequences")
    return [
        _Checked(
            file, next(iter(by_trade.values())).sequence, say_once({t: one.problems for t, one in by_trade.items()})
        )
        for file, by_trade in sorted(found.items())
    ]


def _published(library: Library, text: str, file: str) -> _Checked:
    one = _checked(library, text, file)
    named = check_name(one.sequence.name, file) if one.sequence else []
    return one._replace(problems=(*one.problems, *named))


def _checked(library: Library, text: str, file: str) -> _Checked:
    read, problems = read_in(library, text, file)
    return _Checked(file, read, (*problems, *_handover_problems(read, library, file)))


def _handover_problems(read: Sequence | None, library: Library, file: str) -> list[Problem]:
    if read is None:
        return []
    known = {*library.sequences, read.name, END}
    return [
        Problem(
            file=file,
            message=f"Stage {stage.id} hands over to {stage.step.sequence}, which is not there.",
            remedy=f"Known: {', '.join(sorted(library.sequences))}.",
        )
        for stage in read.stages
        if isinstance(stage.step, Handover) and stage.step.sequence not in known
    ]


@app.command()
def publish(
    *,
    templates: Templates = None,
    trade: Trade = None,
    accept_findings: Annotated[
        bool, typer.Option("--accept-findings", help="Publish though `template check` finds errors in the messages.")
    ] = False,
    json: Json = False,
) -> None:
    """Check everything in the templates folder and make it current, all or nothing."""
    library = load_library(templates, trade=trade)
    errors = () if accept_findings else errors_among(check_library(library))
    if errors:
        if json:
            emit({"ok": False, "problems": [plain(one) for one in errors]})
        else:
            tell(errors)
        raise typer.Exit(1)
    with opened_kit(make=True) as kit:
        published = make_current(kit, library)
    if json:
        emit({"messages": published.messages, "sequences": published.sequences, "changed": published.changed})
    else:
        say(
            f"{published.sequences} sequences and {published.messages} messages are current; {published.changed} changed."
        )
