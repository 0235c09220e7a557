"""What holds for every sequence and every history."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.events import CallOutcome
from engine.content.sequence_checks import check_sequence
from engine.domain.decision import Finish, Move, Reason, Send, Skip, Wait
from engine.domain.enrollment import Dated, Enrollment, EnrollmentStatus
from engine.domain.history import Facts, Happening, MessageFact, TaskFact
from engine.domain.lead import LeadStatus
from engine.domain.message import Delivery, MessageState
from engine.domain.planner import decide, walk
from engine.domain.sequence import (
    END,
    NEXT,
    Await,
    Branch,
    ByDate,
    Handover,
    Repeat,
    SendTouch,
    Sequence,
    Split,
    Stage,
    StageId,
    Step,
    TaskTouch,
)
from engine.domain.task import TaskKind, TaskOutcome, TaskState
from engine.domain.timing import ANY, Delay, Unit, parse_window
from tests.domain.walks import DAY, LEAD, MONDAY, at, play

IDS = [StageId(f"s{number}") for number in range(6)]
TARGETS = st.sampled_from([*IDS, NEXT, END, StageId("lost")])
CONDITIONS = st.sampled_from(["1 == 1", "lead.replied()", "lead.custom.x > 1", "lead.touches() < 3", "nonsense("])
EVENTS = st.sampled_from(["replied", "opened", "booked", "visited", "customer", "reached", "opted_out"])
INSTANTS = st.integers(-400, 2000).map(lambda hours: MONDAY + timedelta(hours=hours))
DELAYS = st.builds(lambda amount, unit: Delay(amount=amount, unit=unit), st.integers(0, 3), st.sampled_from(list(Unit)))
SENDS = st.one_of(
    st.builds(SendTouch, channel=st.sampled_from([Channel.EMAIL, Channel.SMS]), template=st.just("t")),
    st.builds(
        SendTouch,
        channel=st.just(Channel.VOICEMAIL),
        template=st.just("t"),
        patience=DELAYS,
        outcomes=st.dictionaries(st.sampled_from([*CallOutcome, "none"]), TARGETS, max_size=3),
    ),
)
TASKS = st.builds(
    lambda kind, waits, patience, outcomes: TaskTouch(
        kind=kind, script="t", waits=waits, patience=patience, outcomes=outcomes
    ),
    st.sampled_from([TaskKind.CALL, TaskKind.LETTER, TaskKind.SOCIAL]),
    st.booleans(),
    DELAYS,
    st.dictionaries(st.sampled_from(["reached", "no_answer", "none"]), TARGETS, max_size=2),
)
STEPS: st.SearchStrategy[Step] = st.one_of(
    SENDS,
    TASKS,
    st.builds(lambda a, b: Split(variants={"a": a, "b": b}, weights={"a": 1, "b": 3}), SENDS, TASKS),
    st.builds(lambda c, a, b: Branch(condition=c, then=a, otherwise=b), CONDITIONS, TARGETS, TARGETS),
    st.builds(lambda e, d, a, b: Await(event=e, timeout=d, then=a, otherwise=b), EVENTS, DELAYS, TARGETS, TARGETS),
    st.just(Handover(sequence="other")),
    st.builds(lambda to, times: Repeat(to=to, times=times), TARGETS, st.sampled_from([None, 1, 2, 3])),
)
WINDOWS = st.sampled_from(
    [None, ANY, parse_window({"days": "weekdays", "hours": "09:00-18:00"}), parse_window({"hours": "22:00-02:00"})]
)


BY_DATES = st.one_of(st.none(), st.none(), st.builds(ByDate, delay=DELAYS, is_before=st.booleans()))
DATED = st.builds(
    Dated,
    at=INSTANTS,
    since=st.none() | st.sampled_from([*IDS, StageId("lost")]),
    occurrence=st.none() | st.integers(0, 2),
)


@st.composite
def sequences(draw: st.DrawFn) -> Sequence:
    names = IDS[: draw(st.integers(1, len(IDS)))]
    stages = tuple(
        Stage(
            id=name,
            step=draw(STEPS),
            after=draw(DELAYS),
            by_date=draw(BY_DATES),
            window=draw(WINDOWS),
            otherwise=draw(TARGETS),
            condition=draw(st.none() | CONDITIONS),
        )
        for name in names
    )
    date = draw(st.sampled_from([None, "appointment"]))
    return Sequence(name="any", revision="r", stages=stages, window=draw(WINDOWS) or ANY, date=date)


MESSAGES = st.builds(
    MessageFact,
    stage=st.sampled_from(IDS),
    occurrence=st.integers(0, 2),
    channel=st.just(Channel.EMAIL),
    template=st.just("t"),
    state=st.sampled_from(list(MessageState)),
    reason=st.just(""),
    ended_at=st.none() | INSTANTS,
    delivery=st.sampled_from(list(Delivery)),
    opened_at=st.none() | INSTANTS,
    outcome=st.none() | st.sampled_from(list(CallOutcome)),
)
TASK_FACTS = st.builds(
    TaskFact,
    stage=st.sampled_from(IDS),
    occurrence=st.integers(0, 2),
    kind=st.just(TaskKind.CALL),
    state=st.sampled_from(list(TaskState)),
    outcome=st.none() | st.sampled_from(list(TaskOutcome)),
    created_at=INSTANTS,
    due_at=INSTANTS,
    ended_at=st.none() | INSTANTS,
)
LEADS = st.builds(
    lambda status, zone, country, email, phone, custom: replace(
        LEAD, status=status, zone=zone, country=country, email=email, phone=phone, custom=custom
    ),
    st.sampled_from(list(LeadStatus)),
    st.sampled_from([None, "America/New_York", "Asia/Kathmandu", "No/Where", ""]),
    st.sampled_from([None, "US", "DE", "XX"]),
    st.sampled_from([None, "ann@example.com"]),
    st.sampled_from([None, "+14155550123"]),
    st.sampled_from([{}, {"x": 3}, {"x": "three"}, {"x": None}, {"appointment": "soon"}])
    | INSTANTS.map(lambda instant: {"appointment": instant.isoformat()}),
)
FACTS = st.builds(
    Facts,
    lead=LEADS,
    messages=st.lists(MESSAGES, max_size=5).map(tuple),
    tasks=st.lists(TASK_FACTS, max_size=3).map(tuple),
    earlier=st.lists(MESSAGES, max_size=2).map(tuple),
    happenings=st.lists(st.builds(Happening, name=EVENTS, at=INSTANTS), max_size=3).map(tuple),
    opted_out=st.booleans(),
)
ENROLLMENTS = st.builds(
    lambda name, status, occurrence, anchor, due, came_from, rounds, dated, reached: at(
        name,
        status=status,
        occurrence=occurrence,
        anchor_at=anchor,
        due_at=due,
        came_from=came_from,
        rounds=rounds,
        dated=dated,
        reached_at=reached,
    ),
    st.sampled_from([*IDS, END, StageId("lost")]),
    st.sampled_from(list(EnrollmentStatus)),
    st.integers(0, 2),
    INSTANTS,
    st.none() | INSTANTS,
    st.none() | st.tuples(st.sampled_from(IDS), st.integers(0, 2)),
    st.dictionaries(st.sampled_from(IDS), st.integers(0, 3), max_size=2),
    st.none() | DATED,
    st.none() | INSTANTS,
)


@given(ENROLLMENTS, sequences(), FACTS, INSTANTS)
def test_every_state_and_history_gives_the_same_decision_each_time(
    enrollment: Enrollment, sequence: Sequence, facts: Facts, now: datetime
) -> None:
    first, second = decide(enrollment, sequence, facts, now), decide(enrollment, sequence, facts, now)

    assert first == second
    assert isinstance(first.reason, Reason)
    if isinstance(first, Wait) and first.until is not None:
        assert first.until > now


@given(ENROLLMENTS, sequences(), FACTS, INSTANTS)
def test_every_walk_ends_in_something_to_do_or_to_wait_for(
    enrollment: Enrollment, sequence: Sequence, facts: Facts, now: datetime
) -> None:
    walked, decision = walk(enrollment, sequence, facts, now, limit=60)

    assert not isinstance(decision, Move)
    made = {(one.stage, one.occurrence) for one in facts.messages} | {
        (one.stage, one.occurrence) for one in facts.tasks
    }
    if isinstance(decision, Send | Skip):
        assert (walked.stage, walked.occurrence) not in made, "a touch is never made twice"


def _has_loop_errors(sequence: Sequence) -> bool:
    return any("no wait" in problem.message for problem in check_sequence(sequence))


@given(sequences(), FACTS)
def test_a_sequence_that_passes_the_check_never_takes_too_many_steps(sequence: Sequence, facts: Facts) -> None:
    if _has_loop_errors(sequence):
        return
    fresh = replace(facts, messages=(), tasks=(), opted_out=False)

    _, decision = play(replace(sequence, leave=frozenset()), fresh, until=MONDAY + 60 * DAY)

    assert decision.reason is not Reason.TOO_MANY_STEPS


@given(sequences(), FACTS)
def test_no_stage_touches_twice_on_one_visit_and_time_moves_on(sequence: Sequence, facts: Facts) -> None:
    if _has_loop_errors(sequence):
        return
    fresh = replace(facts, messages=(), tasks=(), opted_out=False)

    touches, decision = play(sequence, fresh, until=MONDAY + 60 * DAY)

    assert len({touch[:2] for touch in touches}) == len(touches)
    assert [touch[2] for touch in touches] == sorted(touch[2] for touch in touches)
    assert isinstance(decision, Wait | Finish)


LINES = st.lists(
    st.tuples(st.sampled_from([Unit.MINUTES, Unit.HOURS, Unit.DAYS, Unit.WEEKS]), st.integers(0, 5), WINDOWS),
    min_size=1,
    max_size=6,
)
LENGTHS = {Unit.MINUTES: 1 / 1440, Unit.HOURS: 1 / 24, Unit.DAYS: 1, Unit.WEEKS: 7}


@given(LINES)
def test_a_straight_sequence_touches_in_order_with_at_least_its_delays_between(
    line: list[tuple[Unit, int, None]],
) -> None:
    email = SendTouch(channel=Channel.EMAIL, template="t")
    stages = tuple(
        Stage(id=StageId(f"s{number}"), step=email, after=Delay(amount=amount, unit=unit), window=window)
        for number, (unit, amount, window) in enumerate(line)
    )
    sequence = Sequence(name="straight", revision="r", stages=stages)

    touches, decision = play(sequence, Facts(lead=LEAD), until=MONDAY + 400 * DAY)

    assert [name for name, _, _ in touches] == [stage.id for stage in stages]
    assert decision == Finish(reason=Reason.COMPLETED)
    instants = [MONDAY, *(instant for _, _, instant in touches)]
    for (before, after), (unit, amount, _) in zip(pairwise(instants), line, strict=True):
        assert after - before >= timedelta(days=LENGTHS[unit] * amount)
