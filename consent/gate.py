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
from consent.registers import ask_register
from consent.rule import (
    AttestationTerms,
    CapTerms,
    ConfirmationTerms,
    ContentTerms,
    DutyTerms,
    EmergencyTerms,
    FailsafeTerms,
    GuardTerms,
    HoursTerms,
    Kind,
    NoteTerms,
    RegistryTerms,
    Rule,
    Terms,
)
from consent.rulebook import Rulebook
from consent.wording import ask_content


def decide(request: Request, facts: GateFacts, rulebook: Rulebook, now: datetime) -> Answer:
    """Answer whether the touch may leave at *now*. Pure and total; an allow holds for that instant only."""
    rules = rulebook.rules_for(request.channel, request.purpose, tuple(e.value for e in request.jurisdictions))
    case = case_of(request, facts)
    asked = _ask_all(rules, case, now)
    answers = [answer for _, answer in asked]
    deciding, until = _blocking(asked), None
    if deciding is None and (deciding := _holding(asked)) is not None:
        settled = _settle(rules, case, asked, now)
        if isinstance(settled, RuleAnswer):
            deciding = settled
            answers = _with(settled, answers)
        else:
            until = settled
    return Answer(
        outcome=deciding.outcome if deciding else Outcome.ALLOW,
        until=until,
        reason=deciding.reason if deciding else "",
        rule=deciding.id if deciding else "",
        rules=tuple(answers),
        rulebook=rulebook.version,
        evidence=request.jurisdictions + request.zones,
    )


def _with(settled: RuleAnswer, answers: list[RuleAnswer]) -> list[RuleAnswer]:
    """Put the answer of a rule that blocks later in the place of what it says now; at the end if it isn't in force yet."""
    replaced = [settled if answer.id == settled.id else answer for answer in answers]
    return replaced if settled in replaced else [*replaced, settled]


def _ask_all(rules: Iterable[Rule], case: Case, at: datetime) -> list[tuple[Rule, RuleAnswer]]:
    return [(rule, ask(rule, case, at)) for rule in rules if rule.is_in_force(at)]


def ask(rule: Rule, case: Case, at: datetime) -> RuleAnswer:
    """Ask one rule by itself about one instant; what the business has lifted by an attestation allows, and says so."""
    answer = _ask(rule, case, at)
    if answer.outcome is Outcome.ALLOW or not rule.waived_by:
        return answer
    word = case.attestation(rule.waived_by, at)
    if word is None:
        return answer
    return rule.allow({**answer.inputs, "waived_by": word.name, "fact": word.id, "by": word.by})


def _ask(rule: Rule, case: Case, at: datetime) -> RuleAnswer:
    match rule.terms:
        case HoursTerms():
            return _ask_hours(rule, case.clocks, at, frozenset())
        case GuardTerms() as terms:
            return _ask_hours(rule, case.clocks, at, _lifted(terms, case, at))
        case CapTerms() as terms:
            return ask_cap(rule, terms, case, at)
        case ConfirmationTerms() as terms:
            return ask_confirmation(rule, terms, case, at)
        case RegistryTerms() | EmergencyTerms() | AttestationTerms() as terms:
            return ask_register(rule, terms, case, at)
        case ContentTerms() as terms:
            return ask_content(rule, terms, case)
        case FailsafeTerms() | DutyTerms() | NoteTerms():
            return rule.allow()
        case permission:
            return ask_permission(rule, permission, case, at)


def _lifted(terms: GuardTerms, case: Case, at: datetime) -> frozenset[str]:
    """Return the ids of the rules whose hours the business has lifted: nothing has to arrive before those close."""
    return frozenset(
        rule.id for rule, _ in terms.shortened if rule.waived_by and case.attestation(rule.waived_by, at) is not None
    )


@lru_cache(maxsize=8192)  # a batch asks about one instant for many leads in few places
def _ask_hours(rule: Rule, clocks: tuple[ZoneInfo, ...], at: datetime, lifted: frozenset[str]) -> RuleAnswer:
    opening = next_open(_clauses(rule.terms, clocks, at, lifted), at)
    inputs = {"local": local_times(clocks, at)}
    if opening is None:
        return rule.block(GateReason.NEVER_OPEN, inputs)
    return rule.allow(inputs) if opening == at else rule.hold(GateReason.QUIET_HOURS, opening, inputs)


def _clauses(terms: Terms, clocks: tuple[ZoneInfo, ...], at: datetime, lifted: frozenset[str]) -> list[Clause]:
    if isinstance(terms, HoursTerms):
        return clauses(terms, clocks)
    assert isinstance(terms, GuardTerms)
    hours = [hours for rule, hours in terms.shortened if rule.is_in_force(at) and rule.id not in lifted]
    return [clause for terms in hours for clause in clauses(terms, clocks)]


def _blocking(asked: Sequence[tuple[Rule, RuleAnswer]]) -> RuleAnswer | None:
    """Return the block to name: one of the first kind that blocks, and there the law closest to the lead."""
    blocks = [pair for pair in asked if pair[1].outcome is Outcome.BLOCK]
    if not blocks:
        return None
    return max((pair for pair in blocks if pair[0].kind is blocks[0][0].kind), key=lambda pair: pair[0].closeness)[1]


def _holding(asked: Sequence[tuple[Rule, RuleAnswer]]) -> RuleAnswer | None:
    """Return the hold to name: one for review, else the one that lasts longest, among equals the closest law."""

    def weight(pair: tuple[Rule, RuleAnswer]) -> tuple[bool, datetime, int]:
        rule, answer = pair
        assert answer.until is not None
        return rule.kind is Kind.REVIEW, answer.until, rule.closeness

    holds = [pair for pair in asked if pair[1].outcome is Outcome.HOLD]
    return max(holds, key=weight)[1] if holds else None


def _settle(
    rules: Sequence[Rule], case: Case, asked: list[tuple[Rule, RuleAnswer]], now: datetime
) -> datetime | RuleAnswer:
    """Return the first instant that every rule allows, or the answer of the rule that blocks before there is one.

    Every rule's `until` is the earliest for that rule, so none of the instants jumped over was allowed. Review is asked
    only about *now*: what a person will say of the message isn't known.
    """
    failsafe = next(rule for rule in rules if rule.kind is Kind.FAILSAFE)
    assert isinstance(failsafe.terms, FailsafeTerms)
    later = [rule for rule in rules if rule.kind is not Kind.REVIEW]
    planned_at = case.request.planned_at or now
    moment = now
    is_only_hours = True
    while (held := _holding(asked)) is not None:
        is_only_hours = is_only_hours and held.reason == GateReason.QUIET_HOURS
        moment = max(answer.until for _, answer in asked if answer.until is not None)
        if moment > planned_at + failsafe.terms.patience:
            is_never_open = is_only_hours and moment > now + _LONGEST_CLOSING
            reason = GateReason.NEVER_OPEN if is_never_open else GateReason.EXPIRED_PLAN
            return failsafe.block(reason, {"planned_at": planned_at, "not_before": moment, "held_by": held.id})
        asked = _ask_all(later, case, moment)
        if (blocked := _blocking(asked)) is not None:
            return replace(blocked, inputs={**blocked.inputs, "asked_about": moment})
    return moment


# No calendar closes for longer than this in a row; hours that haven't met by then never do.
_LONGEST_CLOSING = timedelta(days=7)
