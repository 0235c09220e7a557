"""What can be wrong with a sequence that counts to and from a date of the lead's own."""

from collections.abc import Iterator
from itertools import pairwise

from engine.content.codes import Code, Severity
from engine.domain.sequence import SendTouch, Sequence, Split, Stage, TaskTouch, Trigger
from engine.domain.timing import Delay, Unit

Finding = tuple[tuple[str, str, str, str, Severity], Code]
"""Stage (empty for the head), field, message, remedy and severity; and its code."""

_TOUCHES = {SendTouch, TaskTouch, Split}
_HOURS = {Unit.MINUTES: 1 / 60, Unit.HOURS: 1, Unit.DAYS: 24, Unit.BUSINESS_DAYS: 24, Unit.WEEKS: 168, Unit.MONTHS: 720}


def wrong_dates(sequence: Sequence) -> Iterator[Finding]:
    """Yield what is wrong with how *sequence* goes by a date."""
    counting = [stage for stage in sequence.stages if stage.by_date is not None]
    if sequence.date is None:
        remedy = "Write date: appointment in the head."
        for stage in counting:
            message = f"Stage {stage.id} counts by a date, and the sequence names none."
            yield (stage.id, key_of(stage), message, remedy, Severity.ERROR), Code.WRONG_DATE
        return
    if not counting:
        message = f"No stage counts by the date '{sequence.date}'."
        remedy = "Write before: or past: at a stage, or leave date out."
        yield ("", "date", message, remedy, Severity.WARNING), Code.DATE_UNUSED
    yield from _never_in_time(counting)
    if sequence.enter.when is Trigger.EVENT and sequence.enter.event in sequence.leave:
        message = f"'{sequence.enter.event}' starts this sequence and also ends it: a date that is moved ends it too."
        remedy = f"Take {sequence.enter.event} out of leave."
        yield ("", "leave", message, remedy, Severity.WARNING), Code.ENDS_BY_ITS_START


def _never_in_time(counting: list[Stage]) -> Iterator[Finding]:
    """Yield the touches before the date that stand after one whose moment comes later: they are always passed over."""
    remedy = "Put the stages into the order of their moments."
    for earlier, stage in pairwise(counting):
        assert earlier.by_date is not None
        assert stage.by_date is not None
        if not stage.by_date.is_before or not {type(earlier.step), type(stage.step)} <= _TOUCHES:
            continue  # what only turns is never passed over, and may lead elsewhere
        if not earlier.by_date.is_before or _length(earlier.by_date.delay) < _length(stage.by_date.delay):
            message = f"The moment of stage {stage.id} is over when stage {earlier.id} is done."
            yield (stage.id, key_of(stage), message, remedy, Severity.WARNING), Code.NEVER_IN_TIME


def key_of(stage: Stage) -> str:
    """Return the field by which *stage* counts by the date."""
    return "before" if stage.by_date is not None and stage.by_date.is_before else "past"


def _length(delay: Delay) -> float:
    return delay.amount * _HOURS[delay.unit]
