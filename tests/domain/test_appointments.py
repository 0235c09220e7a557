"""What the planner decides where a sequence counts by a date of the lead's own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.appointments import date_of
from engine.domain.decision import Finish, Move, Reason, Send, Wait
from engine.domain.enrollment import Dated, Enrollment, EnrollmentStatus
from engine.domain.planner import decide, walk
from engine.domain.sequence import ByDate, Sequence, StageId
from engine.domain.timing import (
    Delay,
    Place,
    TimingError,
    Unit,
    due_at,
    due_before,
    parse_delay,
    parse_window,
    read_moment,
)
from tests.domain.walks import CALL, DAY, EMAIL, HOUR, LEAD, MONDAY, at, facts, message, plan, stage, task

FRIDAY = "2026-03-06T15:00:00+00:00"
FRIDAY_AT = datetime(2026, 3, 6, 15, tzinfo=UTC)
NEW_YORK = Place(zone="America/New_York", country="US")


def by(text: str, *, is_before: bool = True) -> ByDate:
    return ByDate(delay=parse_delay(text), is_before=is_before)


PLAN = plan(
    stage("confirm", EMAIL),
    stage("early", EMAIL, by_date=by("2 days at 10:00")),
    stage("late", EMAIL, by_date=by("2 hours")),
    stage("past", EMAIL, by_date=by("1 day", is_before=False)),
    date="appointment",
)
EARLY_AT, LATE_AT, PAST_AT = datetime(2026, 3, 4, 10, tzinfo=UTC), FRIDAY_AT - 2 * HOUR, FRIDAY_AT + DAY


def with_date(date: object = FRIDAY) -> dict[str, object]:
    return {"custom": {"appointment": date}}


def dated(name: str, instant: datetime = FRIDAY_AT, **changes: object) -> Enrollment:
    since = None if name == "confirm" else StageId("early")
    return at(name, dated=Dated(at=instant, since=since), **changes)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-03-06T15:00:00+00:00", FRIDAY_AT),
        ("2026-03-06T15:00:00Z", FRIDAY_AT),
        ("2026-03-06T10:00", FRIDAY_AT),
        (" 2026-03-06 ", datetime(2026, 3, 6, 14, tzinfo=UTC)),
        ("2026-03-08", datetime(2026, 3, 8, 13, tzinfo=UTC)),
    ],
)
def test_a_date_without_an_offset_is_on_the_clock_of_the_place(written: str, instant: datetime) -> None:
    assert read_moment(written, NEW_YORK) == instant


@pytest.mark.parametrize("written", ["", "soon", "2026-02-30", "0026-03-06", "9999-12-31T23:59:59Z", "x" * 5000])
def test_what_is_no_date_says_how_to_write_one(written: str) -> None:
    with pytest.raises(TimingError, match="write 2026-03-05"):
        read_moment(written, NEW_YORK)


@pytest.mark.parametrize("kept", [None, "", "soon", 7, True, ["2026-03-06"]])
def test_a_field_that_holds_no_date_is_none(kept: object) -> None:
    assert date_of(replace(LEAD, custom={"appointment": kept}), "appointment") is None


@pytest.mark.parametrize(
    ("moment", "delay", "due"),
    [
        ("2026-03-09T15:00:00-04:00", "2 days", "2026-03-07T15:00:00-05:00"),  # the clock is set forward between
        ("2026-03-09T15:00:00-04:00", "48 hours", "2026-03-07T14:00:00-05:00"),
        ("2026-03-09T02:30:00-04:00", "1 day", "2026-03-08T03:30:00-04:00"),  # a time that the day does not have
        ("2026-03-09T15:00:00-04:00", "1 business day", "2026-03-06T15:00:00-05:00"),
        ("2026-03-31T15:00:00-04:00", "1 month", "2026-02-28T15:00:00-05:00"),
        ("2026-03-09T09:00:00-04:00", "0 days at 18:00", "2026-03-08T18:00:00-04:00"),
        ("2026-03-09T09:00:00-04:00", "0 days at 08:00", "2026-03-09T08:00:00-04:00"),
    ],
)
def test_a_delay_before_a_moment_counts_on_the_calendar_of_the_place(moment: str, delay: str, due: str) -> None:
    counted = due_before(datetime.fromisoformat(moment), parse_delay(delay), NEW_YORK)

    assert counted == datetime.fromisoformat(due)


MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
DELAYS = st.builds(
    lambda amount, unit: Delay(amount=amount, unit=unit), st.integers(0, 60), st.sampled_from(list(Unit))
)
PLACES = st.sampled_from([NEW_YORK, Place(zone="Australia/Lord_Howe"), Place(zone="Europe/Berlin", country="DE")])


@given(MOMENTS, DELAYS, PLACES)
def test_before_a_moment_is_never_after_it_and_longer_is_never_later(
    moment: datetime, delay: Delay, place: Place
) -> None:
    due = due_before(moment, delay, place)

    assert due <= moment
    assert due_before(moment, replace(delay, amount=delay.amount + 1), place) <= due
    if not delay.counts_days:
        assert due_at(due, delay, place) == moment


@pytest.mark.parametrize(
    ("name", "now", "decision"),
    [
        ("early", MONDAY, Wait(until=EARLY_AT, reason=Reason.DELAY)),
        ("late", MONDAY, Wait(until=LATE_AT, reason=Reason.DELAY)),
        ("past", MONDAY, Wait(until=PAST_AT, reason=Reason.DELAY)),
    ],
)
def test_a_stage_waits_for_its_moment(name: str, now: datetime, decision: Wait) -> None:
    assert decide(dated(name), PLAN, facts(lead=with_date()), now) == decision


def test_what_was_reached_in_time_is_made_though_the_engine_was_down_at_its_moment() -> None:
    assert isinstance(decide(dated("early"), PLAN, facts(lead=with_date()), EARLY_AT + 5 * HOUR), Send)


def test_what_is_reached_when_its_moment_is_over_is_passed_over() -> None:
    late = dated("early", reached_at=EARLY_AT + HOUR)

    moved = decide(late, PLAN, facts(lead=with_date()), EARLY_AT + HOUR)

    assert isinstance(moved, Move)
    assert (moved.to, moved.reason, moved.anchor_at) == ("late", Reason.DATE_OVER, MONDAY)


def test_nothing_reminds_of_a_date_that_is_there() -> None:
    moved = decide(dated("early"), PLAN, facts(lead=with_date()), FRIDAY_AT)

    assert (moved.reason, isinstance(moved, Move)) == (Reason.DATE_OVER, True)


def test_a_window_that_opens_after_the_date_passes_the_reminder_over() -> None:
    shut = replace(PLAN, window=parse_window({"days": ["sat"]}))

    assert decide(dated("early"), shut, facts(lead=with_date()), MONDAY).reason is Reason.DATE_OVER


def test_the_first_look_only_notes_the_date() -> None:
    walked, decision = walk(at("early"), PLAN, facts(lead=with_date()), MONDAY)

    assert walked == dated("early")
    assert decision == Wait(until=EARLY_AT, reason=Reason.DELAY)


def test_a_moved_date_goes_back_to_the_first_stage_that_counts_by_it() -> None:
    known = facts(lead=with_date("2026-03-13T15:00:00+00:00"), messages=(message("confirm"), message("early")))

    walked, decision = walk(dated("late"), PLAN, known, MONDAY + 3 * DAY)

    assert (walked.stage, walked.occurrence) == ("early", 1)
    assert walked.dated == Dated(at=FRIDAY_AT + 7 * DAY, since=StageId("early"), occurrence=1)
    assert decision == Wait(until=EARLY_AT + 7 * DAY, reason=Reason.DELAY)


def test_what_does_not_count_by_the_date_is_not_said_again_when_it_moves() -> None:
    chatty = plan(
        stage("early", EMAIL, by_date=by("2 days")),
        stage("tip", EMAIL),
        stage("late", EMAIL, by_date=by("2 hours")),
        date="appointment",
    )
    known = facts(lead=with_date("2026-03-13T15:00:00+00:00"), messages=(message("early"), message("tip")))
    after = (*known.messages, message("early", occurrence=1))

    walked, decision = walk(dated("late"), chatty, replace(known, messages=after), MONDAY + 3 * DAY)

    assert (walked.stage, walked.occurrence) == ("late", 1)
    assert decision == Wait(until=FRIDAY_AT + 7 * DAY - 2 * HOUR, reason=Reason.DELAY)


def test_what_waits_for_a_person_is_still_waited_for_when_the_date_moves() -> None:
    asking = plan(
        stage("early", EMAIL, by_date=by("2 days")),
        stage("ask", CALL),
        stage("late", EMAIL, by_date=by("2 hours")),
        date="appointment",
    )
    known = facts(
        lead=with_date("2026-03-13T15:00:00+00:00"),
        messages=(message("early"), message("early", occurrence=1)),
        tasks=(task("ask"),),
    )

    walked, decision = walk(dated("ask"), asking, known, MONDAY + HOUR)

    assert (walked.stage, decision.reason) == ("ask", Reason.TASK_OPEN)


def test_a_word_past_the_date_is_not_said_again_for_a_date_that_is_over_too() -> None:
    now = PAST_AT + HOUR
    known = facts(lead=with_date("2026-03-05T15:00:00+00:00"), messages=(message("early"), message("past")))

    _, decision = walk(dated("past"), PLAN, known, now)

    assert decision == Finish(reason=Reason.COMPLETED)


@pytest.mark.parametrize("status", [EnrollmentStatus.ACTIVE, EnrollmentStatus.PAUSED])
@pytest.mark.parametrize("custom", [{}, {"appointment": ""}, {"appointment": "soon"}])
def test_a_date_that_is_gone_ends_the_sequence_even_at_rest(
    status: EnrollmentStatus, custom: dict[str, object]
) -> None:
    resting = dated("late", status=status, due_at=None)

    decision = decide(resting, PLAN, facts(lead={"custom": custom}), MONDAY)

    assert decision == Finish(reason=Reason.NO_DATE, stopped=True, detail="appointment")


CHANGES = st.lists(st.tuples(st.integers(0, 20 * 24), st.integers(-48, 30 * 24)), min_size=1, max_size=5)


@given(CHANGES)
def test_however_often_a_date_moves_nobody_is_reminded_twice_of_one_date(changes: list[tuple[int, int]]) -> None:
    told = [(MONDAY, 96), *((MONDAY + timedelta(hours=hour), date) for hour, date in sorted(changes))]

    said = _live_through(PLAN, [(instant, MONDAY + timedelta(hours=date)) for instant, date in told])

    assert len(set(said)) == len(said)
    assert [name for name, _, _ in said].count("confirm") == 1
    for name, date, instant in said:
        assert instant < date or name in {"confirm", "past"}


@given(CHANGES)
def test_the_date_that_stands_last_gets_every_reminder_whose_moment_lay_ahead(changes: list[tuple[int, int]]) -> None:
    told = [(MONDAY, 96), *((MONDAY + timedelta(hours=hour), date) for hour, date in sorted(changes))]
    said = _live_through(PLAN, [(instant, MONDAY + timedelta(hours=date)) for instant, date in told])

    last_told, date = told[-1][0], MONDAY + timedelta(hours=told[-1][1])
    late_at = date - 2 * HOUR
    ended = any(name == "past" and instant <= last_told for name, _, instant in said)
    if late_at > last_told and not ended:
        assert ("late", date, late_at) in said


def _live_through(sequence: Sequence, told: list[tuple[datetime, datetime]]) -> list[tuple[str, datetime, datetime]]:
    """Walk *sequence* as each date becomes known; return what was said: stage, the date then known, instant."""
    walking = at("confirm", started_at=MONDAY)
    said: list[tuple[str, datetime, datetime]] = []
    known, now = facts(lead=with_date(told[0][1].isoformat())), MONDAY
    for number, (instant, date) in enumerate(told):
        known = replace(known, lead=replace(known.lead, custom={"appointment": date.isoformat()}))
        until = told[number + 1][0] if number + 1 < len(told) else MONDAY + 90 * DAY
        now = max(now, instant)
        while True:
            walking, decision = walk(walking, sequence, known, now)
            if isinstance(decision, Send):
                made = message(walking.stage, occurrence=walking.occurrence, ended_at=now)
                known = replace(known, messages=(*known.messages, made))
                said.append((walking.stage, date, now))
            elif isinstance(decision, Wait) and decision.until is not None and decision.until < until:
                now = decision.until
            else:
                break
        if isinstance(decision, Finish):
            break
    return said
