"""Frequency caps: how many touches a lead gets in any stretch of time, over all sequences and the channels a cap counts."""

from datetime import datetime, timedelta

from consent.answer import Outcome, RuleAnswer
from consent.case import Case
from consent.permission import refused_until
from consent.reasons import GateReason
from consent.rule import CapTerms, Rule


def ask_cap(rule: Rule, terms: CapTerms, case: Case, at: datetime) -> RuleAnswer:
    """Hold a touch that would be one too many until enough of the counted ones are over, or block it."""
    if terms.after_refusal is not None:
        refusal_ends = refused_until(case, terms.after_refusal)
        if refusal_ends is not None and at < refusal_ends:
            return rule.block(GateReason.REFUSED_RECENTLY, {"until": refusal_ends})
    counted = [touch.at for touch in case.touches(terms.counts, terms.counts_purposes)]
    room_at = next_room(counted, terms.touches_max, terms.within, at)
    inputs = {
        "touches": sum(at - terms.within < touched for touched in counted),
        "touches_max": terms.touches_max,
        "hours": terms.within / timedelta(hours=1),
    }
    if room_at <= at:
        return rule.allow(inputs)
    if terms.full is Outcome.BLOCK:
        return rule.block(GateReason.FREQUENCY_CAP, inputs)
    return rule.hold(GateReason.FREQUENCY_CAP, room_at, inputs)


def next_room(touched: list[datetime], touches_max: int, within: timedelta, at: datetime) -> datetime:
    """Return the first instant from *at* on with room for one more touch, given those made, oldest first.

    A touch counts until exactly *within* after it. One that is dated ahead counts already: it is under way.
    """
    counting = [moment for moment in touched if moment + within > at]
    return at if len(counting) < touches_max else counting[-touches_max] + within
