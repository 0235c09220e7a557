"""Has the lead allowed it: suppressions, stops, messages nobody has read, consent and its expiry, confirmations."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from channels.address import kind_of
from consent.answer import RuleAnswer
from consent.case import Case, is_kin
from consent.facts import Basis, ConsentFact, FactKind, Purpose, SuppressionReason
from consent.reasons import GateReason
from consent.rule import ConfirmationTerms, ConsentTerms, ReviewTerms, Rule, SuppressionTerms


def ask_address(rule: Rule, case: Case) -> RuleAnswer:
    """Block where the channel needs an address and there is none."""
    if case.request.address or kind_of(case.request.channel) is None:
        return rule.allow()
    return rule.block(GateReason.NO_ADDRESS, {"channel": case.request.channel})


def ask_suppression(rule: Rule, terms: SuppressionTerms, case: Case) -> RuleAnswer:
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


def ask_withdrawal(rule: Rule, case: Case, at: datetime) -> RuleAnswer:
    """Block what the lead has stopped and not allowed again."""
    stop = case.withdrawal_standing(at)
    return rule.allow() if stop is None else rule.block(GateReason.WITHDRAWN, _told(stop))


def ask_review(rule: Rule, terms: ReviewTerms, case: Case, at: datetime) -> RuleAnswer:
    """Hold while something the lead wrote is unread, until the next step of the rule's rhythm."""
    since = case.facts.review_since
    if since is None:
        return rule.allow()
    steps = max(0, (at - since) // terms.every) + 1
    return rule.hold(GateReason.PENDING_REVIEW, since + steps * terms.every, {"unread_since": since})


def ask_consent(rule: Rule, terms: ConsentTerms, case: Case, at: datetime) -> RuleAnswer:
    """Block unless a grant that stands at *at* has a basis the rule accepts, and is young enough for it."""
    accepts = terms.accepts
    if case.request.business:
        if terms.any_business:
            return rule.allow({"lead": "business"})
        accepts = terms.from_business or accepts
    stop = case.withdrawal_standing(at)
    if stop is not None:
        return rule.block(GateReason.WITHDRAWN, _told(stop))
    known = [grant for grant in case.grants if grant.basis in accepts]
    good = [grant for grant in case.grants_good(at) if _is_young_enough(grant, accepts, at)]
    if good:
        return rule.allow(_told(max(good, key=lambda grant: grant.at)))
    if known:
        return rule.block(GateReason.CONSENT_EXPIRED, _told(max(known, key=lambda grant: grant.at)))
    return rule.block(
        GateReason.NO_CONSENT, {"accepted": sorted(accepts), "known": sorted({g.basis for g in case.grants})}
    )


def _is_young_enough(grant: ConsentFact, accepts: Mapping[Basis, int | None], at: datetime) -> bool:
    if grant.basis not in accepts:
        return False
    months = accepts[grant.basis]
    return months is None or at < grant.at + relativedelta(months=months)


def ask_confirmation(rule: Rule, terms: ConfirmationTerms, case: Case, at: datetime) -> RuleAnswer:
    """Block a confirmation that comes late, or a second one since the lead last changed their mind.

    It is late when *within* has passed since the word it answers: `planned_at`, else the latest stop.
    """
    changes = [fact for fact in case.facts.consents if fact.channel is case.request.channel]
    changed_at = _last_change(changes)
    word_at = case.request.planned_at or max((f.at for f in changes if f.kind is FactKind.WITHDRAWN), default=None)
    if word_at is not None and at > word_at + terms.within:
        return rule.block(GateReason.CONFIRMATION_LATE, {"word_at": word_at})
    since = at - terms.apart if changed_at is None else max(changed_at, at - terms.apart)
    said = case.touches(frozenset({case.request.channel}), frozenset({Purpose.CONFIRMATION}))
    earlier = [touch.at for touch in said if touch.at >= since]
    if earlier:
        return rule.block(GateReason.ALREADY_CONFIRMED, {"confirmed_at": earlier[-1]})
    return rule.allow({"word_at": word_at})


def _last_change(facts: list[ConsentFact]) -> datetime | None:
    """Return when the lead last went from yes to no or back; a stop said twice changes nothing the second time."""
    changed_at: datetime | None = None
    kind: FactKind | None = None
    for fact in sorted(facts, key=lambda fact: fact.at):
        if fact.kind is not FactKind.ATTESTED and fact.kind is not kind:
            changed_at, kind = fact.at, fact.kind
    return changed_at


def _told(fact: ConsentFact) -> dict[str, Any]:
    return {"fact": fact.id, "basis": fact.basis, "channel": fact.channel, "at": fact.at, "source": fact.source}


def refused_until(case: Case, span: timedelta) -> datetime | None:
    """Return until when a stop of this channel is respected, whatever the lead allowed since."""
    return max((stop.at + span for stop in case.withdrawals), default=None)
