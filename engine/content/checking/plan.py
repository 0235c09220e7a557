"""A sequence under check: the plan, where its parts stand, the library around it, and what leads where."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from channels.address import Channel
from engine.content.checking.catalogue import finding
from engine.content.codes import Code, Severity
from engine.content.library import Library
from engine.content.problems import Problem
from engine.content.sequence_checks import TASK_CHANNELS, exits, touches_of
from engine.domain.sequence import NEXT, SendTouch, Sequence, Stage, StageId, Touch

BY_CONSENT = frozenset({Channel.SMS, Channel.VOICEMAIL})
"""What a machine may use only with a consent of its own, which many leads never gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A sequence and its file; *lines* by stage and field, the stage empty for the head."""

    sequence: Sequence
    file: str
    library: Library
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def found(
        self, code: Code, stage: str, key: str, message: str, remedy: str = "", *, severity: Severity | None = None
    ) -> Problem:
        """Return a finding on the line of a stage's field, else on the stage's own."""
        line = self.lines.get((stage, key)) or self.lines.get((stage, "id"))
        return finding(code, self.file, line, message, remedy, severity=severity)

    def target(self, stage: Stage, named: StageId) -> StageId:
        """Return the stage that *named* means at *stage*, or END."""
        return self.sequence.after(stage.id) if named == NEXT else named

    def reached(self, *, without_texts: bool = False) -> tuple[Stage, ...]:
        """Return the stages that a lead may come to; *without_texts* one to whom no machine may text or speak."""
        first = self.sequence.stages[0]
        found, waiting = {first.id: first}, [first]
        while waiting:
            stage = waiting.pop()
            for name in self._exits(stage, without_texts=without_texts) - found.keys():
                following = self.sequence.stage(name)
                if following is not None:
                    found[name] = following
                    waiting.append(following)
        return tuple(stage for stage in self.sequence.stages if stage.id in found)

    def _exits(self, stage: Stage, *, without_texts: bool) -> set[StageId]:
        if without_texts and needs_consent(stage):
            passed_over = {self.sequence.after(stage.id)} if stage.condition else set()
            return {self.target(stage, stage.otherwise), *passed_over}
        return exits(self.sequence, stage)

    def before(self, stage: Stage) -> Iterator[Stage]:
        """Yield every stage from which a lead may come to *stage*, itself only where a loop leads back."""
        into: dict[StageId, list[Stage]] = {}
        for one in self.sequence.stages:
            for name in exits(self.sequence, one):
                into.setdefault(name, []).append(one)
        seen: set[StageId] = set()
        waiting = [stage.id]
        while waiting:
            for one in into.get(waiting.pop(), ()):
                if one.id not in seen:
                    seen.add(one.id)
                    waiting.append(one.id)
                    yield one


def channel_of(touch: Touch) -> Channel:
    """Return the channel of a touch, a person's among them."""
    return touch.channel if isinstance(touch, SendTouch) else TASK_CHANNELS[touch.kind]


def channels_of(stage: Stage) -> Collection[Channel]:
    """Return the channels by which *stage* may touch the lead."""
    return {channel_of(touch) for touch in touches_of(stage)}


def needs_consent(stage: Stage) -> bool:
    """Return whether *stage* touches the lead, and only in ways that need a consent of their own."""
    channels = channels_of(stage)
    return bool(channels) and set(channels) <= BY_CONSENT
