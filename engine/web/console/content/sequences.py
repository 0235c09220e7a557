"""One sequence: a numbered list of its stages with their days, a map of its branches, and who stands where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request, Response

from engine.content.branches import Map, draw
from engine.content.library import Library
from engine.content.outline import Row, outline
from engine.content.problems import ContentErrors, Problem
from engine.domain import sequence as plan
from engine.flows.kit import Kit
from engine.flows.shelf import NO_SUFFIX, Missing
from engine.store import audience, contents
from engine.web.console.content.desk import ROOM, Bench, Desk, ThisDesk, show_page
from engine.web.console.content.findings import count, lines_of
from engine.web.console.content.listing import published_now, standing_of
from engine.web.console.content.pieces import raw_text
from engine.web.console.content.wishes import LIVE_POLICY, PUBLISHED, Wishes, this_trade
from engine.web.console.frame import READS

router = APIRouter(prefix=f"{ROOM}/sequences")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A sequence as the page needs it; *sequence* is None where it can't be read."""

    sequence: plan.Sequence | None
    text: str
    file: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many leads stand where: by stage where the plan shown has it, and those on stages it has not.

    *elsewhere* counts those who walk another revision, whose stages may mean something else under the same name.
    """

    by_stage: Mapping[str, int]
    lost: int
    elsewhere: int

    @property
    def total(self) -> int:
        """Everybody who walks it."""
        return sum(self.by_stage.values()) + self.lost


@router.api_route("/{name}", methods=READS)
def show_sequence(request: Request, name: str, desk: ThisDesk) -> Response:
    """Show the stages of a sequence, in the folder or as it is published."""
    wishes = Wishes.of(request)
    reading = desk.bench.read(this_trade(request, desk))
    if wishes.source == PUBLISHED:
        one = _published(desk, name)
    elif reading.library is None:
        one = Plan(sequence=None, text="", file="", problems=reading.problems)
    else:
        one = _in_folder(desk.bench, reading.library, name)
    rows: Sequence[Row] = outline(one.sequence) if one.sequence else ()
    drawing: Map | None = draw(rows) if rows else None
    revision = one.sequence.revision if one.sequence else ""
    standing = None
    if wishes.source != PUBLISHED:
        standing = standing_of(published_now(desk.kit), contents.SEQUENCE, name, NO_SUFFIX, revision)
    return show_page(
        request,
        desk,
        "content_sequence.html",
        headers=LIVE_POLICY,
        name=name,
        wishes=wishes,
        reading=reading,
        sequence=one.sequence,
        rows=rows,
        drawing=drawing,
        standing=standing,
        counts=_counts(desk.kit, name, one.sequence),
        problems=one.problems,
        counted=count(one.problems),
        lines=lines_of(one.text, one.file, one.problems),
        file=one.file,
        pulse=reading.pulse,
        pulse_link=f"{ROOM}/files",
        has_database=desk.kit is not None,
        is_paused=_is_paused(desk.kit, name),
    )


def _is_paused(kit: Kit | None, name: str) -> bool | None:
    """Return whether a sequence rests, None where none of that name is published."""
    if kit is None:
        return None
    with kit.database.read() as connection:
        return next((row["is_paused"] for row in contents.sequences(connection) if row["name"] == name), None)


def _in_folder(bench: Bench, library: Library, name: str) -> Plan:
    if name not in library.sequences:
        raise HTTPException(404, f"There is no sequence called “{name[:40]}” in this folder.")
    file = library.file(f"sequences/{name}.yaml")
    text = raw_text(library, file) or library.sequences[name]
    sequence, problems = bench.plan(library, name)
    return Plan(sequence=sequence, text=text, file=file, problems=problems)


def _published(desk: Desk, name: str) -> Plan:
    if desk.kit is None:
        raise HTTPException(404, "Nothing is published here: no database is open.")
    with desk.kit.database.read() as connection:
        revision = contents.current_revisions(connection).get((contents.SEQUENCE, name, NO_SUFFIX))
        if revision is None:
            raise HTTPException(404, f"No sequence called “{name[:40]}” is published.")
        text = contents.revisions(connection, [revision])[revision]["source"]
        try:
            sequence = desk.kit.shelf.sequence(connection, revision)
        except (Missing, ContentErrors):
            sequence = None
    return Plan(sequence=sequence, text=text, file="", problems=())


def _counts(kit: Kit | None, name: str, sequence: plan.Sequence | None) -> Counts | None:
    """Return who stands where now, None without an installation."""
    if kit is None:
        return None
    with kit.database.read() as connection:
        standing = audience.standing(connection, name)
    stages = {stage.id for stage in sequence.stages} if sequence else set()
    by_stage: dict[str, int] = {}
    lost = elsewhere = 0
    for revision, counts in standing.items():
        for stage, leads in counts.items():
            if stage in stages:
                by_stage[stage] = by_stage.get(stage, 0) + leads
            else:
                lost += leads
        if sequence is None or revision != sequence.revision:
            elsewhere += sum(counts.values())
    return Counts(by_stage=by_stage, lost=lost, elsewhere=elsewhere)
