"""Reads one stage of a sequence: which step it is, and the fields that belong to that step."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from channels.address import Channel
from channels.events import CallOutcome
from engine.content.problems import did_you_mean
from engine.content.yaml_fields import Fields
from engine.domain.sequence import (
    END,
    IMMEDIATELY,
    NEXT,
    Await,
    Branch,
    ByDate,
    Handover,
    Overdue,
    OverdueThen,
    Repeat,
    SendTouch,
    Split,
    Stage,
    StageId,
    Step,
    TaskTouch,
    Touch,
)
from engine.domain.task import TaskKind, TaskOutcome
from engine.domain.timing import Delay, Unit
from engine.domain.touching import NOBODY

MESSAGES: Mapping[str, Channel] = {name: Channel(name) for name in ("email", "sms", "voicemail")}
TASKS: Mapping[str, TaskKind] = {name: TaskKind(name) for name in ("call", "letter", "social")}
AWAITS = ("wait for", "await")
SKIP = "skip"
RESERVED_IDS = frozenset({NEXT, END, SKIP, NOBODY})
VARIANTS_MIN = 2
WEIGHT_MAX = 1000
TIMES_MAX = 1000

_BY_DATE = ("before", "past")
_ANY_STAGE = {"id", "after", *_BY_DATE}
_TOUCH = {*_ANY_STAGE, "if", "window", "otherwise"}
_TASK_ONLY = {"due", "wait", "patience", "outcomes"}
_CALL_ONLY = {"patience", "outcomes"}
_OWN: Mapping[str, set[str]] = {"voicemail": _CALL_ONLY, **dict.fromkeys(TASKS, _TASK_ONLY)}
"""What a touch may say beside its template."""

_FIELDS: Mapping[str, set[str]] = {
    **{kind: {*_TOUCH, *_OWN.get(kind, ()), "overdue", kind} for kind in MESSAGES},
    **{kind: {*_TOUCH, *_TASK_ONLY, kind} for kind in TASKS},
    "split": {*_TOUCH, "overdue", "split"},
    "if": {*_ANY_STAGE, "if", "then", "else"},
    **{kind: {"id", kind, "timeout", "then", "else"} for kind in AWAITS},
    "enroll": {*_ANY_STAGE, "enroll"},
    "repeat": {*_ANY_STAGE, "repeat", "times"},
}
_KINDS = tuple(kind for kind in _FIELDS if kind != "if")
_TASK_STAGES = "call, letter and social stages"
_TURN_STAGES = "if and wait for stages"
_BELONGS: Mapping[str, str] = {
    **dict.fromkeys(_TASK_ONLY, _TASK_STAGES),
    **dict.fromkeys(_CALL_ONLY, "call, letter, social and voicemail stages"),
    "then": _TURN_STAGES,
    "else": _TURN_STAGES,
    "timeout": "wait for stages",
    "times": "repeat stages",
    "window": "stages that touch the lead",
    "otherwise": "stages that touch the lead; here, use else",
    "overdue": "email, sms, voicemail and split stages",
    **dict.fromkeys(("after", *_BY_DATE), "other stages; here, use timeout"),
    "if": "stages that touch the lead",
    "weight": "the variants of a split",
}
_PLACEHOLDER = Await(event="unknown", timeout=Delay(amount=1, unit=Unit.DAYS), then=NEXT, otherwise=NEXT)


def read_stage_id(fields: Fields) -> StageId | None:
    """Return the stage's id."""
    text = fields.name("id", "Give each stage a short name of its own, as in id: day-2.", required=True)
    if text in RESERVED_IDS:
        fields.note("id", f"A stage cannot be called '{text}'.", "The word has a meaning of its own: choose another.")
        return None
    return None if text is None else StageId(text)


def read_stage(fields: Fields, stage_id: StageId) -> Stage:
    """Return the stage; where it cannot be read, one that waits in its place, so that the others can be checked."""
    kind = _kind(fields)
    if kind is None:
        return Stage(id=stage_id, step=_PLACEHOLDER)
    fields.what = f"{_article(kind)} {kind} stage"
    fields.refuse_unknown(_FIELDS[kind], _BELONGS)
    is_touch = kind in MESSAGES or kind in TASKS or kind == "split"
    return Stage(
        id=stage_id,
        step=_step(fields, kind) or _PLACEHOLDER,
        after=(fields.delay("after") if kind not in AWAITS else None) or IMMEDIATELY,
        by_date=_by_date(fields) if kind not in AWAITS else None,
        window=fields.window("window") if is_touch else None,
        otherwise=_target(fields, "otherwise") if is_touch else NEXT,
        condition=fields.text("if", "Write a condition, as in lead.opened('guide').") if is_touch else None,
        overdue=_overdue(fields) if is_touch else None,
    )


def _by_date(fields: Fields) -> ByDate | None:
    named = [key for key in ("after", *_BY_DATE) if fields.has(key)]
    if len(named) > 1:
        fields.note(named[1], f"A stage cannot wait for both {named[0]} and {named[1]}.", "Keep one of them.")
    delays = {key: fields.delay(key) for key in _BY_DATE if key in fields.source.fields}
    for key, delay in delays.items():
        if delay is None:
            continue
        if key == "before" and delay.amount == 0 and delay.at is None:
            fields.note(key, "This is no time before the date.", "Write a time such as 2 hours or 1 day at 10:00.")
        return ByDate(delay=delay, is_before=key == "before")
    return None


def _overdue(fields: Fields) -> Overdue | None:
    remedy = "Write overdue: {after: 2 days, then: skip}; then can be send, skip or ask."
    overdue = fields.mapping("overdue", remedy, what="overdue")
    if overdue is None:
        return None
    overdue.refuse_unknown({"after", "then"}, {})
    after = overdue.delay("after", required=True)
    if not overdue.has("then"):
        overdue.note("after", "'then' is missing.", remedy)
    then = overdue.choice("then", set(OverdueThen))
    if after is not None and after.amount == 0:
        overdue.note("after", "A message cannot be late at once.", "Write a delay such as 2 days.")
        return None
    return Overdue(after=after, then=OverdueThen(then)) if after and then else None


def _kind(fields: Fields) -> str | None:
    kinds = [kind for kind in _KINDS if kind in fields.source.fields]
    if len(kinds) > 1:
        fields.note(kinds[1], f"A stage cannot be both {kinds[0]} and {kinds[1]}.", "Make two stages of it.")
        return None
    if kinds:
        return kinds[0]
    if "if" in fields.source.fields:
        return "if"
    for key in fields.source.fields:
        if key not in {"id", *_BELONGS} and (remedy := did_you_mean(key, _FIELDS)).startswith("Did"):
            fields.note(key, f"Unknown field '{key}'.", remedy)
            return None
    unknown = [key for key in fields.source.fields if key not in {"id", *_BELONGS}]
    said = f"There is no channel or step '{unknown[0]}'." if unknown else "The stage does nothing."
    fields.note(unknown[0] if unknown else "id", said, f"Known: {', '.join(_FIELDS)}.")
    return None


def _step(fields: Fields, kind: str) -> Step | None:
    match kind:
        case "split":
            return _split(fields)
        case "if":
            return _branch(fields)
        case "wait for" | "await":
            return _await(fields, kind)
        case "enroll":
            name = fields.name(kind, "Name a sequence, as in enroll: long-term-nurture.", required=True)
            return Handover(sequence=name) if name else None
        case "repeat":
            to = fields.name(kind, "Name the stage to go back to.", required=True)
            return Repeat(to=StageId(to), times=fields.number("times", TIMES_MAX)) if to else None
        case _:
            return _touch(fields, kind)


def _touch(fields: Fields, kind: str) -> Touch | None:
    template = fields.name(kind, f"Name a template, as in {kind}: first-hello.", required=True)
    if kind in TASKS:
        task = _task(fields, TASKS[kind], template or "")
        return task if template else None
    if MESSAGES[kind] is Channel.VOICEMAIL:
        return _voicemail(fields, template or "") if template else None
    return SendTouch(channel=MESSAGES[kind], template=template) if template else None


def _voicemail(fields: Fields, template: str) -> SendTouch:
    plain = SendTouch(channel=Channel.VOICEMAIL, template=template)
    patience = fields.delay("patience") or plain.patience
    if patience.amount == 0:
        fields.note("patience", "A call takes its time.", "Write a patience such as 1 hour.")
    if fields.has("patience") and not fields.has("outcomes"):
        fields.note("patience", "'patience' means nothing without outcomes.", "Leave it out, or name outcomes.")
    example = "{human: call-now, no_answer: text, none: text}"
    return replace(plain, patience=patience, outcomes=_outcomes(fields, set(CallOutcome), example))


def _task(fields: Fields, kind: TaskKind, script: str) -> TaskTouch:
    waits = fields.yes_or_no("wait", default=True)
    patience = fields.delay("patience") or TaskTouch(kind=kind, script=script).patience
    if patience.amount == 0:
        fields.note("patience", "A task cannot wait for no time.", "Write wait: no, or a patience such as 3 days.")
    for key in ("patience", "outcomes"):
        if not waits and fields.has(key):
            fields.note(key, f"'{key}' means nothing with wait: no.", f"Leave out {key}, or write wait: yes.")
    return TaskTouch(
        kind=kind,
        script=script,
        due=fields.delay("due") or IMMEDIATELY,
        waits=waits,
        patience=patience,
        outcomes=_outcomes(fields, set(TaskOutcome), "{reached: warm, none: day-3}"),
    )


def _outcomes(fields: Fields, words: Collection[str], example: str) -> dict[str, StageId]:
    outcomes = fields.mapping("outcomes", f"Name a stage for each outcome, as in outcomes: {example}.", what="outcomes")
    if outcomes is None:
        return {}
    outcomes.refuse_unknown({*words, NOBODY}, {})
    known = [key for key in outcomes.source.fields if key in {*words, NOBODY}]
    return {key: _target(outcomes, key) for key in known}


def _split(fields: Fields) -> Split | None:
    remedy = "Write the variants, as in split: {a: {email: guide}, b: {email: question, weight: 2}}."
    split = fields.mapping("split", remedy, what="a split")
    if split is None:
        return None
    if len(split.source.fields) < VARIANTS_MIN:
        fields.note("split", "A split needs at least two variants.", remedy)
    variants: dict[str, Touch] = {}
    weights: dict[str, int] = {}
    for name in split.source.fields:
        variant = split.mapping(name, remedy, what=f"the variant {name}") if split.is_name(name, name) else None
        touch = _variant(variant) if variant else None
        if variant and touch:
            variants[name] = touch
            weights[name] = variant.number("weight", WEIGHT_MAX) or 1
    return Split(variants=variants, weights=weights) if variants else None


def _variant(fields: Fields) -> Touch | None:
    kinds = [kind for kind in (*MESSAGES, *TASKS) if kind in fields.source.fields]
    if len(kinds) != 1:
        known = ", ".join((*MESSAGES, *TASKS))
        unknown = [key for key in fields.source.fields if key not in {"weight", *_TASK_ONLY, *MESSAGES, *TASKS}]
        key = unknown[0] if unknown and not kinds else "weight"
        fields.note(key, f"{fields.what.capitalize()} needs exactly one touch.", f"One of {known}.")
        return None
    fields.refuse_unknown({kinds[0], "weight", *_OWN.get(kinds[0], ())}, _BELONGS)
    return _touch(fields, kinds[0])


def _branch(fields: Fields) -> Branch | None:
    condition = fields.text("if", "Write a condition, as in lead.clicked('guide').", required=True)
    if not fields.has("then") and not fields.has("else"):
        known = ", ".join((*MESSAGES, *TASKS))
        fields.note("if", "The stage asks, but goes nowhere.", f"Add then: and else:, or a touch ({known}).")
        return None
    then, otherwise = _target(fields, "then"), _target(fields, "else")
    return Branch(condition=condition, then=then, otherwise=otherwise) if condition else None


def _await(fields: Fields, kind: str) -> Await | None:
    event = fields.name(kind, "Name what to wait for, as in wait for: replied.", required=True)
    timeout = fields.delay("timeout", required=True)
    if timeout is not None and timeout.amount == 0:
        fields.note("timeout", "A wait cannot end before it begins.", "Write a timeout such as 3 days.")
        return None
    then, otherwise = _target(fields, "then"), _target(fields, "else")
    return Await(event=event, timeout=timeout, then=then, otherwise=otherwise) if event and timeout else None


def _target(fields: Fields, key: str) -> StageId:
    """Return the stage that *key* names; `skip`, `next` and nothing mean the one that follows."""
    text = fields.name(key, "Name a stage, or write skip or end.")
    return NEXT if text in {None, SKIP, NEXT} else StageId(text or NEXT)


def _article(word: str) -> str:
    return "an" if word[0] in "aei" else "a"
