"""Registers of other people's making: do-not-call lists, declared emergencies, and what the business vouches for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from consent.answer import RuleAnswer
from consent.case import Case
from consent.facts import Basis, ConsentFact, RegistryFact
from consent.permission import is_young_enough, told
from consent.reasons import GateReason
from consent.rule import AttestationTerms, EmergencyTerms, RegistryTerms, Rule

RegisterTerms = RegistryTerms | EmergencyTerms | AttestationTerms


def ask_register(rule: Rule, terms: RegisterTerms, case: Case, at: datetime) -> RuleAnswer:
    """Ask a rule that looks at a list somebody else keeps, or at what somebody has vouched for."""
    match terms:
        case RegistryTerms():
            return _ask_registry(rule, terms, case, at)
        case EmergencyTerms():
            return _ask_emergency(rule, terms, case, at)
        case AttestationTerms():
            return _ask_attestation(rule, terms, case, at)
    assert_never(terms)


def _ask_registry(rule: Rule, terms: RegistryTerms, case: Case, at: datetime) -> RuleAnswer:
    """Block a listed number, and every number while our copy of the list is stale; what the rule excepts lifts both."""
    if terms.spares_business and case.request.business:
        return rule.allow({"registry": terms.registry, "lead": "business"})
    exception = _exception(terms.excepts, case, at)
    if exception is not None:
        return rule.allow({"registry": terms.registry, "excepted_by": told(exception)})
    copy = next((one for one in case.facts.registries if one.registry == terms.registry), None)
    copy = copy or RegistryFact(registry=terms.registry)
    inputs: dict[str, Any] = {"registry": terms.registry, "scrubbed_at": copy.scrubbed_at, "listed_at": copy.listed_at}
    lapsed = [grant for grant in case.grants if grant.basis in terms.excepts]
    if lapsed:
        inputs["lapsed"] = told(max(lapsed, key=lambda grant: grant.at))
    if terms.fresh_for is not None and (copy.scrubbed_at is None or at - copy.scrubbed_at > terms.fresh_for):
        return rule.block(GateReason.REGISTRY_STALE, {**inputs, "fresh_days": terms.fresh_for.days})
    if copy.listed_at is None or at < copy.listed_at + terms.counts_after:
        return rule.allow(inputs)
    if terms.since_grant and any(grant.at >= copy.listed_at for grant in case.grants_good(at)):
        return rule.allow(inputs)
    return rule.block(GateReason.REGISTERED, inputs)


def _ask_emergency(rule: Rule, terms: EmergencyTerms, case: Case, at: datetime) -> RuleAnswer:
    """Block what nobody asked for while an emergency lasts anywhere in a place of the rule; counties aren't told apart."""
    lasting = [
        one
        for one in case.facts.emergencies
        if one.place in rule.jurisdictions and one.starts_at <= at and (one.ends_at is None or at < one.ends_at)
    ]
    if not lasting:
        return rule.allow()
    exception = _exception(terms.excepts, case, at)
    inputs = {"emergencies": [one.id for one in lasting]}
    if exception is not None:
        return rule.allow({**inputs, "excepted_by": told(exception)})
    return rule.block(GateReason.EMERGENCY, inputs)


def _ask_attestation(rule: Rule, terms: AttestationTerms, case: Case, at: datetime) -> RuleAnswer:
    """Block until somebody has vouched by the rule's name; a rehearsal reaches nobody and needs no such word."""
    inputs = {"attestation": terms.attestation, "asks": terms.asks}
    word = case.attestation(terms.attestation, at)
    if word is not None:
        return rule.allow({"attestation": word.name, "fact": word.id, "by": word.by, "at": word.at})
    if case.request.is_rehearsed:
        return rule.allow({**inputs, "rehearsed": True})
    return rule.block(GateReason.NOT_ATTESTED, inputs)


def _exception(excepts: Mapping[Basis, int | None], case: Case, at: datetime) -> ConsentFact | None:
    """Return the newest grant that lifts the rule; a stop since then ends it."""
    if case.withdrawal_standing(at) is not None:
        return None
    good = [grant for grant in case.grants_good(at) if is_young_enough(grant, excepts, at)]
    return max(good, key=lambda grant: grant.at, default=None)
