"""Short ways to write sequences, enrollments and facts, so that a planner test shows only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from channels.address import Channel
from engine.domain.decision import Assign, Decision, Finish, Send, Skip, Wait
from engine.domain.enrollment import Enrollment, EnrollmentId, EnrollmentStatus
from engine.domain.history import Facts, Happening, MessageFact, TaskFact
from engine.domain.lead import Lead, LeadId
from engine.domain.message import MessageState
from engine.domain.planner import walk
from engine.domain.sequence import SendTouch, Sequence, Stage, StageId, Step, TaskTouch
from engine.domain.task import TaskKind, TaskOutcome, TaskState
from engine.domain.timing import parse_delay

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # ten in the morning, nothing special about the day
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT_ONCE_MAX = 50  # more touches at one instant than any sequence in the tests has stages
LOOKS_MAX = 1000  # enough to see a loop go round; one of a minute would take all day
LEAD = Lead(
    id=LeadId("lead-1"),
    created_at=MONDAY - DAY,
    email="ann@example.com",
    phone="+14155550123",
    zone="UTC",
    country="US",
)
EMAIL = SendTouch(channel=Channel.EMAIL, template="hello")
SMS = SendTouch(channel=Channel.SMS, template="hello-text")
CALL = TaskTouch(kind=TaskKind.CALL, script="first-call")


def stage(name: str, step: Step, after: str = "0 minutes", **rest: Any) -> Stage:
    return Stage(id=StageId(name), step=step, after=parse_delay(after), **rest)


def plan(*stages: Stage, **rest: Any) -> Sequence:
    return Sequence(name="plan", revision="r1", stages=stages, **rest)


def at(name: str, **changes: Any) -> Enrollment:
    """Return an active enrollment that came to stage *name* on Monday, unless *changes* say otherwise."""
    usual = Enrollment(
        id=EnrollmentId("enrollment-1"),
        lead_id=LEAD.id,
        sequence="plan",
        revision="r1",
        status=EnrollmentStatus.ACTIVE,
        stage=StageId(name),
        anchor_at=MONDAY,
        started_at=MONDAY - HOUR,
        due_at=MONDAY,
    )
    return replace(usual, **changes)


def facts(**changes: Any) -> Facts:
    lead = replace(LEAD, **changes.pop("lead", {}))
    return Facts(lead=lead, **changes)


def message(name: str, state: MessageState = MessageState.ACCEPTED, **changes: Any) -> MessageFact:
    usual = MessageFact(
        stage=StageId(name),
        occurrence=0,
        channel=Channel.EMAIL,
        template="hello",
        state=state,
        reason="",
        ended_at=MONDAY + MINUTE,
    )
    return replace(usual, **changes)


def task(name: str, state: TaskState = TaskState.OPEN, **changes: Any) -> TaskFact:
    usual = TaskFact(
        stage=StageId(name),
        occurrence=0,
        kind=TaskKind.CALL,
        state=state,
        outcome=TaskOutcome.REACHED if state is TaskState.DONE else None,
        created_at=MONDAY,
        due_at=MONDAY,
        ended_at=None if state is TaskState.OPEN else MONDAY + HOUR,
    )
    return replace(usual, **changes)


def happening(name: str, instant: datetime = MONDAY + HOUR) -> Happening:
    return Happening(name=name, at=instant)


def play(
    sequence: Sequence, known: Facts, *, until: datetime, start: Enrollment | None = None
) -> tuple[list[tuple[str, int, datetime]], Decision]:
    """Walk *sequence* on a clock of its own; every message is accepted and every task done as soon as it is made.

    Return each touch (stage, occurrence, instant), and the decision at the end or at the first wait after `LOOKS_MAX` looks.
    """
    now = MONDAY
    walking = start or at(sequence.stages[0].id, started_at=now)
    touches: list[tuple[str, int, datetime]] = []
    decision: Decision
    steps_now = 0  # skips too: a loop of them says nothing to the lead and never ends either
    for look in count():
        assert steps_now < AT_ONCE_MAX, "a loop without a wait"
        steps_now += 1
        walking, decision = walk(walking, sequence, known, now)
        match decision:
            case Send() | Skip():
                state = MessageState.ACCEPTED if isinstance(decision, Send) else MessageState.SKIPPED
                made = message(walking.stage, state, occurrence=walking.occurrence, ended_at=now)
                known = replace(known, messages=(*known.messages, replace(made, template=decision.template)))
                touches += [(walking.stage, walking.occurrence, now)] if isinstance(decision, Send) else []
            case Assign():
                done = task(walking.stage, TaskState.DONE, occurrence=walking.occurrence, created_at=now, ended_at=now)
                known = replace(known, tasks=(*known.tasks, done))
                touches.append((walking.stage, walking.occurrence, now))
            case Wait(until=datetime() as later) if later <= until and look < LOOKS_MAX:
                assert later > now
                now, steps_now = later, 0
            case Wait() | Finish():
                return touches, decision
            case _:
                raise AssertionError(f"a walk never ends in {decision}")
    raise AssertionError("unreachable")
