"""What a template may be made of: a short list of constructs, and the names it may use.

Everything on the list costs time and memory in proportion to the size of the source. What is off it (assignments,
calls, arithmetic, nested loops) is what lets a short template run for ever or fill the memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes

from engine.content.codes import Code
from engine.content.problems import Problem, did_you_mean
from engine.content.sandbox import FILTERS, TEMPLATE_FAULTS, TESTS, TEXT
from engine.content.variables import ANYTHING, KNOWN, VALUES

# A message is a page; a long newsletter is a third of this. Markdown's worst cases take a second at this length.
SOURCE_CHARACTERS_MAX = 30_000
# Conditions inside conditions beyond this can't be read by a person either, and CPython refuses 20 nested blocks.
DEPTH_MAX = 24

_NO_VARIABLE = "There is no variable"

_LOOP = frozenset({"index", "first", "last", "length"})

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.If,
    nodes.For,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
    nodes.Include,
)

_REMEDIES: dict[type[nodes.Node], str] = {
    nodes.Call: "Use a filter, such as {{ lead.company | upper }}.",
    nodes.Concat: "Write the text outside the braces, beside the placeholder.",
    nodes.Assign: "Repeat the value, or put the text into a snippet.",
    nodes.Mul: "Write the text out.",
    nodes.Import: "Put shared text into snippets/ and include it.",
    nodes.Extends: "Name a layout in the front matter instead.",
    nodes.Macro: "Put shared text into snippets/ and include it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a template may name: variable groups (see `KNOWN`) and snippets."""

    known: Mapping[str, frozenset[str]]
    snippets: frozenset[str] = frozenset()


def check_syntax(source: str, file: str, *, first_line: int = 1, snippets: Iterable[str] = ()) -> list[Problem]:
    """Return what keeps *source*, which begins on *first_line* of *file*, from being a template."""
    scope = Scope(known=KNOWN, snippets=frozenset(snippets))
    found = list(_faults(source, scope))
    return [
        Problem(code=_code_of(said), file=file, line=first_line + line - 1, message=said, remedy=remedy)
        for line, said, remedy in found
    ]


def _code_of(said: str) -> Code:
    return Code.UNKNOWN_VARIABLE if said.startswith(_NO_VARIABLE) else Code.TEMPLATE_SYNTAX


Fault = tuple[int, str, str]
"""A line within the source, what is wrong there, and what to do."""


def _faults(source: str, scope: Scope) -> Iterator[Fault]:
    if len(source) > SOURCE_CHARACTERS_MAX:
        yield 1, "The text is too long.", f"Keep it below {SOURCE_CHARACTERS_MAX} characters."
        return
    try:
        tree = TEXT.parse(source)
        yield from _walk(tree, scope, frozenset(), 0)
    except TemplateSyntaxError as error:
        yield error.lineno, f"The template can't be read: {error.message}", _syntax_remedy(error.message or "")
    except TEMPLATE_FAULTS:
        yield 1, "The template can't be read.", "Make its expressions simpler."


def _syntax_remedy(message: str) -> str:
    if "end of template" in message or "endif" in message or "endfor" in message:
        return "Close every {% if %} with {% endif %} and every {% for %} with {% endfor %}."
    if "filter" in message:
        return f"Filters here: {', '.join(sorted(FILTERS))}."
    return "Placeholders are written {{ lead.first_name }}."


def _walk(node: nodes.Node, scope: Scope, local: frozenset[str], depth: int) -> Iterator[Fault]:
    if depth > DEPTH_MAX:
        yield node.lineno, "The template is nested too deeply.", "Split it, or use fewer conditions."
        return
    if not isinstance(node, _ALLOWED):
        word = type(node).__name__.lower()
        remedy = _REMEDIES.get(type(node), "Templates have placeholders, filters, if, for and include.")
        yield node.lineno, f"A template can't use {_WORDS.get(word, word)}.", remedy
        return
    yield from _own_faults(node, scope, local)
    if isinstance(node, nodes.For):
        local = local | {"loop"} | {name.name for name in node.find_all(nodes.Name) if name.ctx == "store"}
    if isinstance(node, nodes.Getattr | nodes.Getitem) and _path(node):
        return
    for child in node.iter_child_nodes():
        yield from _walk(child, scope, local, depth + 1)


_WORDS = {"call": "calls", "mul": "multiplication", "assign": "{% set %}", "concat": "~", "import": "{% import %}"}


def _own_faults(node: nodes.Node, scope: Scope, local: frozenset[str]) -> Iterator[Fault]:
    match node:
        case nodes.Filter(name=name) if name not in FILTERS:
            yield node.lineno, f"There is no filter {name}.", did_you_mean(name, FILTERS)
        case nodes.Test(name=name) if name not in TESTS:
            yield node.lineno, f"There is no test {name}.", did_you_mean(name, TESTS)
        case nodes.Include():
            yield from _include_faults(node, scope)
        case nodes.For():
            if "loop" in local:
                yield node.lineno, "Loops can't stand inside loops.", "Write one list after the other."
            if node.recursive or not _path(node.iter):
                yield node.lineno, "A loop runs only over a list the lead or brand has.", "Use lead.custom.<name>."
        case nodes.Name(name=name, ctx="load") if name not in local:
            yield from _name_faults(node.lineno, (name,), scope)
        case nodes.Getattr() | nodes.Getitem():
            yield from _path_faults(node, scope, local)


def _path_faults(node: nodes.Node, scope: Scope, local: frozenset[str]) -> Iterator[Fault]:
    path = _path(node)
    if not path:
        yield node.lineno, "Only names can stand after a dot or in brackets.", "Write lead.custom.colour."
    elif path[0] not in local:
        yield from _name_faults(node.lineno, path, scope)
    elif path[0] != "loop" or path[1] not in _LOOP:
        yield node.lineno, f"Items of a list have no {path[1]}.", "Use the item itself."


def _include_faults(node: nodes.Include, scope: Scope) -> Iterator[Fault]:
    name = node.template.value if isinstance(node.template, nodes.Const) else None
    if not isinstance(name, str):
        yield node.lineno, "An include must name a snippet in quotes.", did_you_mean("", scope.snippets)
    elif name not in scope.snippets:
        yield node.lineno, f"There is no snippet {name}.", did_you_mean(name, scope.snippets)


def _path(node: nodes.Node) -> tuple[str, ...]:
    """Return `lead.custom["x"]` as its three names; empty where the node is anything but names."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        last: object = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        last = node.arg.value
    else:
        return ()
    head = _path(node.node)
    return (*head, last) if head and isinstance(last, str) else ()


def _name_faults(line: int, path: tuple[str, ...], scope: Scope) -> Iterator[Fault]:
    if any(name.startswith("_") for name in path):
        yield line, f"{path[-1]} begins with an underscore.", "Such names are Python's own."
        return
    said = ".".join(path)
    if path[0] in VALUES:
        if len(path) > 1:
            yield line, f"{path[0]} has nothing inside.", f"Write {path[0]}."
    elif path[0] not in scope.known:
        names = sorted(f"{group}.{name}" for group, members in scope.known.items() for name in members)
        near = [name for name in names if name.split(".")[-1] == path[0]]
        remedy = f"Did you mean {' or '.join(near)}?" if near else did_you_mean(path[0], scope.known.keys() | VALUES)
        yield line, f"{_NO_VARIABLE} {said}.", remedy
    elif len(path) == 1:
        yield line, f"{said} is a group, not a value.", f"Write {said}.{min(scope.known[path[0]])}, for example."
    elif path[1] not in scope.known[path[0]]:
        remedy = did_you_mean(path[1], scope.known[path[0]])
        yield line, f"{_NO_VARIABLE} {said}.", remedy
    elif len(path) > 2 and scope.known.get(f"{path[0]}.{path[1]}") is not ANYTHING and path[1] != "colors":  # noqa: PLR2004 - group, name, rest
        yield line, f"{path[0]}.{path[1]} has nothing inside.", f"Write {path[0]}.{path[1]}."
