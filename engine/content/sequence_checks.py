"""What can be wrong with a sequence as a whole: targets, loops, stages nobody reaches, conditions, missing templates."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from channels.address import Channel
from engine.content.codes import Code, Severity
from engine.content.date_checks import wrong_dates
from engine.content.problems import Problem, did_you_mean
from engine.domain.condition_syntax import ConditionError
from engine.domain.conditions import compile_condition
from engine.domain.happened import OPTED_OUT
from engine.domain.lead import LeadStatus
from engine.domain.sequence import (
    END,
    NEXT,
    Await,
    Branch,
    Handover,
    Repeat,
    SendTouch,
    Sequence,
    Split,
    Stage,
    StageId,
    TaskTouch,
    Touch,
)
from engine.domain.task import TaskKind

TemplateNames = Collection[tuple[Channel, str]]
Lines = Mapping[tuple[str, str], int]
"""The line of each (stage, field); the stage is empty for the sequence's own fields."""

ENTRY = "enter"
NAMELESS = "#"
"""Begins the stand-in for a stage id that cannot be used; no name of an author's does."""

TASK_CHANNELS = {TaskKind.CALL: Channel.CALL, TaskKind.LETTER: Channel.LETTER, TaskKind.SOCIAL: Channel.SOCIAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """A sequence under check, and where its parts stand."""

    sequence: Sequence
    file: str
    lines: Lines = field(default_factory=dict)

    def problem(
        self, stage: str, key: str, message: str, remedy: str, severity: Severity = Severity.ERROR,
        *, code: Code = Code.BROKEN,
    ) -> Problem:  # fmt: skip
        line = self.lines.get((stage, key)) or self.lines.get((stage, "id"))
        return Problem(code=code, file=self.file, line=line, message=message, remedy=remedy, severity=severity)


def check_name(name: str, file: str) -> list[Problem]:
    """Return the problem of a sequence called otherwise than its file, by which the library knows it."""
    stem = PurePosixPath(file).stem
    if stem == name:
        return []
    message = f"The sequence is called '{name}' and its file '{stem}'."
    return [Problem(file=file, message=message, remedy=f"Write name: {stem}, or rename the file.")]


def check_sequence(
    sequence: Sequence, *, file: str = "", lines: Lines | None = None, templates: TemplateNames | None = None
) -> list[Problem]:
    """Return every problem of *sequence* as a whole, errors and warnings; without *templates* none is missed."""
    checked = _Checked(sequence=sequence, file=file or f"sequences/{sequence.name}.yaml", lines=lines or {})
    problems = [*_wrong_targets(checked), *_wrong_conditions(checked, templates), *_wrong_handovers(checked)]
    if templates is not None:
        problems += _missing_templates(checked, templates)
    problems += [checked.problem(*what, code=code) for what, code in wrong_dates(sequence)]
    problems += _loops_without_wait(checked)
    # A stage to which a mistyped name should lead is not worth a second word.
    if not any(_wrong_targets(checked)):
        problems += _unreachable(checked)
    return problems


def targets(stage: Stage) -> Iterator[tuple[str, StageId]]:
    """Yield the stages that *stage* names, each with the field that names it."""
    match stage.step:
        case Branch() | Await():
            yield "then", stage.step.then
            yield "else", stage.step.otherwise
        case Repeat():
            yield "repeat", stage.step.to
        case Handover():
            pass
        case _:
            yield "otherwise", stage.otherwise
            for touch in touches_of(stage):
                yield from (("outcomes", target) for target in touch.outcomes.values())


def exits(sequence: Sequence, stage: Stage) -> set[StageId]:
    """Return the stages to which *stage* may lead."""
    following = sequence.after(stage.id)
    named = {following if target == NEXT else target for _, target in targets(stage)}
    match stage.step:
        case Handover():
            return set()
        case Branch() | Await():
            return named
        case Repeat(times=None):
            return named
        case _:
            return named | {following}


def _wrong_targets(checked: _Checked) -> Iterator[Problem]:
    known = {stage.id for stage in checked.sequence.stages}
    for stage in checked.sequence.stages:
        for key, target in targets(stage):
            if target in {NEXT, END, *known}:
                continue
            message = f"Stage {stage.id} goes to '{target}', which does not exist."
            named = {name for name in known if not name.startswith(NAMELESS)}
            yield checked.problem(stage.id, key, message, did_you_mean(target, named | {END}), code=Code.WRONG_TARGET)
        if isinstance(stage.step, Repeat) and stage.step.to not in _up_to(checked.sequence, stage):
            message = f"Stage {stage.id} repeats from '{stage.step.to}', which does not stand before it."
            if stage.step.to in {NEXT, END, *known}:
                yield checked.problem(
                    stage.id,
                    "repeat",
                    message,
                    "Name an earlier stage: the part between repeats.",
                    code=Code.WRONG_TARGET,
                )


def _up_to(sequence: Sequence, stage: Stage) -> set[StageId]:
    ids = [one.id for one in sequence.stages]
    return set(ids[: ids.index(stage.id)])


def _wrong_conditions(checked: _Checked, templates: TemplateNames | None) -> Iterator[Problem]:
    known = None if templates is None else {name for _, name in templates}
    for stage, source in _conditions(checked.sequence):
        key = ENTRY if not stage else "if"
        try:
            asked = compile_condition(source).templates
        except ConditionError as error:
            yield checked.problem(stage, key, error.message, error.remedy, code=Code.WRONG_CONDITION)
            continue
        for name in sorted(asked - known) if known is not None else ():
            message = f"The condition asks about '{name}', which is no template."
            yield checked.problem(
                stage, key, message, did_you_mean(name, known or ()), Severity.WARNING, code=Code.MISSING_TEMPLATE
            )


def _conditions(sequence: Sequence) -> Iterator[tuple[str, str]]:
    if sequence.enter.condition is not None:
        yield "", sequence.enter.condition
    for stage in sequence.stages:
        if isinstance(stage.step, Branch):
            yield stage.id, stage.step.condition
        elif stage.condition is not None:
            yield stage.id, stage.condition


def _wrong_handovers(checked: _Checked) -> Iterator[Problem]:
    for stage in checked.sequence.stages:
        if isinstance(stage.step, Handover) and stage.step.sequence == checked.sequence.name:
            message = f"Stage {stage.id} hands over to its own sequence."
            yield checked.problem(
                stage.id, "enroll", message, "Go back to an earlier stage with repeat instead.", code=Code.WRONG_TARGET
            )


def _missing_templates(checked: _Checked, templates: TemplateNames) -> Iterator[Problem]:
    for stage in checked.sequence.stages:
        for touch in touches_of(stage):
            channel = touch.channel if isinstance(touch, SendTouch) else TASK_CHANNELS[touch.kind]
            name = touch.template if isinstance(touch, SendTouch) else touch.script
            if (channel, name) in templates:
                continue
            message = f"Stage {stage.id} uses the {channel} template '{name}', which does not exist."
            others = [known for kind, known in templates if kind is channel]
            remedy = did_you_mean(name, others) or "There is none for this channel yet: write it."
            yield checked.problem(stage.id, channel, message, remedy, code=Code.MISSING_TEMPLATE)


def touches_of(stage: Stage) -> list[Touch]:
    """Return the touches that *stage* may make: one, the variants of a split, or none."""
    match stage.step:
        case SendTouch() | TaskTouch():
            return [stage.step]
        case Split():
            return list(stage.step.variants.values())
        case _:
            return []


def _loops_without_wait(checked: _Checked) -> Iterator[Problem]:
    """Report each part that leads back to itself though none of its stages surely takes time.

    A touch takes none: it may be skipped at once. Neither does a task: without a phone number there is no call.
    """
    hasty = {stage.id: stage for stage in checked.sequence.stages if not _surely_waits(stage)}
    edges = {name: sorted(exits(checked.sequence, stage) & hasty.keys()) for name, stage in hasty.items()}
    reported: set[StageId] = set()
    for name in hasty:
        loop = _loop_through(name, edges)
        if loop is None or reported & set(loop):
            continue
        reported |= set(loop)
        last = loop[-1]
        key = next((key for key, target in targets(hasty[last]) if target == name), "id")
        message = f"The loop {' → '.join((*loop, name))} has no wait: it would go round and round at once."
        yield checked.problem(
            last,
            key,
            message,
            f"Give one of its stages a delay, as in after: 1 week at {name}.",
            code=Code.LOOP_WITHOUT_WAIT,
        )


def _surely_waits(stage: Stage) -> bool:
    step = stage.step
    if isinstance(step, Await):
        # A status or an opt-out holds from the first instant on; an event ends a wait only once.
        return step.timeout.amount > 0 and step.event not in {*LeadStatus, OPTED_OUT}
    return stage.after.amount > 0


def _loop_through(start: StageId, edges: Mapping[StageId, list[StageId]]) -> tuple[StageId, ...] | None:
    """Return the shortest way from *start* back to itself; None where there is none."""
    ways: list[tuple[StageId, ...]] = [(start,)]
    seen: set[StageId] = set()
    for way in ways:
        for following in edges[way[-1]]:
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return None


def _unreachable(checked: _Checked) -> Iterator[Problem]:
    sequence = checked.sequence
    reached = {sequence.stages[0].id}
    waiting = [sequence.stages[0]]
    while waiting:
        for name in exits(sequence, waiting.pop()) - reached - {END}:
            reached.add(name)
            waiting.extend(_found(sequence, name))
    for stage in sequence.stages:
        if stage.id not in reached:
            message = f"No stage leads to {stage.id}."
            yield checked.problem(
                stage.id, "id", message, "Lead to it, or remove it.", Severity.WARNING, code=Code.UNREACHABLE_STAGE
            )


def _found(sequence: Sequence, name: StageId) -> Iterable[Stage]:
    stage = sequence.stage(name)
    return () if stage is None else (stage,)
