"""Rehearse a sequence on paper: one invented lead who never answers, walked by the real planner past the real gate.

No database and no messages; what `simulate` shows before anything is published.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from channels.address import Channel
from channels.events import CallOutcome
from consent import gate
from consent.answer import Answer, Outcome
from consent.facts import Basis, ConsentFact, FactKind, GateFacts, TouchFact
from consent.rulebook import Rulebook
from engine.domain.decision import Assign, Finish, Move, Send, Skip, Wait
from engine.domain.enrollment import Enrollment, EnrollmentId, EnrollmentStatus
from engine.domain.history import Facts, MessageFact, TaskFact
from engine.domain.lead import Lead
from engine.domain.message import Delivery, MessageState
from engine.domain.planner import walk
from engine.domain.sequence import Sequence
from engine.domain.task import TaskOutcome, TaskState
from engine.flows.asking import request_for
from engine.simulation.appointments import with_date
from engine.store.leads import StoredLead

STEPS_MAX = 2_000  # ten years of weekly touches


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that would happen: *what* in words, *held_for* why it had to wait, *skipped_for* why it was not said."""

    at: datetime
    sequence: str
    stage: str
    what: str
    held_for: str = ""
    skipped_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who walks, past which rules; *outcome* is how every call ends, *consented* whether the lead agreed to all."""

    lead: Lead
    rulebook: Rulebook
    outcome: TaskOutcome = TaskOutcome.NO_ANSWER
    consented: bool = True


def rehearse(sequences: Mapping[str, Sequence], name: str, cast: Cast, *, start: datetime, days: int) -> list[Step]:
    """Return what a lead who enters *name* at *start* would get within *days*, handed over between *sequences*."""
    stage_set = _Stage(cast, sequences[name], start)
    end = start + timedelta(days=days)
    for _ in range(STEPS_MAX):
        following = stage_set.play()
        if following is not None and following in sequences:
            stage_set.enter(sequences[following])
        elif stage_set.is_over or stage_set.now > end:
            break
    return [step for step in stage_set.steps if step.at <= end]


@dataclass(slots=True)
class _Stage:
    """The rehearsal as it stands."""

    cast: Cast
    sequence: Sequence
    now: datetime
    facts: Facts = field(init=False)
    enrollment: Enrollment = field(init=False)
    touches: list[TouchFact] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    is_over: bool = False

    def __post_init__(self) -> None:
        self.facts = Facts(lead=self.cast.lead)
        self.enter(self.sequence)

    def enter(self, sequence: Sequence) -> None:
        """Let the lead enter *sequence* now."""
        self.sequence, self.is_over = sequence, False
        lead = with_date(self.facts.lead, sequence, self.now)
        self.facts = replace(
            self.facts, lead=lead, messages=(), tasks=(), earlier=self.facts.earlier + self.facts.messages
        )
        self.enrollment = Enrollment(
            id=EnrollmentId(f"rehearsal-{len(self.steps)}"),
            lead_id=self.cast.lead.id,
            sequence=sequence.name,
            revision=sequence.revision,
            status=EnrollmentStatus.ACTIVE,
            stage=sequence.stages[0].id,
            anchor_at=self.now,
            started_at=self.now,
            due_at=self.now,
        )
        if sequence.date is not None:
            self._note(self.now, f"supposed: {sequence.date} {lead.custom[sequence.date]}")

    def play(self) -> str | None:
        """Do what the planner decides next; return the sequence it hands over to, if it does."""
        self.enrollment, decision = walk(self.enrollment, self.sequence, self.facts, self.now)
        match decision:
            case Wait(until=None) | Move():
                self._end(f"waits: {decision.reason}")
            case Wait(until=until):
                assert until is not None
                self.now = until
            case Send() | Skip():
                self._say(decision)
            case Assign():
                self._assign(decision)
            case Finish():
                told = (
                    f"goes on in {decision.enter}" if decision.enter else f"ends: {decision.reason} {decision.detail}"
                )
                self._end(told.strip())
                return decision.enter
        return None

    def _end(self, what: str) -> None:
        self.is_over = True
        self._note(self.now, what)

    def _say(self, decision: Send | Skip) -> None:
        what = f"{decision.channel} {decision.template}" + (f" ({decision.variant})" if decision.variant else "")
        answer = self._ask(decision.channel) if isinstance(decision, Send) else None
        at, state, reason = self.now, MessageState.ACCEPTED, ""
        if answer is None or answer.outcome is Outcome.BLOCK:
            state, reason = MessageState.SKIPPED, answer.reason if answer else decision.reason
            self._note(at, what, skipped_for=reason)
        else:
            at = answer.until or at
            self._note(at, what, held_for=answer.reason)
            self.touches.append(TouchFact(channel=decision.channel, at=at, purpose=self.sequence.purpose))
        fact = MessageFact(
            stage=self.enrollment.stage,
            occurrence=self.enrollment.occurrence,
            channel=decision.channel,
            template=decision.template,
            state=state,
            reason=reason,
            ended_at=at,
            delivery=Delivery.DELIVERED if state is MessageState.ACCEPTED else Delivery.NONE,
            outcome=CallOutcome.MACHINE if decision.channel is Channel.VOICEMAIL else None,
        )
        self.facts = replace(self.facts, messages=(*self.facts.messages, fact))
        self.now = at

    def _assign(self, decision: Assign) -> None:
        touch = decision.touch
        self._note(decision.due_at, f"{touch.kind} {touch.script}: {self.cast.outcome.replace('_', ' ')}")
        fact = TaskFact(
            stage=self.enrollment.stage,
            occurrence=self.enrollment.occurrence,
            kind=touch.kind,
            state=TaskState.DONE,
            outcome=self.cast.outcome,
            created_at=self.now,
            due_at=decision.due_at,
            ended_at=decision.due_at,
        )
        self.facts = replace(self.facts, tasks=(*self.facts.tasks, fact))
        if touch.waits:
            self.now = max(self.now, decision.due_at)

    def _ask(self, channel: Channel) -> Answer:
        lead = self.cast.lead
        on_paper = StoredLead(
            lead=lead, email_id=None, phone_id=None, review_since=None, first_touch_at=None, checks={}
        )
        request = request_for(
            on_paper,
            channel=channel,
            purpose=self.sequence.purpose,
            planned_at=None,
            sequence=self.sequence.name,
            is_rehearsed=True,
        )
        facts = GateFacts(consents=_agreed(lead) if self.cast.consented else (), touches=tuple(self.touches))
        return gate.decide(request, facts, self.cast.rulebook, self.now)

    def _note(self, at: datetime, what: str, *, held_for: str = "", skipped_for: str = "") -> None:
        step = Step(
            at=at,
            sequence=self.sequence.name,
            stage=self.enrollment.stage,
            what=what,
            held_for=held_for,
            skipped_for=skipped_for,
        )
        self.steps.append(step)


def _agreed(lead: Lead) -> tuple[ConsentFact, ...]:
    return tuple(
        ConsentFact(
            id=f"supposed-{channel}",
            kind=FactKind.GRANTED,
            channel=channel,
            purpose=None,
            basis=Basis.EXPRESS_WRITTEN,
            at=lead.created_at,
            source="supposed",
        )
        for channel in Channel
    )
