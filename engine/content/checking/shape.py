"""The shape of a sequence: dead ends, questions that decide nothing, plans without end, and leads who may not be texted."""

from collections.abc import Iterator

from engine.content.checking.plan import BY_CONSENT, Plan, channels_of, needs_consent
from engine.content.codes import Code, Severity
from engine.content.problems import Problem
from engine.content.sequence_checks import exits
from engine.domain.sequence import END, Await, Branch, Handover


def check_shape(plan: Plan) -> Iterator[Problem]:
    """Find where leads stand still, go round without end, or are let go unheard."""
    yield from _turns(plan)
    yield from _end(plan)
    yield from _without_texts(plan)


def _turns(plan: Plan) -> Iterator[Problem]:
    for stage in plan.sequence.stages:
        if not isinstance(stage.step, Branch | Await):
            continue
        ways = {plan.target(stage, stage.step.then), plan.target(stage, stage.step.otherwise)}
        # One that waits for a time of its own keeps the lead here that long, which may be all it is for.
        is_stay = isinstance(stage.step, Branch) and (stage.after.amount > 0 or stage.by_date is not None)
        if ways == {END} and not is_stay:
            what = "waits" if isinstance(stage.step, Await) else "asks"
            message = f"Stage {stage.id} {what}, and whatever the answer, nothing follows."
            yield plan.found(Code.DEAD_END, stage.id, "then", message)
        elif len(ways) == 1 and ways != {END} and isinstance(stage.step, Branch):
            message = f"Stage {stage.id} goes to {next(iter(ways))} whatever the answer."
            yield plan.found(Code.DECIDES_NOTHING, stage.id, "if", message)


def _end(plan: Plan) -> Iterator[Problem]:
    reached = plan.reached()
    if any(isinstance(stage.step, Handover) or END in exits(plan.sequence, stage) for stage in reached):
        return
    last = reached[-1].id
    leave = ", ".join(sorted(plan.sequence.leave))
    if leave:
        yield plan.found(Code.NO_END, last, "repeat", f"It has no end of its own: leads leave it by {leave}.")
    else:
        message = "It has no end, and nothing is named that a lead leaves it by."
        yield plan.found(Code.NO_END, last, "repeat", message, severity=Severity.ERROR)


def _without_texts(plan: Plan) -> Iterator[Problem]:
    texts = [stage for stage in plan.sequence.stages if needs_consent(stage)]
    if not texts:
        return
    reached = plan.reached(without_texts=True)
    if not any(isinstance(stage.step, Handover) or set(channels_of(stage)) - BY_CONSENT for stage in reached):
        message = "A lead who gave no consent to texts or recorded calls gets nothing here."
        yield plan.found(Code.ONLY_TEXTS, texts[0].id, "otherwise", message)
        return
    for stage in texts:
        if plan.target(stage, stage.otherwise) == END and plan.sequence.after(stage.id) != END:
            message = f"Stage {stage.id} ends the sequence for leads who may not be texted, and others go on."
            yield plan.found(Code.ENDS_WITHOUT_TEXTS, stage.id, "otherwise", message)
