"""Move leads from older revisions of a sequence to its current one, stage by stage; without it they stay on theirs.

Nobody is told anything twice: where the touch of the new stage was made in this enrollment already, the lead is moved to
what follows. What was planned at the old stage and has not left is cancelled.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.domain.enrollment import RESTING_STATUSES, Enrollment
from engine.domain.history import Facts
from engine.domain.lead import LeadId
from engine.domain.sequence import END, Repeat, StageId
from engine.domain.sequence import Sequence as Plan
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import audience, audit, contents, enrollments, history, leads, messages, tasks
from engine.store.database import Connection

MOVED = "moved"
"""Why a message or a task of the stage that a lead was moved from is cancelled."""

BATCH_MAX = 200  # one transaction's worth: its locks are short


class NotMovable(ValueError):
    """A move that cannot be made as it was asked for; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageMove:
    """Leads at one stage of one older revision; *to* is the stage they go to, None where they stay."""

    revision: str
    stage: str
    to: str | None
    leads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePlan:
    """What a move of the sequence *name* to *revision*, its current one, would do."""

    name: str
    revision: str
    moves: tuple[StageMove, ...]

    @property
    def leads(self) -> int:
        """How many would be moved."""
        return sum(move.leads for move in self.moves if move.to is not None)

    def targets(self) -> dict[tuple[str, str], StageId]:
        """Return where who is moved goes, by revision and stage."""
        return {(move.revision, move.stage): StageId(move.to) for move in self.moves if move.to is not None}


def plan_move(kit: Kit, name: str, stages: Mapping[str, str], *, revision: str | None = None) -> MovePlan:
    """Return what moving the leads of *name* would do, without doing it; *revision* is the start of one, else all older.

    A stage goes where *stages* says, else to the one of its own name; where there is none its leads stay. Raises
    `Missing` for an unknown sequence, and `NotMovable` for a stage or a revision that is not there.
    """
    with kit.database.read() as connection:
        current = {row["name"]: row["revision"] for row in contents.sequences(connection)}
        if name not in current:
            raise Missing(name)
        plan = kit.shelf.sequence(connection, current[name])
        standing = {one: where for one, where in audience.standing(connection, name).items() if one != current[name]}
    chosen = {one: where for one, where in standing.items() if one.startswith(revision or "")}
    if revision is not None and not chosen:
        known = ", ".join(sorted(one[:12] for one in standing)) or "none"
        raise NotMovable(f"nobody walks an older revision {revision!r} of {name}: write one of {known}")
    _check_stages(plan, stages, {stage for where in chosen.values() for stage in where})
    names = {stage.id for stage in plan.stages}
    moves = [
        StageMove(
            revision=one,
            stage=stage,
            to=stages.get(stage, stage if stage in names or stage == END else None),
            leads=count,
        )
        for one, where in sorted(chosen.items())
        for stage, count in sorted(where.items())
    ]
    return MovePlan(name=name, revision=current[name], moves=tuple(moves))


def _check_stages(plan: Plan, stages: Mapping[str, str], stood_at: set[str]) -> None:
    names = [str(stage.id) for stage in plan.stages]
    for old, new in stages.items():
        if new not in {*names, END}:
            raise NotMovable(f"{plan.name} has no stage {new!r}: write one of {', '.join(names)}, or end")
        if old not in stood_at:
            known = ", ".join(sorted(stood_at)) or "none"
            raise NotMovable(f"nobody who could be moved stands at {old!r}: write one of {known}")


def move(kit: Kit, plan: MovePlan, *, by: str) -> int:
    """Do what *plan* says, batch by batch; return how many leads were moved.

    Who went on meanwhile is moved by the stage where it stands then. Running it again moves nobody twice.
    """
    targets = plan.targets()
    with kit.database.read() as connection:
        waiting = enrollments.open_in(connection, plan.name, {revision for revision, _ in targets})
    moved = 0
    for first in range(0, len(waiting), BATCH_MAX):
        moved += _move_batch(kit, plan, targets, waiting[first : first + BATCH_MAX], by)
    return moved


def _move_batch(
    kit: Kit,
    plan: MovePlan,
    targets: Mapping[tuple[str, str], StageId],
    batch: Sequence[tuple[str, str]],
    by: str,
) -> int:
    lead_ids, wanted = sorted({lead_id for lead_id, _ in batch}), {one for _, one in batch}
    with kit.database.write() as connection:
        leads.lock(connection, lead_ids, ())
        now = kit.database.now(connection)
        sequence = kit.shelf.sequence(connection, plan.revision)
        walking = enrollments.open_of(connection, lead_ids)
        busy = Counter(one.lead_id for one in walking if sequence.exclusive)
        histories = history.load(connection, lead_ids)
        before = [
            one
            for one in walking
            if one.id in wanted
            and (one.revision, one.stage) in targets
            and not _is_in_the_way(kit, connection, one, busy)
        ]
        after = [
            landed(one, sequence, targets[one.revision, one.stage], histories[one.lead_id].facts_for(one), now)
            for one in before
        ]
        facts = {"purpose": sequence.purpose, "topic": sequence.topic, "is_exclusive": sequence.exclusive}
        enrollments.rebase(connection, after, facts, now)
        _cancel_old(connection, before, after, now)
        if after:
            _note(kit, connection, plan, before, after, by=by, now=now)
    return len(after)


def _is_in_the_way(kit: Kit, connection: Connection, one: Enrollment, busy: Mapping[LeadId, int]) -> bool:
    """Return whether *one* would become exclusive beside another walk; it stays on its revision then."""
    was_exclusive = kit.shelf.sequence(connection, one.revision).exclusive
    return busy.get(one.lead_id, 0) > 1 and not was_exclusive


def landed(walking: Enrollment, plan: Plan, target: StageId, facts: Facts, now: datetime) -> Enrollment:
    """Return *walking* on *plan*, at *target* or, where its touch was made in an earlier round, at what follows.

    A touch made in this round is followed by the planner: it goes on from there and makes it no second time. A lead at
    rest goes on resting; the others are looked at now. Delays still count from the end of the step before.
    """
    made = {(one.stage, one.occurrence) for one in facts.messages} | {
        (one.stage, one.occurrence) for one in facts.tasks
    }
    rounds_of: dict[str, set[int]] = {}
    for stage, occurrence in made:
        rounds_of.setdefault(stage, set()).add(occurrence)
    while target in rounds_of and walking.occurrence not in rounds_of[target]:
        target = plan.after(target)
    names = {stage.id for stage in plan.stages}
    repeats = {stage.id for stage in plan.stages if isinstance(stage.step, Repeat)}
    return replace(
        walking,
        revision=plan.revision,
        stage=target,
        rounds={stage: count for stage, count in walking.rounds.items() if stage in repeats},
        came_from=walking.came_from if walking.came_from and walking.came_from[0] in names else None,
        reached_at=walking.reached_at if target == walking.stage else now,
        due_at=walking.due_at if walking.status in RESTING_STATUSES else now,
    )


def _cancel_old(
    connection: Connection, before: Sequence[Enrollment], after: Sequence[Enrollment], now: datetime
) -> None:
    left = [old for old, new in zip(before, after, strict=True) if old.stage != new.stage]
    for cancel in (messages.cancel_stages, tasks.cancel_stages):  # the order in which everybody takes these locks
        for old in left:
            cancel(connection, old.id, [old.stage], before=old.occurrence + 1, now=now, reason=MOVED)


def _note(
    kit: Kit,
    connection: Connection,
    plan: MovePlan,
    before: Sequence[Enrollment],
    after: Sequence[Enrollment],
    *,
    by: str,
    now: datetime,
) -> None:
    audit.note(
        connection,
        row_id=kit.ids.new(),
        at=now,
        actor=by,
        action="sequence.moved",
        subject=plan.name,
        before=Counter(f"{one.revision[:12]} {one.stage}" for one in before),
        after=Counter(f"{one.revision[:12]} {one.stage}" for one in after),
    )
