"""What a condition may be made of: an allowed list of syntax, and errors that say what to write instead."""

from collections.abc import Iterator
from difflib import get_close_matches

from jinja2 import nodes

from engine.domain.lead_view import FIELDS, QUESTIONS

CHARACTERS_MAX = 500  # the longest that anybody can still read
NODES_MAX = 200
DEPTH_MAX = 20  # well inside Python's own limit on nested expressions

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Add, nodes.And, nodes.Call, nodes.Compare, nodes.CondExpr, nodes.Const, nodes.Filter, nodes.Getattr,
    nodes.Getitem, nodes.List, nodes.Name, nodes.Neg, nodes.Not, nodes.Operand, nodes.Or, nodes.Sub, nodes.Test,
    nodes.Tuple,
)  # fmt: skip
_FILTERS = frozenset({"default", "length", "lower", "trim", "upper"})
_TESTS = frozenset({"defined", "undefined", "none", "true", "false", "boolean", "number", "string"})
_ABOUT_TEMPLATES = frozenset({"opened", "clicked", "replied", "received", "bounced"})


class ConditionError(ValueError):
    """A condition that cannot be kept; *remedy* says what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}")


def check_syntax(tree: nodes.Expr) -> None:
    """Raise `ConditionError` for anything outside the allowed list."""
    for count, (node, parents) in enumerate(_walk(tree)):
        if count >= NODES_MAX or len(parents) > DEPTH_MAX:
            raise ConditionError("The condition is too long to follow.", "Split it over several stages.")
        if not isinstance(node, _ALLOWED):
            raise ConditionError(
                f"A condition cannot use {_spoken(node)}.", "Compare values with ==, <, in, and, or, not."
            )
        _check_node(node, parents[-1] if parents else None)


def templates_named(tree: nodes.Expr) -> frozenset[str]:
    """Return the templates whose messages the condition asks about."""
    return frozenset(
        str(node.args[0].value)
        for node, _ in _walk(tree)
        if isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Getattr)
        and node.node.attr in _ABOUT_TEMPLATES
        and node.args
        and isinstance(node.args[0], nodes.Const)
        and node.args[0].value is not None
    )


def one_line(error: Exception) -> str:
    """Return what *error* says, on one line and short enough for a reason."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, tuple[nodes.Node, ...]]]:
    """Yield every node with the nodes around it, outermost first; without recursion."""
    waiting: list[tuple[nodes.Node, tuple[nodes.Node, ...]]] = [(tree, ())]
    while waiting:
        node, parents = waiting.pop()
        yield node, parents
        waiting.extend((child, (*parents, node)) for child in node.iter_child_nodes())


def _check_node(node: nodes.Node, parent: nodes.Node | None) -> None:
    match node:
        case nodes.Name():
            _check_name(node, parent)
        case nodes.Getattr():
            _check_attribute(node, parent)
        case nodes.Getitem():
            if not (_is_custom(node.node) and isinstance(node.arg, nodes.Const)):
                raise ConditionError("Only lead.custom['name'] takes brackets.", "Name the field in quotes.")
        case nodes.Call():
            _check_call(node)
        case nodes.Filter():
            _check_known(node.name, _FILTERS, "filter")
        case nodes.Test():
            _check_known(node.name, _TESTS, "test")
        case _:
            pass


def _check_name(node: nodes.Name, parent: nodes.Node | None) -> None:
    if node.name != "lead":
        raise ConditionError(f"Nothing is called '{node.name}' here.", "Start with lead, as in lead.source == 'web'.")
    if not isinstance(parent, nodes.Getattr):
        raise ConditionError("A condition cannot use the whole lead.", "Name a field, as in lead.source.")


def _check_attribute(node: nodes.Getattr, parent: nodes.Node | None) -> None:
    if _is_custom(node.node) or (isinstance(node.node, nodes.Name) and node.node.name != "lead"):
        return  # any custom field may exist; a wrong name is told when it is reached
    if not (isinstance(node.node, nodes.Name) and node.node.name == "lead"):
        raise ConditionError(f"Nothing has a part called '{node.attr}'.", "Use lead.field or lead.custom.field.")
    is_called = isinstance(parent, nodes.Call) and parent.node is node
    if node.attr in QUESTIONS and not is_called:
        raise ConditionError(f"lead.{node.attr} is a question.", f"Ask it with brackets: lead.{node.attr}().")
    if node.attr in FIELDS and is_called:
        raise ConditionError(f"lead.{node.attr} is a field.", f"Write lead.{node.attr} without brackets.")
    if node.attr == "custom" and not isinstance(parent, nodes.Getattr | nodes.Getitem):
        raise ConditionError("lead.custom is a set of fields.", "Name one, as in lead.custom.budget.")
    if node.attr not in FIELDS and node.attr not in QUESTIONS:
        raise ConditionError(f"A lead has no '{node.attr}'.", _nearest(node.attr, {*FIELDS, *QUESTIONS}))


def _check_call(node: nodes.Call) -> None:
    if not isinstance(node.node, nodes.Getattr) or _is_custom(node.node.node):
        raise ConditionError("Only the lead can be asked.", "Ask as in lead.clicked('guide').")
    name = node.node.attr
    if name not in QUESTIONS:
        return  # the attribute's own check says so
    least, most = QUESTIONS[name]
    if node.kwargs or node.dyn_args or node.dyn_kwargs or not least <= len(node.args) <= most:
        raise ConditionError(f"lead.{name} takes {_count(least, most)}.", f"Write lead.{name}({'…' if least else ''}).")
    if not all(isinstance(argument, nodes.Const) and isinstance(argument.value, str) for argument in node.args):
        raise ConditionError(f"lead.{name} takes a name in quotes.", f"Write lead.{name}('name').")


def _check_known(name: str, known: frozenset[str], what: str) -> None:
    if name not in known:
        raise ConditionError(f"A condition has no {what} '{name}'.", _nearest(name, known))


def _is_custom(node: nodes.Node) -> bool:
    if not isinstance(node, nodes.Getattr) or node.attr != "custom":
        return False
    return isinstance(node.node, nodes.Name) and node.node.name == "lead"


def _count(least: int, most: int) -> str:
    if most == 0:
        return "nothing in its brackets"
    return "one name" if least else "at most one name"


def _spoken(node: nodes.Node) -> str:
    return {"Mul": "multiplication", "Pow": "powers", "Concat": "~", "Dict": "a mapping", "Slice": "a slice"}.get(
        type(node).__name__, type(node).__name__.lower()
    )


def _nearest(word: str, known: set[str] | frozenset[str]) -> str:
    near = get_close_matches(word, sorted(known), n=1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
