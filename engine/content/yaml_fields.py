"""Reads the fields of one YAML mapping: each with its kind, every problem noted with its line, none of them fatal."""

import re
from collections.abc import Collection, Mapping

from engine.content.problems import Problem, did_you_mean
from engine.content.yaml_source import YamlList, YamlMap, YamlNode, YamlText
from engine.domain.timing import ANY, Delay, SendWindow, TimingError, parse_delay, parse_window

NAME_CHARACTERS_MAX = 80
_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_YES = frozenset({"yes", "true", "on"})
_NO = frozenset({"no", "false", "off"})


class Problems:
    """The problems of one file, as they are found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def note(self, line: int | None, message: str, remedy: str) -> None:
        """Note an error."""
        self.found.append(Problem(file=self.file, line=line, message=message, remedy=remedy))


class Fields:
    """One mapping; each method reads one field, and notes a problem and gives None where it is absent or wrong."""

    def __init__(self, source: YamlMap, problems: Problems, *, what: str) -> None:
        self.source = source
        self.problems = problems
        self.what = what

    def has(self, key: str) -> bool:
        """Return whether *key* is there with a value."""
        value = self.source.fields.get(key)
        return value is not None and not (isinstance(value, YamlText) and value.is_null)

    def note(self, key: str, message: str, remedy: str) -> None:
        """Note an error on the line of *key*."""
        self.problems.note(self.source.line_of(key), message, remedy)

    def refuse_unknown(self, known: Collection[str], elsewhere: Mapping[str, str]) -> None:
        """Note every field outside *known*; *elsewhere* says where a misplaced one belongs."""
        for key in self.source.fields:
            if key in known:
                continue
            if key in elsewhere:
                self.note(key, f"'{key}' does not belong to {self.what}.", f"It belongs to {elsewhere[key]}.")
            else:
                self.note(key, f"Unknown field '{key}' in {self.what}.", did_you_mean(key, known))

    def text(self, key: str, remedy: str, *, required: bool = False) -> str | None:
        """Read any text."""
        if not self.has(key):
            if required or key in self.source.fields:
                self.note(key, f"'{key}' is missing in {self.what}.", remedy)
            return None
        value = self.source.fields[key]
        if isinstance(value, YamlText) and value.text.strip():
            return value.text.strip()
        self.note(key, f"'{key}' must be a text.", remedy)
        return None

    def name(self, key: str, remedy: str, *, required: bool = False) -> str | None:
        """Read a name: small letters, digits, dashes, underscores and dots."""
        text = self.text(key, remedy, required=required)
        return text if text is None or self.is_name(key, text) else None

    def is_name(self, key: str, text: str) -> bool:
        """Return whether *text* is a name; notes a problem where it is not."""
        if _NAME.fullmatch(text) and len(text) <= NAME_CHARACTERS_MAX:
            return True
        remedy = "Use small letters, digits and single dashes, as in day-2."
        self.note(key, f"'{shorten(text)}' cannot be a name.", remedy)
        return False

    def choice(self, key: str, known: Collection[str]) -> str | None:
        """Read one of a closed set of words."""
        text = self.text(key, f"Write one of {', '.join(sorted(known))}.")
        if text is not None and text not in known:
            self.note(key, f"'{key}' cannot be '{shorten(text)}'.", did_you_mean(text, known))
            return None
        return text

    def yes_or_no(self, key: str, *, default: bool) -> bool:
        """Read a yes or a no."""
        text = self.text(key, "Write yes or no.")
        if text is None:
            return default
        if text.lower() not in _YES | _NO:
            self.note(key, f"'{key}' cannot be '{shorten(text)}'.", "Write yes or no.")
        return text.lower() in _YES if text.lower() in _YES | _NO else default

    def number(self, key: str, most: int) -> int | None:
        """Read a whole number from 1 to *most*."""
        text = self.text(key, f"Write a whole number from 1 to {most}.")
        if text is None:
            return None
        if re.fullmatch("[0-9]{1,9}", text) and 1 <= int(text) <= most:
            return int(text)
        self.note(key, f"'{key}' cannot be '{shorten(text)}'.", f"Write a whole number from 1 to {most}.")
        return None

    def delay(self, key: str, *, required: bool = False) -> Delay | None:
        """Read a delay, with or without the word `after` before it."""
        text = self.text(key, "Write a delay, such as 10 minutes or 3 business days.", required=required)
        if text is None:
            return None
        try:
            return parse_delay(re.sub(r"^after\s+", "", text))
        except TimingError as error:
            self.note(key, *said_by(key, error))
            return None

    def window(self, key: str) -> SendWindow | None:
        """Read a send window: `any`, or days and hours."""
        if not self.has(key):
            return None
        try:
            return parse_window(plain(self.source.fields[key]))
        except TimingError as error:
            self.note(key, *said_by(key, error))
            return ANY

    def mapping(self, key: str, remedy: str, *, what: str) -> "Fields | None":
        """Read a mapping."""
        value = self.source.fields.get(key)
        if isinstance(value, YamlMap) and value.fields:
            return Fields(value, self.problems, what=what)
        if key in self.source.fields:
            self.note(key, f"'{key}' must be a mapping.", remedy)
        return None

    def names(self, key: str, remedy: str) -> frozenset[str] | None:
        """Read a list of names, or a single one."""
        if key not in self.source.fields:
            return None
        value = self.source.fields[key]
        items = value.items if isinstance(value, YamlList) else (value,)
        texts = [item.text for item in items if isinstance(item, YamlText) and not item.is_null]
        if len(texts) != len(items):
            self.note(key, f"'{key}' must be a list of names.", remedy)
        return frozenset(text for text in texts if self.is_name(key, text))


def said_by(key: str, error: TimingError) -> tuple[str, str]:
    """Return a message and a remedy from *error*, whose last part says what to do."""
    message, *rest = _REMEDY.split(str(error), maxsplit=1)
    remedy = rest[0] if rest else "see the reference of sequences"
    return f"{key}: {shorten(message, 160)}.", f"{remedy[:1].upper()}{remedy[1:]}."


_REMEDY = re.compile(r": (?=(?:write|drop|give|a delay) )")


def shorten(text: str, most: int = 60) -> str:
    """Return *text* on one line, short enough to be quoted."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def plain(node: YamlNode) -> object:
    """Return *node* as plain texts, lists and dictionaries."""
    match node:
        case YamlText():
            return node.text
        case YamlList():
            return [plain(item) for item in node.items]
        case YamlMap():
            return {key: plain(value) for key, value in node.fields.items()}
