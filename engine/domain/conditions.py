"""Conditions: Jinja2 expressions over a lead and what happened, checked before they are kept and bounded when asked.

The sandbox of Jinja2 bounds neither time nor memory, so the syntax tree is held to an allowed list: no loops, no
multiplication, no calls but the lead's own questions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from jinja2 import TemplateError, nodes
from jinja2.environment import TemplateExpression
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.domain.condition_syntax import CHARACTERS_MAX, ConditionError, check_syntax, one_line, templates_named
from engine.domain.history import Facts
from engine.domain.lead_view import LeadView

_ENVIRONMENT = ImmutableSandboxedEnvironment(autoescape=False)
_ENVIRONMENT.globals.clear()
EXAMPLE = "Write one expression, such as lead.clicked('guide')."


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A checked condition; *templates* are those whose messages it asks about."""

    source: str
    templates: frozenset[str]
    ask: Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a condition came to; *problem* says why it could not be asked, in which case it does not hold."""

    holds: bool
    problem: str = ""


def evaluate(source: str, facts: Facts, now: datetime) -> Verdict:
    """Return whether the condition *source* holds; never raises."""
    try:
        condition = compile_condition(source)
        return Verdict(holds=bool(condition.ask(lead=LeadView(facts, now))))
    except ConditionError as error:
        return Verdict(holds=False, problem=str(error))
    # A comparison of unlike or missing things; the lead's custom fields may hold anything.
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        return Verdict(holds=False, problem=one_line(error))


def holds(source: str, facts: Facts, now: datetime) -> bool:
    """Return whether the condition *source* holds; one that cannot be asked does not."""
    return evaluate(source, facts, now).holds


@lru_cache(maxsize=512)
def compile_condition(source: str) -> Condition:
    """Return *source* as a condition; raises `ConditionError`, which says what to change."""
    tree = _parse(source)
    check_syntax(tree)
    ask = _ENVIRONMENT.compile_expression(source, undefined_to_none=False)
    assert isinstance(ask, TemplateExpression)
    return Condition(source=source, templates=templates_named(tree), ask=ask)


def _parse(source: str) -> nodes.Expr:
    if not source.strip():
        raise ConditionError("The condition is empty.", EXAMPLE)
    if len(source) > CHARACTERS_MAX:
        raise ConditionError(
            f"The condition is longer than {CHARACTERS_MAX} characters.", "Split it over several stages."
        )
    try:
        parser = Parser(_ENVIRONMENT, source, state="variable")
        tree = parser.parse_expression()
    except TemplateError as error:
        raise ConditionError(f"The condition cannot be read: {one_line(error)}.", EXAMPLE) from error
    except RecursionError as error:
        raise ConditionError("The condition is nested too deeply.", "Split it over several stages.") from error
    if not parser.stream.eos:
        raise ConditionError("The condition goes on after its end.", EXAMPLE)
    return tree
