"""What a sequence speaks of: messages of its own purpose, topics the brand knows, events that can happen."""

from collections.abc import Iterator
from difflib import get_close_matches

from channels.address import Channel
from consent.facts import Purpose
from engine.content.checking.plan import Plan, channel_of, channels_of
from engine.content.codes import Code, Severity
from engine.content.problems import Problem, did_you_mean
from engine.content.sequence_checks import touches_of
from engine.domain.happened import MESSAGE_SIGNS, OPTED_OUT
from engine.domain.lead import LeadStatus
from engine.domain.sequence import Await, SendTouch, Stage
from engine.domain.task import TaskOutcome

_MESSAGES = frozenset({Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL})
_TASKS = frozenset({Channel.CALL, Channel.LETTER, Channel.SOCIAL})
_NEEDS = {
    **dict.fromkeys(("opened",), frozenset({Channel.EMAIL})),
    **dict.fromkeys(("clicked",), frozenset({Channel.EMAIL, Channel.SMS})),
    **dict.fromkeys(("received", "delivered", "bounced", "undelivered"), _MESSAGES),
    **dict.fromkeys(("human", "machine", "busy"), frozenset({Channel.VOICEMAIL})),
    **dict.fromkeys(("reached", "voicemail_left"), frozenset({Channel.CALL})),
    **dict.fromkeys(("wrong_number", "not_now"), _TASKS),
}
"""The touches without which an event can't come about; one that others may report too is not among them."""

KNOWN_EVENTS = frozenset({*LeadStatus, OPTED_OUT, *MESSAGE_SIGNS, *TaskOutcome})
"""What the engine itself reports."""


def check_vocabulary(plan: Plan) -> Iterator[Problem]:
    """Find messages of another purpose, topics without words, and events nobody reports."""
    for stage in plan.sequence.stages:
        yield from _purposes(plan, stage)
        if isinstance(stage.step, Await):
            yield from _event(plan, stage, stage.step.event)
    topic = plan.sequence.topic
    topics = plan.library.brand.topics
    if topic is not None and topic not in topics:
        message = f"The brand has no words for the topic '{topic}'."
        near = did_you_mean(topic, topics)
        remedy = f"{near} Or add {topic} to topics in brand.yaml." if near.startswith("Did") else ""
        yield plan.found(Code.UNKNOWN_TOPIC, "", "topic", message, remedy)
    for name in sorted(plan.sequence.leave - KNOWN_EVENTS):
        if near := _misspelt(name):
            message = f"Leads leave by '{name}', which the engine never reports."
            yield plan.found(Code.UNKNOWN_EVENT, "", "leave", message, near, severity=Severity.WARNING)


def _purposes(plan: Plan, stage: Stage) -> Iterator[Problem]:
    purpose = plan.sequence.purpose
    for touch in touches_of(stage):
        source = plan.library.find(channel_of(touch), touch.template) if isinstance(touch, SendTouch) else None
        if source is None or source.purpose is purpose:
            continue
        message = f"Stage {stage.id} sends {source.file}, a {source.purpose} message, as {purpose}."
        # A service message under the rules of advertising is only held to more than it needs.
        severity = Severity.ERROR if source.purpose is Purpose.MARKETING else Severity.WARNING
        yield plan.found(Code.WRONG_PURPOSE, stage.id, source.channel, message, severity=severity)


def _event(plan: Plan, stage: Stage, event: str) -> Iterator[Problem]:
    if event in KNOWN_EVENTS:
        wanted = _NEEDS.get(event)
        if wanted is not None and not any(wanted & set(channels_of(one)) for one in plan.before(stage)):
            touches = " or ".join(sorted(wanted))
            message = f"Stage {stage.id} waits for '{event}', and no {touches} comes before it."
            yield plan.found(Code.EVENT_CANNOT_HAPPEN, stage.id, "wait for", message)
        return
    message = f"Stage {stage.id} waits for '{event}', which the engine itself never reports."
    if near := _misspelt(event):
        yield plan.found(Code.UNKNOWN_EVENT, stage.id, "wait for", message, near, severity=Severity.WARNING)
    else:
        yield plan.found(Code.UNKNOWN_EVENT, stage.id, "wait for", message)


# Nearer than "referred" is to "received": one letter too many, too few or in the wrong place.
_NEARNESS = 0.85


def _misspelt(event: str) -> str:
    """Return a remedy where *event* looks like a known one misspelt; nothing for a name of its own."""
    near = get_close_matches(event, sorted(KNOWN_EVENTS), n=1, cutoff=_NEARNESS)
    return f"Did you mean {near[0]}?" if near else ""
