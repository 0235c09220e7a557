"""The Jinja2 environments that messages are rendered in: sandboxed, strict, and never blank.

Jinja2's sandbox keeps a template away from Python, yet bounds neither time nor memory; `syntax` allows only constructs
whose cost grows with the size of the source, so that what is rendered here always ends.
"""

import re
from decimal import Decimal
from typing import Any

from jinja2 import TemplateError, Undefined
from jinja2.filters import do_first, do_last, do_truncate
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.content import local_words


class MissingValue(Exception):
    """A placeholder has nothing to say for this lead and names no fallback: the message is held, never sent blank."""

    def __init__(self, name: str, template: str, line: int | None = None) -> None:
        self.name = name
        self.template = template
        self.line = line
        where = template if line is None else f"{template}:{line}"
        super().__init__(f"{where}: {name} is empty for this lead. {self.remedy}")

    @property
    def remedy(self) -> str:
        """What the author can do."""
        if " " in self.name:  # a whole part of the message, or an expression
            return "Give it something to say in every case, for example with {% else %}."
        return f'Give it a fallback, such as {{{{ {self.name} or "there" }}}}, or put it inside an {{% if %}}.'


def required(value: Any, name: str, template: str, line: int) -> str | int | float | Decimal:
    """Return *value* if it says something, else raise `MissingValue`; every placeholder is compiled to end in this."""
    if isinstance(value, str):
        if value and not value.isspace():
            return value
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    raise MissingValue(name, template, line)


def otherwise(value: Any, fallback: Any = "", _boolean: Any = None) -> Any:
    """Return *value*, or *fallback* where it is undefined, None or empty; Jinja's own lets the empty pass."""
    return fallback if isinstance(value, Undefined) or value is None or value == "" else value


FILTERS: dict[str, Any] = {
    "default": otherwise,
    "d": otherwise,
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "capitalize": lambda value: str(value).capitalize(),
    "title": lambda value: str(value).title(),
    "trim": lambda value: str(value).strip(),
    "length": len,
    "first": do_first,
    "last": do_last,
    "truncate": do_truncate,
    **local_words.FILTERS,
}
"""What a template may apply. None makes its input much longer: `replace` and `join` could, doubled up, without end."""

TESTS = frozenset({"defined", "undefined", "none"})

_REQUIRED = "required"


class Unknown(Undefined):
    """A value the lead doesn't have: no condition holds for it, a list of it is empty, and it can't be shown."""

    __slots__ = ()
    __str__ = Undefined._fail_with_undefined_error  # noqa: SLF001 - how Jinja's own StrictUndefined does it
    __len__ = Undefined._fail_with_undefined_error  # noqa: SLF001 - same


class _Room(ImmutableSandboxedEnvironment):
    """A sandbox in which a mapping holds its own names and nothing of Python's: `lead.custom.items` is what the lead has."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if not isinstance(obj, dict):
            return super().getattr(obj, attribute)
        return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if not isinstance(obj, dict):
            return super().getitem(obj, argument)
        return obj[argument] if argument in obj else self.undefined(obj=obj, name=argument)


def environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    """Return an environment for HTML (*autoescape*) or for plain text."""
    env = _Room(autoescape=autoescape, undefined=Unknown, keep_trailing_newline=True, cache_size=0)
    env.globals = {}
    env.tests = {name: env.tests[name] for name in TESTS}
    env.filters = {**FILTERS, _REQUIRED: required}
    return env


HTML = environment(autoescape=True)
TEXT = environment(autoescape=False)

# What a template can provoke in Python without leaving the sandbox: a filter on the wrong type, a number too long.
TEMPLATE_FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)


def required_call(expression: str, template: str, line: int) -> str:
    """Return the placeholder for *expression* with the check that it says something."""
    name = re.sub(r"[^\w.\[\]]", "", re.split(r"[|\s]", expression.strip())[0])[:NAME_CHARACTERS_MAX] or "a value"
    file = re.sub(r"[^\w./+-]", "_", template)
    return f'{{{{ ({expression}) | {_REQUIRED}("{name}", "{file}", {line}) }}}}'


NAME_CHARACTERS_MAX = 60  # names are for people to read in a reason
