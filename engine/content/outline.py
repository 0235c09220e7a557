"""A sequence as a numbered list: what each stage says, on which day at the earliest, and where it leads.

The days are those of a lead who begins on a Monday morning, whom every touch reaches and every call finds at once, and
who hears nothing of holidays: the rhythm on paper. What really happens to whom is for the rehearsal to say.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from channels.address import Channel
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
    TaskTouch,
    Touch,
)
from engine.domain.timing import ANY, Delay, TimingError, due_at, next_open
from engine.domain.timing.places import Place

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning, in the lead's own zone."""

_PLACE = Place(zone="UTC")
NOBODY = "none"
NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """One thing a stage may say: the message by channel and name, and the variant's name and share in a split."""

    channel: Channel
    template: str
    variant: str = ""
    share_percent: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """Where a stage leads and when it does; *to* is the number of a stage, None for the end of the sequence."""

    label: str
    to: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stage in the list. *day* is "day 3, 11:00", or "2 days before the date, 10:00" where it goes by a date of the lead's.

    It is empty where no path on paper leads there.
    """

    number: int
    id: StageId
    day: str
    wait: str
    does: str
    says: tuple[Says, ...]
    condition: str
    enters: str  # the sequence it hands over to
    arrows: tuple[Arrow, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it leads to the next stage alone."""
        return [arrow.to for arrow in self.arrows] == [self.number + 1]


def outline(sequence: Sequence) -> tuple[Row, ...]:
    """Return the stages of *sequence* in their order."""
    numbers = {stage.id: number for number, stage in enumerate(sequence.stages, start=1)}
    days = _days(sequence)
    return tuple(
        Row(
            number=numbers[stage.id],
            id=stage.id,
            day=days.get(stage.id, ""),
            wait=_wait(sequence, stage),
            does=_does(stage),
            says=tuple(_says(stage)),
            condition=stage.condition or "",
            enters=stage.step.sequence if isinstance(stage.step, Handover) else "",
            arrows=_merged(_ways(sequence, stage), numbers),
        )
        for stage in sequence.stages
    )


def _wait(sequence: Sequence, stage: Stage) -> str:
    if stage.by_date is not None:
        return f"by the date of the lead's {sequence.date or 'own'}"
    return "" if stage.after.amount == 0 and stage.after.at is None else f"after {stage.after}"


def _by_date(by_date: ByDate) -> str:
    at = f", {by_date.delay.at:%H:%M}" if by_date.delay.at else ""
    return f"{replace(by_date.delay, at=None)} {'before' if by_date.is_before else 'after'} the date{at}"


def _does(stage: Stage) -> str:
    match stage.step:
        case Branch(condition=condition):
            return f"asks whether {condition}"
        case Await(event=event, timeout=timeout):
            return f"waits for {event}, {timeout} at most"
        case Repeat(times=times):
            return "goes round for ever" if times is None else f"goes round {times} times"
        case Handover(sequence=name):
            return f"hands over to {name}"
        case Split():
            return "one of several, by chance"
        case _:
            return ""


def _says(stage: Stage) -> Iterable[Says]:
    if isinstance(stage.step, Split):
        whole = sum(stage.step.weights.values())
        for variant, touch in stage.step.variants.items():
            share = round(100 * stage.step.weights[variant] / whole)
            yield _said(touch, variant=variant, share_percent=share)
    elif isinstance(stage.step, SendTouch | TaskTouch):
        yield _said(stage.step)


def _said(touch: Touch, *, variant: str = "", share_percent: int = 100) -> Says:
    if isinstance(touch, SendTouch):
        return Says(channel=touch.channel, template=touch.template, variant=variant, share_percent=share_percent)
    return Says(channel=Channel(touch.kind), template=touch.script, variant=variant, share_percent=share_percent)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way out of a stage: to where, in which case, and how much later than the stage itself at the earliest."""

    label: str
    to: StageId
    later: Delay | None = None


def _ways(sequence: Sequence, stage: Stage) -> list[_Way]:
    """Return every way out of *stage*, the usual one first."""
    following = sequence.after(stage.id)

    def real(target: StageId) -> StageId:
        return following if target == NEXT else target

    step = stage.step
    match step:
        case Branch():
            ways = [_Way("yes", real(step.then)), _Way("no", real(step.otherwise))]
        case Await():
            ways = [_Way(step.event, real(step.then)), _Way("in vain", real(step.otherwise), step.timeout)]
        case Repeat():
            ways = [_Way("again", step.to)]
            ways += [] if step.times is None else [_Way("rounds over", following)]
        case Handover():
            ways = []
        case Split():
            ways = [_Way("", following)]
            ways += [way for touch in step.variants.values() for way in _outcomes(touch, real)]
        case _:
            ways = [_Way("", following), *_outcomes(step, real)]
    if stage.otherwise != NEXT:
        ways.append(_Way(NOT_SENT, stage.otherwise))
    return ways


def _outcomes(touch: Touch, real: Callable[[StageId], StageId]) -> list[_Way]:
    return [
        _Way(
            "nobody did it" if outcome == NOBODY else outcome.replace("_", " "), real(target), _patience(touch, outcome)
        )
        for outcome, target in touch.outcomes.items()
    ]


def _patience(touch: Touch, outcome: str) -> Delay | None:
    return touch.patience if outcome == NOBODY else None


def _merged(ways: Iterable[_Way], numbers: Mapping[StageId, int]) -> tuple[Arrow, ...]:
    """Return one arrow for each target, with all that leads there; a target nobody knows is the end."""
    labels: dict[int | None, list[str]] = {}
    for way in ways:
        labels.setdefault(numbers.get(way.to) if way.to != END else None, []).append(way.label)
    if len(labels) == 1 and set(*labels.values()) <= {"", NOT_SENT}:
        return tuple(Arrow(label="", to=to) for to in labels)
    return tuple(
        Arrow(label=", ".join([*dict.fromkeys(filter(None, said)), *(["else"] if "" in said else [])]), to=to)
        for to, said in labels.items()
    )


def _days(sequence: Sequence) -> dict[StageId, str]:
    """Return the day and time of each stage that a path on paper reaches; what leads back is not followed."""
    places = {stage.id: position for position, stage in enumerate(sequence.stages)}
    reached: dict[StageId, datetime] = {sequence.stages[0].id: BEGIN}
    days: dict[StageId, str] = {}
    for stage in sequence.stages:
        if stage.id not in reached:
            continue
        try:
            due = reached[stage.id] if stage.by_date else _due(sequence, stage, reached[stage.id])
            days[stage.id] = _by_date(stage.by_date) if stage.by_date else _told(due)
            for way in _ways(sequence, stage):
                if places.get(way.to, -1) > places[stage.id]:
                    later = due if way.later is None else due_at(due, way.later, _PLACE)
                    reached[way.to] = min(later, reached.get(way.to, later))
        except (TimingError, OverflowError):  # a window that never opens, a delay beyond the calendar
            continue
    return days


def _due(sequence: Sequence, stage: Stage, anchor: datetime) -> datetime:
    due = due_at(anchor, stage.after, _PLACE)
    if not isinstance(stage.step, SendTouch | TaskTouch | Split):
        return due  # only touches keep to hours
    window = stage.window or sequence.window
    return due if window == ANY else next_open(due, window, _PLACE)


def _told(due: datetime) -> str:
    day = f"day {(due.date() - BEGIN.date()).days + 1}"
    return f"{day}, at once" if due == BEGIN else f"{day}, {due:%H:%M}"
