"""A date of the lead's own, such as an appointment, and what a sequence does that counts to it and from it.

The date stands in a custom field. An enrollment remembers which date it goes by: when another stands there it goes back
to the first stage that counts by the date, so that the reminders come for the new one, and none comes twice for one.
"""

from dataclasses import replace
from datetime import datetime

from engine.domain.decision import Finish, Move, Reason
from engine.domain.enrollment import Dated, Enrollment
from engine.domain.history import Facts
from engine.domain.lead import Lead
from engine.domain.lead_place import place_of
from engine.domain.sequence import END, Sequence, Stage
from engine.domain.standing import Standing
from engine.domain.timing import TimingError, due_at, due_before, next_open, read_moment

APPOINTMENT = "appointment"
"""The date that an event's `at` sets; any other is named."""


def date_of(lead: Lead, name: str) -> datetime | None:
    """Return the instant of the lead's date *name*; None where there is none, or none that can be read."""
    written = lead.custom.get(name)
    if not isinstance(written, str) or not written.strip():
        return None
    try:
        return read_moment(written, place_of(lead))
    except TimingError:
        return None


def moment_of(stage: Stage, sequence: Sequence, lead: Lead) -> datetime | None:
    """Return the moment *stage* counts to, before its window is asked; None where it goes by no date, or has none."""
    if stage.by_date is None or sequence.date is None or (date := date_of(lead, sequence.date)) is None:
        return None
    count = due_before if stage.by_date.is_before else due_at
    return count(date, stage.by_date.delay, place_of(lead))


def last_instant(stage: Stage, sequence: Sequence, lead: Lead) -> datetime | None:
    """Return from when on what *stage* says before the date would be wrong: the date itself; None for other stages."""
    is_before = stage.by_date is not None and stage.by_date.is_before
    return date_of(lead, sequence.date) if is_before and sequence.date else None


def answer_date(enrollment: Enrollment, sequence: Sequence, facts: Facts, now: datetime) -> Finish | Move | None:
    """Return the end of an enrollment whose date is gone, or its move to the date that stands now; None otherwise."""
    if sequence.date is None:
        return None
    date, known = date_of(facts.lead, sequence.date), enrollment.dated
    if date is None:
        return Finish(reason=Reason.NO_DATE, stopped=True, detail=sequence.date)
    if known is not None and known.at == date:
        return None
    stage = sequence.stage(enrollment.stage)
    if known is None or known.since is None or sequence.stage(known.since) is None or enrollment.stage == END:
        is_dated = stage is not None and stage.by_date is not None
        return _stay(enrollment, Dated(at=date, since=enrollment.stage if is_dated else None), known)
    if stage is None:
        return None
    here = Standing(enrollment=enrollment, sequence=sequence, stage=stage, facts=facts, now=now)
    back = here.move(known.since, Reason.DATE_MOVED, anchor_at=now, detail=sequence.date)
    if back.occurrence == enrollment.occurrence:  # the stage lies ahead: a visit of its own all the same
        back = replace(back, occurrence=enrollment.occurrence + 1)
    return replace(back, dated=Dated(at=date, since=known.since, occurrence=back.occurrence))


def _stay(enrollment: Enrollment, dated: Dated, known: Dated | None) -> Move:
    return Move(
        to=enrollment.stage,
        anchor_at=enrollment.anchor_at,
        occurrence=enrollment.occurrence,
        reason=Reason.DATE_SET if known is None else Reason.DATE_MOVED,
        rounds=dict(enrollment.rounds),
        dated=dated,
    )


def passes_by(here: Standing) -> bool:
    """Return whether the touch of a stage that counts by the date is passed over.

    Before the date it is where its moment was over when the stage was reached, or its window opens too late. Past the
    date, where the touch was made for an earlier date and the moment was over when the date moved.
    """
    moment = moment_of(here.stage, here.sequence, here.facts.lead)
    if moment is None or here.stage.by_date is None:
        return False
    reached_at = here.enrollment.reached_at or here.enrollment.anchor_at
    if not here.stage.by_date.is_before:
        dated = here.enrollment.dated
        is_new_visit = dated is not None and dated.occurrence == here.enrollment.occurrence
        return is_new_visit and moment <= reached_at and _was_touched(here)
    date = last_instant(here.stage, here.sequence, here.facts.lead)
    window = here.stage.window or here.sequence.window
    opening = next_open(max(moment, here.now), window, here.place)
    return moment < reached_at or (date is not None and opening >= date)


def _was_touched(here: Standing) -> bool:
    made = {message.stage for message in here.facts.messages} | {task.stage for task in here.facts.tasks}
    return here.stage.id in made
