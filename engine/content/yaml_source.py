"""Reads YAML into a tree of texts that know their line, without ever building objects or expanding without bound.

Every scalar stays the text its author wrote, and the field that wants a number or a yes reads it: YAML 1.1 would make
`no` false, `10:30` a number of minutes and `2026-01-05` a date before anybody asked.
"""

from dataclasses import dataclass, field
from typing import NoReturn

import yaml

from engine.content.problems import ContentErrors, Problem

CHARACTERS_MAX = 60_000  # a sequence of 200 stages fits; reading this much takes a second at most
DEPTH_MAX = 12
NODES_MAX = 10_000  # counted as if every alias were written out


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlText:
    """A scalar as written; an unquoted empty, `~` or `null` is no text but `is_null`."""

    line: int
    text: str
    is_null: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlList:
    """A list."""

    line: int
    items: tuple["YamlNode", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlMap:
    """A mapping with text keys, in their order."""

    line: int
    fields: dict[str, "YamlNode"]
    key_lines: dict[str, int]

    def line_of(self, key: str) -> int:
        """Return the line *key* stands on, else the mapping's own."""
        return self.key_lines.get(key, self.line)


YamlNode = YamlText | YamlList | YamlMap


def read_yaml(text: str, file: str) -> YamlNode:
    """Return the one document in *text*; raises `ContentErrors`.

    A key written twice is an error, since YAML would silently keep the last.
    """
    if len(text) > CHARACTERS_MAX:
        _refuse(file, None, f"The file is longer than {CHARACTERS_MAX} characters.", "Split it into several.")
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        _refuse(file, line, "The file holds a character that is no text.", "Save it as plain UTF-8 text.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        _refuse(file, mark.line + 1 if mark else None, f"This is not YAML: {said}.", QUOTES)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        _refuse(file, None, f"This is not YAML: {str(error)[:200]}.", QUOTES)
    if builder.root is None:
        _refuse(file, None, "The file is empty.", "Begin with a line such as `name: my-sequence`.")
    return builder.root


QUOTES = "Check the indentation, and put texts that hold a colon, a # or a brace in quotes."


@dataclass(slots=True)
class _Open:
    """A list or mapping still being read; *key* is the mapping's key that waits for its value."""

    line: int
    is_map: bool
    anchor: str | None
    items: list[YamlNode] = field(default_factory=list)
    fields: dict[str, YamlNode] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)
    key: str | None = None
    size: int = 1


class _Builder:
    """Builds the tree from the parser's events, so that each bound is met before anything is built beyond it."""

    def __init__(self, file: str) -> None:
        self.root: YamlNode | None = None
        self._file = file
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[YamlNode, int]] = {}
        self._size = 0

    def take(self, event: yaml.Event) -> None:
        assert event.start_mark is not None
        line = event.start_mark.line + 1
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                self._refuse(line, "There is a second document.", "Keep one, without a line of three dashes.")
            case yaml.AliasEvent():
                self._take_alias(event.anchor, line)
            case yaml.ScalarEvent():
                self._refuse_tag(event, line)
                is_null = event.style is None and event.value.lower() in {"", "~", "null"}
                self._place(YamlText(line=line, text=event.value, is_null=is_null), event.anchor, 1, line)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._refuse_tag(event, line)
                if len(self._open) >= DEPTH_MAX:
                    self._refuse(line, "This is nested too deeply.", "A sequence needs no more than five levels.")
                is_map = isinstance(event, yaml.MappingStartEvent)
                self._open.append(_Open(line=line, is_map=is_map, anchor=event.anchor))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                done = self._open.pop()
                self._place(_closed(done), done.anchor, done.size, done.line)
            case _:
                pass

    def _take_alias(self, name: str | None, line: int) -> None:
        if name is None or name not in self._anchors:
            self._refuse(line, f"Nothing is marked as &{name} above.", "Write the value out.")
        node, size = self._anchors[name]
        self._place(node, None, size, line)

    def _place(self, node: YamlNode, anchor: str | None, size: int, line: int) -> None:
        """Put a finished *node* where it belongs; *size* counts it as if its aliases were written out."""
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._open:
            self.root = node
            return
        around = self._open[-1]
        around.size += size
        if around.size > NODES_MAX:
            self._refuse(line, "The file stands for too many values.", "Use fewer stages, and no aliases of aliases.")
        if not around.is_map:
            around.items.append(node)
        elif around.key is None:
            around.key = self._read_key(node, around, line)
        else:
            around.fields[around.key] = node
            around.key = None

    def _read_key(self, node: YamlNode, around: _Open, line: int) -> str:
        if not isinstance(node, YamlText) or node.is_null:
            self._refuse(line, "A field's name must be a word.", QUOTES)
        if node.text in around.key_lines:
            first = around.key_lines[node.text]
            self._refuse(line, f"'{node.text}' stands here twice, first on line {first}.", "Keep one of them.")
        around.key_lines[node.text] = line
        return node.text

    def _refuse_tag(self, event: yaml.NodeEvent, line: int) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            self._refuse(line, f"Tags such as {tag[:40]} are not read here.", "Write the plain value.")

    def _refuse(self, line: int | None, message: str, remedy: str) -> NoReturn:
        _refuse(self._file, line, message, remedy)


def _closed(done: _Open) -> YamlNode:
    if done.is_map:
        return YamlMap(line=done.line, fields=done.fields, key_lines=done.key_lines)
    return YamlList(line=done.line, items=tuple(done.items))


def _refuse(file: str, line: int | None, message: str, remedy: str) -> NoReturn:
    raise ContentErrors((Problem(file=file, line=line, message=message, remedy=remedy),))
