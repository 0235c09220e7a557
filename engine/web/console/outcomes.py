"""How a task can end: what each outcome is called, which key chooses it, and what it does, told beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.task import TaskKind, TaskOutcome

OUTCOMES: Mapping[str, tuple[TaskOutcome, ...]] = {
    TaskKind.CALL: tuple(outcome for outcome in TaskOutcome if outcome is not TaskOutcome.DONE),
    TaskKind.ANSWER: (TaskOutcome.DONE, TaskOutcome.NOT_NOW, TaskOutcome.NO, TaskOutcome.BOOKED, TaskOutcome.WON),
    TaskKind.REVIEW: (TaskOutcome.DONE, TaskOutcome.NOT_NOW, TaskOutcome.NO, TaskOutcome.BOOKED, TaskOutcome.WON),
    TaskKind.LETTER: (TaskOutcome.DONE,),
    TaskKind.SOCIAL: (TaskOutcome.DONE,),
}
"""Which outcomes each kind of task can have, in the order they are offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One outcome as it is offered; *key* chooses it, Enter then ends the task with it."""

    outcome: TaskOutcome
    key: str
    does: str


_TOLD: Mapping[TaskOutcome, tuple[str, str]] = {
    TaskOutcome.REACHED: ("r", "You talked. What they wrote counts as read, and the plan goes on from here."),
    TaskOutcome.NO_ANSWER: ("n", "Nobody picked up. The plan goes on: it says when the next try is."),
    TaskOutcome.VOICEMAIL_LEFT: ("v", "You spoke to the machine. The plan goes on."),
    TaskOutcome.WRONG_NUMBER: ("w", "Ends this number, for every lead that has it. Email goes on."),
    TaskOutcome.NOT_NOW: ("l", "Rests every plan until the day you name, or for 90 days. Nothing is withdrawn."),
    TaskOutcome.NO: ("x", "Ends everything for this lead, on every channel. The lead is lost."),
    TaskOutcome.BOOKED: ("b", "An appointment stands: the lead is qualified, and plans that lead there end."),
    TaskOutcome.WON: ("c", "A customer now: selling ends, and what is planned for customers begins."),
    TaskOutcome.DONE: ("d", "It is done, and what it is a part of goes on."),
}

_ANSWERED = "You answered. The plan that waited for you goes on."


def offers(kind: str) -> list[Offer]:
    """Return what a task of *kind* can end with."""
    return [
        Offer(
            outcome=one,
            key=_TOLD[one][0],
            does=_ANSWERED if one is TaskOutcome.DONE and kind == TaskKind.ANSWER else _TOLD[one][1],
        )
        for one in OUTCOMES[kind]
    ]
