"""Reads YAML that people write: a mapping, and on which line each of its keys stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from engine.content.problems import ContentErrors, Problem

# Brand and front matter are a page or two; a file beyond this is something else.
YAML_CHARACTERS_MAX = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlMapping:
    """A mapping, and the line of each top-level key."""

    values: Mapping[str, Any]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file of front matter and text; *body_line* is the line on which the text begins."""

    front: YamlMapping
    body: str
    body_line: int


_FENCE = re.compile(r"---[ \t]*\n(.*?)(?:^|\n)---[ \t]*(?:\n|$)", re.DOTALL)


def read_document(text: str, file: str) -> Document:
    """Split *text* into front matter and body; a file without front matter is all body. Raises `ContentErrors`."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not re.match(r"---[ \t]*(\n|$)", text):
        return Document(front=YamlMapping(values={}, lines={}), body=text, body_line=1)
    found = _FENCE.match(text)
    if found is None:
        problem = Problem(
            file=file, line=1, message="The front matter has no end.", remedy="Close it with a line of three dashes."
        )
        raise ContentErrors((problem,))
    front = read_mapping(found.group(1), file, first_line=2)
    return Document(front=front, body=text[found.end() :], body_line=text.count("\n", 0, found.end()) + 1)


def read_mapping(text: str, file: str, *, first_line: int = 1) -> YamlMapping:
    """Read *text*, which begins on *first_line* of *file*, as a mapping with text keys; raises `ContentErrors`."""
    if len(text) > YAML_CHARACTERS_MAX:
        raise _errors(file, first_line, "This is too long.", f"Keep it below {YAML_CHARACTERS_MAX} characters.")
    try:
        # Aliases let ten lines stand for a billion values, and nothing here needs one.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise _errors(file, first_line, "YAML aliases are not read here.", "Write the value out.")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = first_line + error.problem_mark.line if error.problem_mark else first_line
        raise _errors(file, line, f"This is not YAML: {error.problem}.", _YAML_REMEDY) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _errors(file, first_line, "This is not YAML that can be read.", _YAML_REMEDY) from error
    if values is None:
        return YamlMapping(values={}, lines={})
    if not isinstance(node, yaml.MappingNode) or not all(isinstance(key, str) for key in values):
        raise _errors(file, first_line, "This must be `name: value` lines.", "Write one field a line.")
    lines = {key.value: first_line + key.start_mark.line for key, _ in node.value}
    if len(lines) != len(node.value):
        raise _errors(file, first_line, "A field is written twice.", "Keep one of them.")
    return YamlMapping(values=values, lines=lines)


_YAML_REMEDY = "Put texts that hold a colon or begin with a brace in quotes."


def _errors(file: str, line: int, message: str, remedy: str) -> ContentErrors:
    return ContentErrors((Problem(file=file, line=line, message=message, remedy=remedy),))
