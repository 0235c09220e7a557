"""Which rules a business may lift by an attestation, and which nobody may: what the lead has said is never lifted.

A rule that is loosened counts as ever until the attestation stands in the ledger; `gate` looks there at every question.
"""

from collections.abc import Iterable
from dataclasses import replace

from consent.reading import Loosening, RulebookError
from consent.rule import CapTerms, Kind, Rule

LOOSENABLE = (
    Kind.PROHIBITION,
    Kind.CONSENT,
    Kind.REGISTRY,
    Kind.EMERGENCY,
    Kind.ATTESTATION,
    Kind.CONTENT,
    Kind.HOURS,
    Kind.CAP,
)


def loosened(rules: Iterable[Rule], loosenings: Iterable[Loosening]) -> list[Rule]:
    """Return *rules*, those named by *loosenings* with the attestation that lifts them; raises `RulebookError`."""
    found = list(rules)
    named: dict[str, Loosening] = {}
    for one in loosenings:
        if one.rule in named:
            raise RulebookError(
                f"{one.where}: rule: {one.rule} is loosened twice, here and by {named[one.rule].attestation}. Keep one."
            )
        _refuse([rule for rule in found if rule.id == one.rule], one)
        named[one.rule] = one
    return [_lifted(rule, named[rule.id]) if rule.id in named else rule for rule in found]


def _lifted(rule: Rule, by: Loosening) -> Rule:
    return replace(rule, waived_by=by.attestation, waived_because=by.why)


def _refuse(rules: list[Rule], one: Loosening) -> None:
    """Refuse what may not be lifted."""
    if not rules:
        raise RulebookError(
            f"{one.where}: rule: there is no rule {one.rule!r}. `fifthtouch rulebook show` lists them by their ids."
        )
    asked = [rule for rule in rules if rule.kind not in {Kind.DUTY, Kind.NOTE}]
    for rule in asked or rules:
        if rule.kind not in LOOSENABLE:
            raise RulebookError(
                f"{one.where}: rule: {rule.id} is of kind {rule.kind} and can't be loosened. "
                f"Only these kinds can: {', '.join(LOOSENABLE)}."
            )
        if isinstance(rule.terms, CapTerms) and rule.terms.after_refusal is not None:
            raise RulebookError(
                f"{one.where}: rule: {rule.id} keeps a lead's refusal and can't be loosened. Remove the entry."
            )
