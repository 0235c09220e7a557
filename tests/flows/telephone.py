"""Short ways to let calls happen: who answers ours, which key is pressed, who calls us, and what they hear."""

from typing import Any

from sqlalchemy import RowMapping

from channels.address import Channel
from channels.events import CallOutcome, EventKind, ProviderEvent
from channels.message import MessageId
from channels.webhooks.twiml import Gather, Say, Verb
from engine.flows import calls
from engine.flows.absorb import receive
from engine.flows.call_backs import is_call_back
from engine.flows.call_lines import CallLinks
from tests.flows.story import ANN, HOUR, Story

LINKS = CallLinks(base="https://hello.example.com")
US = "+15035550100"
OFFICE_OPENS = 2 * HOUR  # the seller answers from nine, where the owner's telephone is


def of_call(story: Story, kind: EventKind, what: str, *, sid: str = "CA1", **more: Any) -> ProviderEvent:
    """Return an event of the call *sid*, named as its parser names it."""
    extra = {"call_sid": sid, "us": US, **more.pop("extra", {})}
    return story.hear(kind, event_id=f"{sid}.{what}", provider="twilio", extra=extra, **more)


def answered(story: Story, message_id: str, who: str) -> tuple[Verb, ...]:
    """Let *who* answer the call of *message_id*; return what they hear."""
    outcome = CallOutcome.HUMAN if who in {"human", "unknown"} else CallOutcome.MACHINE
    event = of_call(
        story,
        EventKind.ACCEPTED,
        f"answer.{who}",
        channel=Channel.VOICEMAIL,
        message_id=MessageId(message_id),
        address=ANN.phone,
        outcome=outcome,
        extra={"answered_by": who},
    )
    receive(story.kit, [event])
    return calls.answer(story.kit, event, LINKS)


def pressed(story: Story, message_id: str | None, digit: str, *, again: bool = False) -> tuple[Verb, ...]:
    """Press *digit* in our call, or in one to us; return what is heard."""
    kind = {"9": EventKind.UNSUBSCRIBED, "1": EventKind.REPLIED}.get(digit, EventKind.UNKNOWN)
    event = of_call(
        story,
        kind,
        f"keypress.{digit}",
        channel=Channel.VOICEMAIL if message_id else Channel.CALL,
        message_id=MessageId(message_id) if message_id else None,
        address=ANN.phone,
        text=f"(pressed {digit})",
        extra={"digits": digit},
    )
    receive(story.kit, [event])
    return calls.after_key(story.kit, event, LINKS, again=again)


def rings(story: Story, *, sid: str = "CA1", address: str | None = ANN.phone) -> tuple[Verb, ...]:
    """Let somebody call us; return what they hear."""
    event = of_call(story, EventKind.CALLED, "called", sid=sid, channel=Channel.CALL, address=address)
    receive(story.kit, [event])
    return calls.welcome(story.kit, event, LINKS)


def ends(story: Story, kind: EventKind, *, sid: str = "CA1", address: str | None = ANN.phone) -> tuple[Verb, ...]:
    """Let a call to us end with or without a person; return what the caller hears."""
    dialled = {"dial_status": "completed" if kind is EventKind.CONNECTED else "no-answer"}
    event = of_call(story, kind, str(kind), sid=sid, channel=Channel.CALL, address=address, extra=dialled)
    receive(story.kit, [event])
    return calls.after_dial(story.kit, event)


def call_backs(story: Story) -> list[RowMapping]:
    """Return the tasks to call somebody back."""
    return [task for task in story.tasks() if is_call_back(task)]


def call_back(story: Story) -> RowMapping:
    """Return the one task to call somebody back."""
    (task,) = call_backs(story)
    return task


def words(verbs: tuple[Verb, ...]) -> str:
    """Return all that is spoken."""
    said = [one for verb in verbs for one in (verb.prompt if isinstance(verb, Gather) else (verb,))]
    return " ".join(one.text for one in said if isinstance(one, Say))
