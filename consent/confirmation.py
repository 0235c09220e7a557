"""The one prompt answer to a stop, start or help word: it may leave although the lead has just stopped everything."""

from collections.abc import Iterable
from datetime import datetime

from consent.answer import RuleAnswer
from consent.case import Case
from consent.facts import ConsentFact, FactKind, Purpose
from consent.reasons import GateReason
from consent.rule import ConfirmationTerms, Rule


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
    earlier = [touched_at for touched_at in said if touched_at >= since]
    if earlier:
        return rule.block(GateReason.ALREADY_CONFIRMED, {"confirmed_at": earlier[-1]})
    return rule.allow({"word_at": word_at})


def _last_change(facts: Iterable[ConsentFact]) -> datetime | None:
    """Return when the lead last went from yes to no or back; a stop said twice changes nothing the second time."""
    changed_at: datetime | None = None
    kind: FactKind | None = None
    for fact in sorted(facts, key=lambda fact: fact.at):
        if fact.kind is not FactKind.ATTESTED and fact.kind is not kind:
            changed_at, kind = fact.at, fact.kind
    return changed_at
