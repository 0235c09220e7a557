"""More touches than the frequency caps can ever allow: the plan is walked by the clock, and the caps are asked."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from channels.address import Channel
from consent.limits import next_room
from consent.rule import CapTerms, Rule
from consent.rulebook import load_rulebook
from engine.content.checking.hours import PLACE
from engine.content.checking.plan import Plan, channel_of
from engine.content.codes import Code
from engine.content.problems import Problem
from engine.content.sequence_checks import targets, touches_of
from engine.domain.sequence import END, NEXT, Await, Branch, Handover, Repeat, Stage, StageId, Touch
from engine.domain.timing import Place, plan_at

_HOME = Place(zone="America/Chicago", country="US")
# A Monday morning, a Wednesday afternoon, a Friday evening and a Saturday noon, in a week without holidays: what is held
# from all of them is held always.
_STARTS = tuple(datetime(2026, 6, day, hour, tzinfo=UTC) for day, hour in ((1, 14), (3, 20), (5, 23), (6, 17)))
_STEPS_MAX = 4_000  # ways through a plan of many branches multiply; what these many show is enough
_VISITS_MAX = 3  # rounds of a loop: a cap that bites does so by the third
_HELD_AT_LEAST = timedelta(hours=1)  # less is nothing a lead or an author would notice


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """A lead's way so far: where it goes next, when the last touch was, and what was touched when."""

    stage: StageId
    at: datetime
    made: tuple[tuple[Channel, datetime], ...] = ()
    visited: tuple[StageId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hold:
    """For how long a cap holds a touch."""

    length: timedelta
    rule: Rule


def check_caps(plan: Plan) -> Iterator[Problem]:
    """Find each stage whose touch a cap would hold back, whenever a lead begins and whichever way it comes."""
    shortest: dict[StageId, _Hold | None] = {}
    for start in _STARTS:
        for stage, hold in _holds(plan, start):
            known = shortest.setdefault(stage, hold)
            if hold is None or (known is not None and hold.length < known.length):
                shortest[stage] = hold
    for name, hold in shortest.items():
        if hold is None or hold.length < _HELD_AT_LEAST:
            continue
        terms = hold.rule.terms
        assert isinstance(terms, CapTerms)
        counted = ", ".join(sorted(terms.counts))
        message = (
            f"Stage {name} would always be held, {_told(hold.length)} at least: {hold.rule.id} allows "
            f"{terms.touches_max} of {counted} in {_told(terms.within)}."
        )
        yield plan.found(Code.OVER_CAP, name, "after", message)


def _holds(plan: Plan, start: datetime) -> Iterator[tuple[StageId, _Hold | None]]:
    """Yield what the caps do to each touch on each way through *plan*; None where nothing holds it."""
    waiting = deque([_Walk(stage=plan.sequence.stages[0].id, at=start)])
    for _ in range(_STEPS_MAX):
        if not waiting:
            return
        walk = waiting.popleft()
        stage = plan.sequence.stage(walk.stage)
        # What goes by a date of the lead's own has a clock of its own.
        if stage is None or walk.visited.count(stage.id) >= _VISITS_MAX or stage.by_date is not None:
            continue
        touches = touches_of(stage)
        if not touches:
            waiting.extend(_turns(plan, stage, walk))
        for touch in touches:
            hold, sent_at = _ask(plan, stage, touch, walk)
            yield stage.id, hold
            waiting.extend(_onward(plan, stage, touch, walk, sent_at))


def _ask(plan: Plan, stage: Stage, touch: Touch, walk: _Walk) -> tuple[_Hold | None, datetime]:
    window = stage.window or plan.sequence.window
    planned = plan_at(walk.at, stage.after, window, _HOME, stage.id, timedelta(0))
    channel = channel_of(touch)
    longest: _Hold | None = None
    for rule in _caps(plan, channel):
        assert isinstance(rule.terms, CapTerms)
        counted = [at for made, at in walk.made if made in rule.terms.counts]
        held = next_room(counted, rule.terms.touches_max, rule.terms.within, planned) - planned
        if held and (longest is None or held > longest.length):
            longest = _Hold(length=held, rule=rule)
    return longest, planned + (longest.length if longest else timedelta(0))


def _caps(plan: Plan, channel: Channel) -> Sequence[Rule]:
    purpose = plan.sequence.purpose
    rules = load_rulebook().rules_for(channel, purpose, (PLACE,))
    return [rule for rule in rules if isinstance(rule.terms, CapTerms) and purpose in rule.terms.counts_purposes]


def _onward(plan: Plan, stage: Stage, touch: Touch, walk: _Walk, sent_at: datetime) -> Iterator[_Walk]:
    """Yield where the lead goes after a touch, and where one goes to whom it could not be made."""
    visited = (*walk.visited, stage.id)
    made = tuple(sorted((*walk.made, (channel_of(touch), sent_at)), key=lambda one: one[1]))
    if stage.condition is not None:
        made = walk.made  # it is passed over for some, and what holds always holds for them too
    following = {NEXT, *touch.outcomes.values()}
    for name in sorted({plan.target(stage, one) for one in following} - {END}):
        yield _Walk(stage=name, at=sent_at, made=made, visited=visited)
    skipped = plan.target(stage, stage.otherwise)
    if stage.otherwise != NEXT and skipped != END:
        yield _Walk(stage=skipped, at=sent_at, made=walk.made, visited=visited)


def _turns(plan: Plan, stage: Stage, walk: _Walk) -> Iterator[_Walk]:
    visited = (*walk.visited, stage.id)
    match stage.step:
        case Await(timeout=timeout):
            later = plan_at(walk.at, timeout, plan.sequence.window, _HOME, stage.id, timedelta(0))
            ways = {plan.target(stage, stage.step.then): walk.at, plan.target(stage, stage.step.otherwise): later}
        case Handover():
            return
        case Repeat() | Branch():
            due = plan_at(walk.at, stage.after, plan.sequence.window, _HOME, stage.id, timedelta(0))
            ways = {plan.target(stage, name): due for _, name in targets(stage)}
            if isinstance(stage.step, Repeat) and stage.step.times is not None:
                ways[plan.sequence.after(stage.id)] = due
        case _:
            return
    for name, at in sorted(ways.items()):
        if name != END:
            yield _Walk(stage=name, at=at, made=walk.made, visited=visited)


def _told(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    if hours >= 48:  # noqa: PLR2004 - two days and more are told in days
        return f"{hours / 24:.0f} days"
    return f"{hours:.0f} hours"
