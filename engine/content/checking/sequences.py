"""Looks over one sequence: what keeps it from being read, and what is found in the plan it makes."""

from collections import abc
from collections.abc import Mapping

from engine.content.checking.acceptance import accept
from engine.content.checking.audience import Reader, check_text_consents
from engine.content.checking.caps import check_caps
from engine.content.checking.hours import check_hours
from engine.content.checking.plan import Plan
from engine.content.checking.shape import check_shape
from engine.content.checking.vocabulary import check_vocabulary
from engine.content.codes import Code
from engine.content.library import Library
from engine.content.problems import ContentErrors, Problem
from engine.content.sequence_checks import check_name
from engine.content.sequences import ACCEPT, read_acceptances, read_sequence
from engine.content.yaml_source import YamlList, YamlMap, YamlNode, read_yaml
from engine.domain.sequence import END, Handover, Sequence

Readers = abc.Sequence[Reader]
"""The leads whom a sequence may reach."""


def look_over_sequence(
    library: Library, text: str, file: str, readers: Readers = ()
) -> tuple[Sequence | None, tuple[Problem, ...]]:
    """Return the sequence in *text*, None where it can't be used, and everything found in it and for *readers*.

    What its author accepted is among the findings and bears the reason.
    """
    try:
        root = read_yaml(text, file)
        sequence, problems = read_sequence(text, file=file, templates=library.touches)
    except ContentErrors as error:
        return None, error.problems
    plan = Plan(sequence=sequence, file=file, library=library, lines=_lines(root))
    found = [*problems, *_missing_sequences(plan), *check_shape(plan), *check_hours(plan), *check_vocabulary(plan)]
    if not any(one.code is Code.LOOP_WITHOUT_WAIT for one in found):
        found += check_caps(plan)
    found += check_text_consents(plan, readers)
    line = root.line_of(ACCEPT) if isinstance(root, YamlMap) else None
    settled = accept(found, read_acceptances(root, file), file=file, line=line)
    return sequence, tuple(sorted(settled, key=lambda problem: problem.line or 0))


def _missing_sequences(plan: Plan) -> list[Problem]:
    known = {*plan.library.sequences, plan.sequence.name, END}
    return [
        plan.found(
            Code.MISSING_SEQUENCE,
            stage.id,
            "enroll",
            f"Stage {stage.id} hands over to {stage.step.sequence}, which is not there.",
            f"Known: {', '.join(sorted(plan.library.sequences))}.",
        )
        for stage in plan.sequence.stages
        if isinstance(stage.step, Handover) and stage.step.sequence not in known
    ]


def _lines(root: YamlNode) -> Mapping[tuple[str, str], int]:
    """Return the line of every field, by stage; the stage is empty for the head."""
    if not isinstance(root, YamlMap):
        return {}
    lines = {("", key): line for key, line in root.key_lines.items()}
    stages = root.fields.get("stages")
    for node in stages.items if isinstance(stages, YamlList) else ():
        name = node.fields.get("id") if isinstance(node, YamlMap) else None
        if isinstance(node, YamlMap) and name is not None:
            stage = getattr(name, "text", "").strip()
            lines.update({(stage, key): line for key, line in node.key_lines.items()})
    return lines


def check_sequences(library: Library, readers: Readers = ()) -> tuple[Problem, ...]:
    """Return everything found in the sequences of *library*, in the order of their files."""
    problems: list[Problem] = []
    for name, text in sorted(library.sequences.items()):
        file = library.file(f"sequences/{name}.yaml")
        sequence, found = look_over_sequence(library, text, file, readers)
        problems += [*found, *(check_name(sequence.name, file) if sequence else [])]
    return tuple(problems)
