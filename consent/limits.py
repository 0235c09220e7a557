"""Frequency caps: how many touches a lead gets in any stretch of time, over all sequences and the channels a cap counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from consent.answer import Outcome, RuleAnswer
from consent.case import Case
from consent.reasons import GateReason
from consent.rule import CapTerms, Rule


def ask_cap(rule: Rule, terms: CapTerms, case: Case, at: datetime) -> RuleAnswer:
    """Hold a touch that would be one too many until enough of the counted ones are over, or block it."""
    if terms.after_refusal is not None and case.withdrawals:
        respected_until = max(stop.at for stop in case.withdrawals) + terms.after_refusal
        if at < respected_until:
            return rule.block(GateReason.REFUSED_RECENTLY, {"until": respected_until})
    counted = case.touches(terms.counts, terms.counts_purposes)
    room_at = next_room(counted, terms.touches_max, terms.within, at)
    seen = sum(at < touched_at + terms.within for touched_at in counted)
    if room_at == at:
        return _room(rule, seen)
    inputs = _inputs(terms, seen)
    if terms.full is Outcome.BLOCK:
        return rule.block(GateReason.FREQUENCY_CAP, inputs)
    return rule.hold(GateReason.FREQUENCY_CAP, room_at, inputs)


def next_room(touched: Sequence[datetime], touches_max: int, within: timedelta, at: datetime) -> datetime:
    """Return the first instant from *at* on with room for one more touch, given those made, oldest first.

    A touch counts until exactly *within* after it. One that is dated ahead counts already: it is under way.
    """
    if len(touched) < touches_max:
        return at
    return max(at, touched[-touches_max] + within)


@lru_cache(maxsize=4096)
def _room(rule: Rule, seen: int) -> RuleAnswer:
    terms = rule.terms
    assert isinstance(terms, CapTerms)
    return rule.allow(_inputs(terms, seen))


def _inputs(terms: CapTerms, seen: int) -> dict[str, float]:
    return {"touches": seen, "touches_max": terms.touches_max, "hours": terms.within / timedelta(hours=1)}
