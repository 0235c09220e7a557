"""Does a rendered message say what the law wants said, and nothing that it forbids. Pure; the rules name the checks."""

from collections.abc import Callable, Mapping

from consent.answer import RuleAnswer
from consent.case import Case
from consent.facts import Rendered
from consent.reasons import GateReason
from consent.rule import Check, ContentTerms, Rule

Finding = str | None
"""What is wrong and what to do, in words for a marketer; None where nothing is."""


def ask_content(rule: Rule, terms: ContentTerms, case: Case) -> RuleAnswer:
    """Block a message that fails a check; one that is only planned has no words yet to look at."""
    rendered = case.request.rendered
    if rendered is None:
        return rule.allow({"rendered": False})
    found = {check.value: finding for check in sorted(terms.checks) if (finding := CHECKS[check](rendered))}
    return rule.block(GateReason.CONTENT, {"findings": found}) if found else rule.allow({"rendered": True})


CHECKS: Mapping[Check, Callable[[Rendered], Finding]] = {}
"""One function for each check."""
