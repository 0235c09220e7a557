"""May we contact this lead at all: suppressions, stops, messages nobody has read, consent and its expiry."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from dateutil.relativedelta import relativedelta

from channels.address import kind_of
from consent.answer import RuleAnswer
from consent.case import Case, is_kin
from consent.facts import Basis, ConsentFact, SuppressionReason
from consent.reasons import GateReason
from consent.rule import (
    AddressTerms,
    ConsentTerms,
    ProhibitionTerms,
    ReviewTerms,
    Rule,
    SuppressionTerms,
    WithdrawalTerms,
)

PermissionTerms = AddressTerms | SuppressionTerms | WithdrawalTerms | ReviewTerms | ProhibitionTerms | ConsentTerms


def ask_permission(rule: Rule, terms: PermissionTerms, case: Case, at: datetime) -> RuleAnswer:
    """Ask a rule that looks at what the lead, or we, have said about contact."""
    match terms:
        case WithdrawalTerms():
            return _ask_withdrawal(rule, case, at)
        case ConsentTerms():
            return _ask_consent(rule, terms, case, at)
        case SuppressionTerms():
            return _ask_suppression(rule, terms, case)
        case ReviewTerms():
            return _ask_review(rule, terms, case, at)
        case AddressTerms():
            return _ask_address(rule, case)
        case ProhibitionTerms():
            return rule.block(terms.reason, {"jurisdictions": [sign.value for sign in case.request.jurisdictions]})
    assert_never(terms)


def _ask_address(rule: Rule, case: Case) -> RuleAnswer:
    """Block where the channel needs an address and there is none."""
    if case.request.address or kind_of(case.request.channel) is None:
        return rule.allow()
    return rule.block(GateReason.NO_ADDRESS, {"channel": case.request.channel})


def _ask_suppression(rule: Rule, terms: SuppressionTerms, case: Case) -> RuleAnswer:
    """Block an address ruled out for a reason the rule names."""
    channel = case.request.channel
    for suppression in case.facts.suppressions:
        is_stop_of_kin = suppression.reason is SuppressionReason.OPTED_OUT and is_kin(suppression.channel, channel)
        if suppression.reason in terms.reasons and (suppression.channel in {None, channel} or is_stop_of_kin):
            return rule.block(
                GateReason.SUPPRESSED,
                {"suppression": suppression.id, "because": suppression.reason, "at": suppression.at},
            )
    return rule.allow()


def _ask_withdrawal(rule: Rule, case: Case, at: datetime) -> RuleAnswer:
    """Block what the lead has stopped and not allowed again."""
    stop = case.withdrawal_standing(at)
    return rule.allow() if stop is None else rule.block(GateReason.WITHDRAWN, told(stop))


def _ask_review(rule: Rule, terms: ReviewTerms, case: Case, at: datetime) -> RuleAnswer:
    """Hold while something the lead wrote is unread, until the next step of the rule's rhythm."""
    since = case.facts.review_since
    if since is None:
        return rule.allow()
    steps = max(0, (at - since) // terms.every) + 1
    return rule.hold(GateReason.PENDING_REVIEW, since + steps * terms.every, {"unread_since": since})


def _ask_consent(rule: Rule, terms: ConsentTerms, case: Case, at: datetime) -> RuleAnswer:
    """Block unless a grant that stands at *at* has a basis the rule accepts, and is young enough for it."""
    accepts = terms.accepts
    if case.request.business:
        if terms.any_business:
            return rule.allow({"lead": "business"})
        accepts = terms.from_business or accepts
    stop = case.withdrawal_standing(at)
    if stop is not None:
        return rule.block(GateReason.WITHDRAWN, told(stop))
    known = [grant for grant in case.grants if grant.basis in accepts]
    good = [grant for grant in case.grants_good(at) if is_young_enough(grant, accepts, at)]
    if good:
        return rule.allow(told(max(good, key=lambda grant: grant.at)))
    if known:
        return rule.block(GateReason.CONSENT_EXPIRED, told(max(known, key=lambda grant: grant.at)))
    return rule.block(
        GateReason.NO_CONSENT, {"accepted": sorted(accepts), "known": sorted({g.basis for g in case.grants})}
    )


def is_young_enough(grant: ConsentFact, accepts: Mapping[Basis, int | None], at: datetime) -> bool:
    """Return whether *grant* has a basis of *accepts* and stands within its months at *at*."""
    if grant.basis not in accepts:
        return False
    months = accepts[grant.basis]
    return months is None or at < grant.at + relativedelta(months=months)


def told(fact: ConsentFact) -> dict[str, Any]:
    """Return what an answer says of *fact*, on which it rests."""
    return {"fact": fact.id, "basis": fact.basis, "channel": fact.channel, "at": fact.at, "source": fact.source}
