"""Who may enter a sequence, and why not: `enter`, `exclusive` and `leave` asked before the first stage."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.domain.appointments import date_of
from engine.domain.conditions import evaluate
from engine.domain.enrollment import Enrollment
from engine.domain.happened import OPTED_OUT
from engine.domain.history import Facts
from engine.domain.lead_place import place_of
from engine.domain.sequence import Sequence, Trigger
from engine.domain.timing import due_at


class EntryReason(StrEnum):
    """Why a lead enters a sequence, or does not."""

    ENTERS = "enters"  # every rule allows it
    OTHER_TRIGGER = "other_trigger"  # the sequence starts by something else
    LEAVES = "leaves"  # a leave rule holds already; the answer names it
    ALREADY_IN = "already_in"  # the lead walks this sequence now
    ENTERED_BEFORE = "entered_before"  # the lead walked it, and never or not yet again
    EXCLUSIVE = "exclusive"  # the lead walks another exclusive sequence; the answer names it
    NO_DATE = "no_date"  # the sequence goes by a date that the lead does not have, or that cannot be read
    CONDITION = "condition"  # the entry condition does not hold
    BAD_CONDITION = "bad_condition"  # the entry condition could not be asked; treated as not holding


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAnswer:
    """Whether the lead enters; *until* is when asking again may help, where time alone would change the answer."""

    reason: EntryReason
    detail: str = ""
    until: datetime | None = None

    @property
    def enters(self) -> bool:
        """Whether the lead enters."""
        return self.reason is EntryReason.ENTERS


def enters(
    sequence: Sequence,
    facts: Facts,
    enrollments: Iterable[Enrollment],
    trigger: Trigger,
    now: datetime,
    *,
    event: str | None = None,
    shared: frozenset[str] = frozenset(),
) -> EntryAnswer:
    """Return whether the lead of *facts* enters *sequence* at *now*; *enrollments* are all the lead's, ended ones too.

    *event* names the custom fact behind `Trigger.EVENT`. *shared* names the sequences that are not exclusive. What is
    started by hand, through the API or by a hand-over is wanted: neither `when` nor `again` is asked, all else is.
    """
    mine = list(enrollments)
    return (
        _refuse_trigger(sequence, trigger, event)
        or _refuse_leaving(sequence, facts)
        or _refuse_again(sequence, facts, mine, trigger, now)
        or _refuse_beside(sequence, mine, shared)
        or _refuse_undated(sequence, facts)
        or _refuse_condition(sequence, facts, now)
        or EntryAnswer(reason=EntryReason.ENTERS)
    )


def _refuse_trigger(sequence: Sequence, trigger: Trigger, event: str | None) -> EntryAnswer | None:
    rule = sequence.enter
    is_named = trigger is not Trigger.EVENT or rule.event == event
    if trigger is Trigger.MANUAL or (rule.when is trigger and is_named):
        return None
    return EntryAnswer(reason=EntryReason.OTHER_TRIGGER, detail=rule.event or rule.when)


def _refuse_leaving(sequence: Sequence, facts: Facts) -> EntryAnswer | None:
    """Refuse a lead who would leave at once; what happened before entering, such as a booking, is no matter."""
    if OPTED_OUT in sequence.leave and facts.opted_out:
        return EntryAnswer(reason=EntryReason.LEAVES, detail=OPTED_OUT)
    if facts.lead.status in sequence.leave:
        return EntryAnswer(reason=EntryReason.LEAVES, detail=facts.lead.status)
    return None


def _refuse_again(
    sequence: Sequence, facts: Facts, enrollments: list[Enrollment], trigger: Trigger, now: datetime
) -> EntryAnswer | None:
    before = [one for one in enrollments if one.sequence == sequence.name]
    if any(not one.has_ended for one in before):
        return EntryAnswer(reason=EntryReason.ALREADY_IN)
    if not before or trigger is Trigger.MANUAL:
        return None
    if sequence.enter.again is None:
        return EntryAnswer(reason=EntryReason.ENTERED_BEFORE, detail="never again")
    until = due_at(max(one.started_at for one in before), sequence.enter.again, place_of(facts.lead))
    return EntryAnswer(reason=EntryReason.ENTERED_BEFORE, until=until) if until > now else None


def _refuse_beside(sequence: Sequence, enrollments: list[Enrollment], shared: frozenset[str]) -> EntryAnswer | None:
    if not sequence.exclusive:
        return None
    for one in enrollments:
        if not one.has_ended and one.sequence not in shared:
            return EntryAnswer(reason=EntryReason.EXCLUSIVE, detail=one.sequence)
    return None


def _refuse_undated(sequence: Sequence, facts: Facts) -> EntryAnswer | None:
    if sequence.date is None or date_of(facts.lead, sequence.date) is not None:
        return None
    return EntryAnswer(reason=EntryReason.NO_DATE, detail=sequence.date)


def _refuse_condition(sequence: Sequence, facts: Facts, now: datetime) -> EntryAnswer | None:
    if sequence.enter.condition is None:
        return None
    verdict = evaluate(sequence.enter.condition, facts, now)
    if verdict.holds:
        return None
    reason = EntryReason.BAD_CONDITION if verdict.problem else EntryReason.CONDITION
    return EntryAnswer(reason=reason, detail=verdict.problem)
