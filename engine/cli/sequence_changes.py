"""`sequence publish` and `sequence move`: show what a publication changes, and move who walks an older revision."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import typer

from engine.cli.complaints import Complaint
from engine.cli.content import Templates, Trade, plain, tell
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.content.checking.sequences import check_sequences
from engine.content.checks import check_library
from engine.content.differences import Change
from engine.content.library import load_library
from engine.content.problems import errors_among
from engine.flows.differing import PieceDifference, differences
from engine.flows.moving import MovePlan, NotMovable, plan_move
from engine.flows.moving import move as carry_over
from engine.flows.publish import publish as make_current
from engine.flows.shelf import Missing

SHOWN = 12
"""How many characters of a revision tell it from the others."""


def publish(
    *,
    templates: Templates = None,
    trade: Trade = None,
    accept_findings: Annotated[
        bool,
        typer.Option("--accept-findings", help="Publish though `template check` or `sequence check` finds errors."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    json: Json = False,
) -> None:
    """Check everything in the templates folder, show what changes, and make it current, all or nothing.

    Who walks a sequence stays on the revision they entered, until `sequence move`.
    """
    library = load_library(templates, trade=trade)
    errors = () if accept_findings else errors_among((*check_library(library), *check_sequences(library)))
    if errors:
        if json:
            emit({"ok": False, "problems": [plain(one) for one in errors]})
        else:
            tell(errors)
        raise typer.Exit(1)
    with opened_kit(make=not dry_run) as kit:
        found = differences(kit, library)
        published = None if dry_run else make_current(kit, library)
    if json:
        counts = (
            {"changed": len(found)}
            if published is None
            else {"messages": published.messages, "sequences": published.sequences, "changed": published.changed}
        )
        emit({**counts, "dry_run": dry_run, "changes": [_told(one) for one in found]})
        return
    _show(found)
    if published is None:
        say(f"{len(found)} pieces would change; nothing was changed.")
    else:
        say(
            f"{published.sequences} sequences and {published.messages} messages are current; {published.changed} changed."
        )


def _told(one: PieceDifference) -> dict[str, object]:
    return {
        "kind": one.kind,
        "name": one.name,
        "locale": one.locale,
        "change": one.change,
        "before": one.before,
        "after": one.after,
        "stages": [{"stage": stage.stage, "change": stage.change} for stage in one.stages],
        "diff": one.diff,
        "standing": one.standing,
    }


def _show(found: Sequence[PieceDifference]) -> None:
    added = [one for one in found if one.change is Change.ADDED]
    for one in found:
        if one.change is not Change.CHANGED:
            continue
        say(f"{one.title} changed." if one.diff else f"{one.title} changed: its own text is the same.")
        for stage in one.stages:
            say(f"  stage {stage.stage} {stage.change}")
        for line in one.diff.splitlines():
            say(f"    {line}")
        for line in _standing(one.standing, one.after):
            say(f"  {line}")
    if added:
        say(f"New: {', '.join(one.title for one in added)}.")


def _standing(standing: Mapping[str, Mapping[str, int]], current: str) -> Iterable[str]:
    for revision, stages in sorted(standing.items()):
        where = ", ".join(f"{count} at {stage}" for stage, count in sorted(stages.items()))
        stay = "walk it already" if revision == current else "stay on it until `fifthtouch sequence move`"
        yield f"{sum(stages.values())} leads on revision {revision[:SHOWN]} {stay}: {where}"


def move(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The sequence's name.")],
    *,
    revision: Annotated[
        str | None, typer.Option("--from", metavar="REVISION", help="Only from this one; else from all older ones.")
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="Where leads at a stage go; else to the stage of the same name."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only show it.")] = False,
    by: Annotated[str, typer.Option(help="Who says so, for the audit log.")] = "command-line",
    json: Json = False,
) -> None:
    """Move leads of a sequence stage by stage to its current revision; shows first what would be done.

    Nobody is told anything twice: where a lead had the touch of its new stage, it goes on behind it.
    """
    stages = dict(_pair(text) for text in stage or ())
    with opened_kit() as kit:
        try:
            plan = plan_move(kit, name, stages, revision=revision)
        except Missing as missing:
            raise Complaint(f"there is no sequence {name!r}: see `fifthtouch sequence list`") from missing
        except NotMovable as error:
            raise Complaint(str(error)) from error
        moved = carry_over(kit, plan, by=by) if yes else 0
    if json:
        moves = [{"revision": one.revision, "stage": one.stage, "to": one.to, "leads": one.leads} for one in plan.moves]
        emit({"sequence": name, "revision": plan.revision, "moved": moved, "done": yes, "moves": moves})
        return
    _show_plan(plan)
    if yes:
        say(f"{moved} leads were moved to revision {plan.revision[:SHOWN]}.")
    elif plan.leads:
        say(f"{plan.leads} leads would be moved to revision {plan.revision[:SHOWN]}: add --yes to do it.")


def _show_plan(plan: MovePlan) -> None:
    rows = [
        (one.revision[:SHOWN], one.stage, one.to or "stays: name a stage with --stage", one.leads) for one in plan.moves
    ]
    table(["revision", "stage", "goes to", "leads"], rows, empty=f"Nobody walks an older revision of {plan.name}.")


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = (part.strip() for part in text.partition("="))
    if not (old and equals and new):
        raise Complaint(f"cannot read {text!r}: write the old stage and the new one, as in day-3=day-4")
    return old, new
