"""The gate: may this lead be contacted, here, now, this way, and why (not).

Each rule that applies is asked by itself, in the order of `rule.Kind`, also after a block, so that an answer explains
itself whole. A block outweighs a hold, a hold outweighs an allow. A hold's `until` is the first instant at which every rule
allows the touch: each is asked again then, because hours may have closed or a consent run out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from consent.answer import Answer, Outcome, RuleAnswer
from consent.case import Case, case_of
from consent.confirmation import ask_confirmation
from consent.facts import GateFacts, Request
from consent.hours import Clause, clauses, local_times, next_open
from consent.limits import ask_cap
from consent.permission import ask_permission
from consent.reasons import GateReason
from consent.rule import (
    CapTerms,
    ConfirmationTerms,
    FailsafeTerms,
    GuardTerms,
    HoursTerms,
    Kind,
    NoteTerms,
    Rule,
    Terms,
)
from consent.rulebook import Rulebook


def decide(request: Request, facts: GateFacts, rulebook: Rulebook, now: datetime) -> Answer:
    """Answer whether the touch may leave at *now*. Pure and total; an allow holds for that instant only."""
    rules = rulebook.rules_for(request.channel, request.purpose, tuple(e.value for e in request.jurisdictions))
    case = case_of(request, facts)
    asked = [(rule, ask(rule, case, now)) for rule in rules if rule.is_in_force(now)]
    answers = [answer for _, answer in asked]
    deciding, until = _first_block(answers), None
    if deciding is None and any(answer.outcome is Outcome.HOLD for answer in answers):
        settled = _settle(rules, case, answers, now)
        if isinstance(settled, RuleAnswer):
            deciding = settled
            answers = [settled if answer.id == settled.id else answer for answer in answers]
        else:
            deciding, until = _binding(asked), settled
    return Answer(
        outcome=deciding.outcome if deciding else Outcome.ALLOW,
        until=until,
        reason=deciding.reason if deciding else "",
        rule=deciding.id if deciding else "",
        rules=tuple(answers),
        rulebook=rulebook.version,
        evidence=request.jurisdictions + request.zones,
    )


def ask(rule: Rule, case: Case, at: datetime) -> RuleAnswer:
    """Ask one rule by itself about one instant."""
    match rule.terms:
        case HoursTerms() | GuardTerms():
            return _ask_hours(rule, case.clocks, at)
        case CapTerms() as terms:
            return ask_cap(rule, terms, case, at)
        case ConfirmationTerms() as terms:
            return ask_confirmation(rule, terms, case, at)
        case FailsafeTerms() | NoteTerms():
            return rule.allow()
        case permission:
            return ask_permission(rule, permission, case, at)


@lru_cache(maxsize=8192)  # a batch asks about one instant for many leads in few places
def _ask_hours(rule: Rule, clocks: tuple[ZoneInfo, ...], at: datetime) -> RuleAnswer:
    opening = next_open(_clauses(rule.terms, clocks, at), at)
    inputs = {"local": local_times(clocks, at)}
    if opening is None:
        return rule.block(GateReason.NEVER_OPEN, inputs)
    return rule.allow(inputs) if opening == at else rule.hold(GateReason.QUIET_HOURS, opening, inputs)


def _clauses(terms: Terms, clocks: tuple[ZoneInfo, ...], at: datetime) -> list[Clause]:
    if isinstance(terms, HoursTerms):
        return clauses(terms, clocks)
    assert isinstance(terms, GuardTerms)
    hours = [hours for rule, hours in terms.shortened if rule.is_in_force(at)]
    return [clause for terms in hours for clause in clauses(terms, clocks)]


def _first_block(answers: Iterable[RuleAnswer]) -> RuleAnswer | None:
    return next((answer for answer in answers if answer.outcome is Outcome.BLOCK), None)


def _binding(asked: Iterable[tuple[Rule, RuleAnswer]]) -> RuleAnswer:
    """Return the hold to name: one for review, else the one that lasts longest, the closest law among equals."""

    def weight(pair: tuple[Rule, RuleAnswer]) -> tuple[bool, datetime, bool, bool]:
        rule, answer = pair
        assert answer.until is not None
        is_regional = any("-" in place for place in rule.jurisdictions)
        return rule.kind is Kind.REVIEW, answer.until, is_regional, not rule.is_house

    return max((pair for pair in asked if pair[1].outcome is Outcome.HOLD), key=weight)[1]


def _settle(rules: Sequence[Rule], case: Case, answers: list[RuleAnswer], now: datetime) -> datetime | RuleAnswer:
    """Return the first instant that every rule allows, or the answer of the rule that blocks before there is one.

    Every rule's `until` is the earliest for that rule, so none of the instants jumped over was allowed. Review is asked
    only about *now*: what a person will say of the message isn't known.
    """
    failsafe = next(rule for rule in rules if rule.kind is Kind.FAILSAFE)
    assert isinstance(failsafe.terms, FailsafeTerms)
    later = [rule for rule in rules if rule.kind is not Kind.REVIEW]
    planned_at = case.request.planned_at or now
    deadline = planned_at + failsafe.terms.patience
    is_only_hours = True
    moment = now
    while answers:
        is_only_hours = is_only_hours and all(a.reason in {"", GateReason.QUIET_HOURS} for a in answers)
        until = max((answer.until for answer in answers if answer.until), default=moment)
        if until == moment:
            return moment
        if until > deadline:
            break
        moment = until
        answers = [ask(rule, case, moment) for rule in later if rule.is_in_force(moment)]
        if (blocked := _first_block(answers)) is not None:
            return replace(blocked, inputs={**blocked.inputs, "asked_about": moment})
    is_never_open = is_only_hours and moment - now > _LONGEST_CLOSING
    reason = GateReason.NEVER_OPEN if is_never_open else GateReason.EXPIRED_PLAN
    return failsafe.block(reason, {"planned_at": planned_at, "not_before": moment})


# No calendar closes for longer than this in a row; hours that haven't met by then never do.
_LONGEST_CLOSING = timedelta(days=7)
