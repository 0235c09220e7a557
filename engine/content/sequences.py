"""Reads a sequence from YAML into values, and says everything that is wrong with it at once, by line."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import time
from hashlib import sha256
from typing import Any

from consent.facts import Purpose
from engine.content.problems import ContentErrors, Problem, errors_among
from engine.content.sequence_checks import ENTRY, NAMELESS, Lines, TemplateNames, check_sequence
from engine.content.stages import read_stage, read_stage_id
from engine.content.yaml_fields import Fields, Problems
from engine.content.yaml_source import YamlList, YamlMap, YamlNode, read_yaml
from engine.domain.sequence import DEFAULT_LEAVE, EntryRule, Sequence, Stage, StageId, Trigger
from engine.domain.timing import ANY

__all__ = ["ACCEPT", "check_sequence", "parse_sequence", "read_acceptances", "read_sequence"]

STAGES_MAX = 200  # nobody can follow a longer plan, and each walk looks at all of them
NEVER = "never"
_FIELDS = frozenset({"name", "purpose", "topic", "enter", "leave", "exclusive", "window", "date", "accept", "stages"})
ACCEPT = "accept"
"""The field of the head that lets findings stand, each with its reason."""

_HOW_TO_ACCEPT = "Write it as accept: {no-end: A letter a month is meant to go on}."
_PURPOSES = frozenset({Purpose.MARKETING, Purpose.SERVICE})
_NO_NAME = "unnamed"


def parse_sequence(text: str, *, file: str, templates: TemplateNames | None = None) -> Sequence:
    """Return the sequence in *text*; raises `ContentErrors` with every problem, warnings among them.

    *templates* are those that exist; None leaves unasked whether a template is missing.
    """
    return read_sequence(text, file=file, templates=templates)[0]


def read_sequence(
    text: str, *, file: str, templates: TemplateNames | None = None
) -> tuple[Sequence, tuple[Problem, ...]]:
    """Return the sequence in *text* and the warnings about it; raises as `parse_sequence` does."""
    root = read_yaml(text, file)
    problems = Problems(file)
    if not isinstance(root, YamlMap):
        problems.note(root.line, "A sequence must be a mapping.", "Begin with a line such as `name: my-sequence`.")
        raise ContentErrors(problems.found)
    top = Fields(root, problems, what="a sequence")
    stages, lines = _stages(top)
    sequence = _sequence(top, stages)
    if sequence is None:
        raise ContentErrors(_sorted(problems.found))
    found = [*problems.found, *check_sequence(sequence, file=file, lines=lines, templates=templates)]
    if errors_among(found):
        raise ContentErrors(_sorted(found))
    return replace(sequence, revision=_revision(sequence)), tuple(_sorted(found))


def read_acceptances(root: YamlNode, file: str) -> dict[str, str]:
    """Return the reasons for which findings may stand, by code; they are no part of the plan, nor of its revision."""
    if not isinstance(root, YamlMap):
        return {}
    return _acceptances(Fields(root, Problems(file), what="a sequence"))


def _acceptances(top: Fields) -> dict[str, str]:
    reasons = top.mapping(ACCEPT, _HOW_TO_ACCEPT, what=ACCEPT)
    if reasons is None:
        return {}
    read = ((code, reasons.text(code, _HOW_TO_ACCEPT, required=True)) for code in reasons.source.fields)
    return {code: reason for code, reason in read if reason}


def _sequence(top: Fields, stages: tuple[Stage, ...]) -> Sequence | None:
    top.refuse_unknown(_FIELDS, {})
    _acceptances(top)
    name = top.name("name", "Write a line such as `name: my-sequence`.", required=True)
    leave = top.names("leave", "Write a list, as in leave: [booked, customer, opted_out].")
    enter = _enter(top)
    purpose = top.choice("purpose", _PURPOSES)
    exclusive = top.yes_or_no("exclusive", default=True)
    window = top.window("window")
    date = top.name("date", "Name a custom field of the lead that holds a date, as in date: appointment.")
    topic = top.name("topic", "Name what it is about, as in topic: tips, or leave it out.")
    if not stages:
        return None
    return Sequence(
        name=name or _NO_NAME,
        revision="",
        purpose=Purpose(purpose or Purpose.MARKETING),
        enter=enter,
        leave=DEFAULT_LEAVE if leave is None else leave,
        exclusive=exclusive,
        window=window or ANY,
        topic=topic,
        date=date,
        stages=stages,
    )


def _enter(top: Fields) -> EntryRule:
    enter = top.mapping(ENTRY, "Write a rule, as in enter: {when: lead.created, again: after 90 days}.", what="enter")
    if enter is None:
        return EntryRule()
    enter.refuse_unknown({"when", "event", "if", "again"}, {})
    when = Trigger(enter.choice("when", set(Trigger)) or Trigger.MANUAL)
    event = enter.name("event", "Name the fact that starts it, as in event: visited-pricing.")
    if when is Trigger.EVENT and event is None and not enter.has("event"):
        enter.note("when", "The event that starts it has no name.", "Add event: and its name.")
    if when is not Trigger.EVENT and event is not None:
        enter.note("event", "An event is named, but something else starts it.", "Write when: event, or leave it out.")
    is_never = enter.has("again") and enter.text("again", "Write after 90 days, or never.") == NEVER
    return EntryRule(
        when=when,
        event=event,
        condition=enter.text("if", "Write a condition, as in lead.source == 'web-form'."),
        again=None if is_never else enter.delay("again"),
    )


def _stages(top: Fields) -> tuple[tuple[Stage, ...], Lines]:
    lines: dict[tuple[str, str], int] = {("", key): top.source.line_of(key) for key in (ENTRY, "date", "leave")}
    stages: dict[StageId, Stage] = {}
    for node in _stage_nodes(top):
        if not isinstance(node, YamlMap):
            top.problems.note(node.line, "A stage must be a mapping.", "Write it as - {id: day-2, email: guide}.")
            continue
        stage_fields = Fields(node, top.problems, what="a stage")
        stage_id = read_stage_id(stage_fields)
        if stage_id is not None and stage_id in stages:
            first = lines[stage_id, "id"]
            message = f"There are two stages called '{stage_id}', the first on line {first}."
            stage_fields.note("id", message, "Give each stage a name of its own.")
        # One without a usable name is still read, so that its other problems are told too.
        usable = (
            stage_id if stage_id is not None and stage_id not in stages else StageId(f"{NAMELESS}{len(stages) + 1}")
        )
        stages[usable] = read_stage(stage_fields, usable)
        lines.update({(usable, key): line for key, line in _lines_of(node).items()})
    return tuple(stages.values()), lines


def _stage_nodes(top: Fields) -> tuple[YamlNode, ...]:
    remedy = "Write stages: and below it one line for each, as in - {id: hello, email: hello}."
    value = top.source.fields.get("stages")
    if not isinstance(value, YamlList) or not value.items:
        top.note("stages", "The sequence has no list of stages.", remedy)
        return ()
    if len(value.items) > STAGES_MAX:
        top.note("stages", f"There are more than {STAGES_MAX} stages.", "Hand over to a second sequence with enroll.")
    return value.items[:STAGES_MAX]


def _lines_of(node: YamlMap) -> Mapping[str, int]:
    inside = {}
    for value in node.fields.values():
        if isinstance(value, YamlMap):
            for variant in value.fields.values():
                inside.update(variant.key_lines if isinstance(variant, YamlMap) else {})
    return {**inside, "id": node.line, **node.key_lines}


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line or 0)


def _revision(sequence: Sequence) -> str:
    """Return the hash of what the sequence says; comments, order of fields and spelling of delays do not matter."""
    canonical = json.dumps(_canonical(sequence), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


_LATER: Mapping[type, tuple[str, ...]] = {Sequence: ("topic", "date"), Stage: ("by_date",)}
"""What came later: a sequence that does not say it keeps the revision it had."""


def _canonical(value: Any) -> Any:
    if is_dataclass(value):
        told = {each.name: _canonical(getattr(value, each.name)) for each in fields(value)}
        for name in _LATER.get(type(value), ()):
            if getattr(value, name) is None:
                del told[name]
        return {"is": type(value).__name__, **told}
    match value:
        case Mapping():
            return {key: _canonical(item) for key, item in value.items()}
        case frozenset():
            return sorted((_canonical(item) for item in value), key=str)
        case tuple() | list():
            return [_canonical(item) for item in value]
        case time():
            return value.isoformat()
        case _:
            return value
