"""The people of the business as a simulation plays them: they call, answer and neglect, by the same seed as the leads.

They ask the gate before they dial, as a person with the task on the screen does.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.address import Channel
from channels.sandbox_behaviour import Draw, drawing, pick
from consent.answer import Answer, Outcome
from consent.facts import Purpose
from engine.domain.task import TaskKind, TaskOutcome
from engine.domain.timing import Place, is_open, next_open, parse_window
from engine.flows.asking import ask
from engine.flows.kit import Kit
from engine.flows.settle_task import NoSuchTask, settle_task
from engine.store import consents, due, enrollments, leads, tasks
from engine.store.due import DueTask

AT_WORK = parse_window({"days": "weekdays", "hours": "07:00-18:00"})
OFFICE = Place(zone="America/Los_Angeles", country="US", region="OR")
ROUND_EVERY = timedelta(minutes=30)
LONG = timedelta(days=3_650)  # further than any task is due

NEGLECTED = 0.12  # share of tasks that lie around for days
NEGLECTED_MAX = timedelta(days=12)
PROMPT_MAX = timedelta(hours=3)

CALL_OUTCOMES = {
    TaskOutcome.NO_ANSWER: 44.0,
    TaskOutcome.VOICEMAIL_LEFT: 25.0,
    TaskOutcome.REACHED: 19.0,
    TaskOutcome.NOT_NOW: 5.0,
    TaskOutcome.BOOKED: 3.0,
    TaskOutcome.NO: 1.5,
    TaskOutcome.WRONG_NUMBER: 1.5,
    TaskOutcome.WON: 1.0,
}
ANSWER_OUTCOMES = {
    TaskOutcome.DONE: 62.0,
    TaskOutcome.REACHED: 18.0,
    TaskOutcome.BOOKED: 8.0,
    TaskOutcome.NOT_NOW: 6.0,
    TaskOutcome.WON: 3.0,
    TaskOutcome.NO: 3.0,
}
OUTCOMES: Mapping[str, Mapping[TaskOutcome, float]] = {
    TaskKind.CALL: CALL_OUTCOMES,
    TaskKind.ANSWER: ANSWER_OUTCOMES,
    TaskKind.LETTER: {TaskOutcome.DONE: 1.0},
    TaskKind.SOCIAL: {TaskOutcome.DONE: 1.0},
}
"""What comes of each kind of task. Reviews stay open: an invented person has nothing to decide by."""

NOTES = {
    TaskOutcome.REACHED: "Talked a while; wants to think it over.",
    TaskOutcome.NOT_NOW: "Asked for later.",
    TaskOutcome.BOOKED: "Visit booked.",
    TaskOutcome.WON: "Said yes.",
    TaskOutcome.NO: "Said no, and meant it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a person makes of a task."""

    task_id: str
    lead_id: str
    outcome: TaskOutcome
    until: datetime | None


class Salespeople:
    """Everybody who works through the task list, as one."""

    def __init__(
        self,
        kit: Kit,
        seed: int,
        *,
        calls: Mapping[TaskOutcome, float] = CALL_OUTCOMES,
        neglected: float = NEGLECTED,
    ) -> None:
        self._kit = kit
        self._seed = seed
        self._outcomes = {**OUTCOMES, TaskKind.CALL: calls}
        self._neglected = neglected
        self._names: dict[str, tuple[str, str, int]] = {}  # by what each task is drawn: lead, kind, which of these
        self._counts: Counter[tuple[str, str]] = Counter()
        self._ready_at: dict[str, datetime] = {}  # when somebody gets round to a task, or may call

    def next_round_at(self, now: datetime) -> datetime | None:
        """Return when somebody gets round to a task that is on the list already; None when there is none."""
        first = min(self._ready_at.values(), default=None)
        return None if first is None else next_open(max(first, now + ROUND_EVERY), AT_WORK, OFFICE)

    def next_half_hour(self, now: datetime) -> datetime | None:
        """Return the next half hour at which somebody looks at the list and finds something to do; None with no task."""
        with self._kit.database.read() as connection:
            listed = [task for task in due.tasks_due(connection, now + LONG) if task.kind in OUTCOMES]
        first = min((self._ready_at.get(task.id) or task.due_at for task in listed), default=None)
        if first is None:
            return None
        at = max(first, now + timedelta(seconds=1))
        since = at - at.replace(hour=0, minute=0, second=0, microsecond=0)
        return next_open(at + (-since) % ROUND_EVERY, AT_WORK, OFFICE)

    def work(self) -> int:
        """Do what a person would do now; return how many tasks were settled."""
        now = self._kit.clock.now()
        if not is_open(now, AT_WORK, OFFICE):
            return 0
        with self._kit.database.read() as connection:
            listed = [task for task in due.tasks_due(connection, now) if task.kind in OUTCOMES]
        known = self._ready_at
        self._ready_at = {task.id: known.get(task.id) or self._gets_round_at(task) for task in listed}
        ready = [task for task in listed if self._ready_at[task.id] <= now]
        done = [self._outcome(task, now) for task in self._callable(_one_call_each(ready), now)]
        return sum(self._settle(one) for one in done)

    def _gets_round_at(self, task: DueTask) -> datetime:
        draw = self._draw(task)
        most = NEGLECTED_MAX if draw("neglect") < self._neglected else PROMPT_MAX
        return task.due_at + most * draw("delay") ** 2

    def _outcome(self, task: DueTask, now: datetime) -> Done:
        draw = self._draw(task)
        outcome = pick(self._outcomes[task.kind], draw("outcome"))
        until = now + timedelta(days=30 + 90 * draw("until")) if outcome is TaskOutcome.NOT_NOW else None
        return Done(task_id=task.id, lead_id=task.lead_id, outcome=outcome, until=until)

    def _settle(self, done: Done) -> bool:
        """Settle one task; False when what was done before it took it off the list."""
        self._ready_at.pop(done.task_id, None)
        try:
            note = NOTES.get(done.outcome, "")
            settle_task(self._kit, done.task_id, done.outcome, by="simulation", note=note, until=done.until)
        except NoSuchTask:
            return False
        return True

    def _callable(self, ready: Sequence[DueTask], now: datetime) -> list[DueTask]:
        """Return what of *ready* may be done now; calls that may not are put off, or taken off the list."""
        calls = [task for task in ready if task.kind == TaskKind.CALL]
        answers = self._ask_gate(calls, now) if calls else {}
        blocked = []
        for task_id, answer in answers.items():
            if answer.outcome is Outcome.HOLD and answer.until is not None:
                self._ready_at[task_id] = answer.until
            elif answer.outcome is not Outcome.ALLOW:
                blocked.append(task_id)
        self._take_off([task for task in calls if task.id in blocked], now)
        return [task for task in ready if task.id not in answers or answers[task.id].outcome is Outcome.ALLOW]

    def _ask_gate(self, calls: Sequence[DueTask], now: datetime) -> dict[str, Answer]:
        with self._kit.database.read() as connection:
            stored = leads.load(connection, [task.lead_id for task in calls])
            facts = consents.load_gate_facts(connection, stored.values(), now)
        return {
            task.id: ask(
                stored[task.lead_id],
                facts[task.lead_id],
                self._kit.rulebook,
                now,
                channel=Channel.CALL,
                purpose=Purpose.MARKETING,
                planned_at=task.created_at,
                sequence=task.sequence,
                is_rehearsed=True,
            )
            for task in calls
        }

    def _take_off(self, blocked: Sequence[DueTask], now: datetime) -> None:
        if not blocked:
            return
        for task in blocked:
            self._ready_at.pop(task.id, None)
        with self._kit.database.write() as connection:
            lead_ids = {task.lead_id for task in blocked}
            enrollments.wake_open(connection, lead_ids, now)
            tasks.cancel_open(connection, now=now, reason="may not be called", lead_ids=lead_ids, kinds={TaskKind.CALL})

    def _draw(self, task: DueTask) -> Draw:
        """Return the draw of *task*, which asks nothing of its id: two runs that mint in another order tell one story."""
        if task.id not in self._names:
            self._names[task.id] = (task.lead_id, task.kind, self._counts[task.lead_id, task.kind])
            self._counts[task.lead_id, task.kind] += 1
        return drawing(self._seed, "task", *self._names[task.id])


def _one_call_each(ready: Sequence[DueTask]) -> list[DueTask]:
    """Return *ready* with one call for each lead: nobody is rung twice within the hour."""
    rung: set[str] = set()
    kept = []
    for task in ready:
        if task.kind != TaskKind.CALL or task.lead_id not in rung:
            kept.append(task)
        if task.kind == TaskKind.CALL:
            rung.add(task.lead_id)
    return kept
