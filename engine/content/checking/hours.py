"""The windows of a sequence: whether the law allows a touch at any hour of them."""

from collections.abc import Iterator
from datetime import time
from functools import lru_cache

from channels.address import Channel
from consent.facts import Purpose
from consent.rule import HoursTerms
from consent.rulebook import load_rulebook
from engine.content.checking.plan import Plan, channels_of
from engine.content.codes import Code
from engine.content.problems import Problem
from engine.domain.sequence import Stage
from engine.domain.timing import ANY, SendWindow

PLACE = "US-OH"
"""Whose rules are asked: those of the United States as a whole and the house's own, in a state that adds none."""

_DAY_MINUTES = 24 * 60
_HEARD = frozenset({Channel.SMS, Channel.VOICEMAIL, Channel.CALL})


def check_hours(plan: Plan) -> Iterator[Problem]:
    """Find windows that the law closes whole, and times of day outside of them."""
    for stage in plan.sequence.stages:
        channels = channels_of(stage)
        if not channels:
            continue
        window = stage.window or plan.sequence.window
        for channel in sorted(_HEARD & set(channels)):
            if not minutes_of(window) & lawful_minutes(channel, plan.sequence.purpose):
                message = f"The window of stage {stage.id} lies in the hours in which no {channel} may arrive (United States)."
                yield plan.found(Code.WINDOW_IN_QUIET_HOURS, stage.id if stage.window else "", "window", message)
        yield from _time_of_day(plan, stage, window)


def _time_of_day(plan: Plan, stage: Stage, window: SendWindow) -> Iterator[Problem]:
    at = stage.after.at
    if at is None or window == ANY or _is_within(at, window):
        return
    message = f"Stage {stage.id} waits for {at:%H:%M}, and its window is open from {window.opens:%H:%M} to {window.closes:%H:%M}."
    yield plan.found(Code.TIME_OUTSIDE_WINDOW, stage.id, "after", message)


def _is_within(at: time, window: SendWindow) -> bool:
    if window.is_overnight:
        return at >= window.opens or at < window.closes
    return window.opens <= at < window.closes


@lru_cache(maxsize=256)
def minutes_of(window: SendWindow) -> frozenset[int]:
    """Return the minutes of a week from Monday on in which *window* is open, leaving holidays aside."""
    opens, closes = (one.hour * 60 + one.minute for one in (window.opens, window.closes))
    length = (closes - opens) % _DAY_MINUTES or _DAY_MINUTES
    week = 7 * _DAY_MINUTES
    starts = ((day - 1) * _DAY_MINUTES + opens for day in window.days)
    return frozenset((start + minute) % week for start in starts for minute in range(length))


@lru_cache(maxsize=16)
def lawful_minutes(channel: Channel, purpose: Purpose) -> frozenset[int]:
    """Return the minutes of a week in which the rules let *channel* reach a lead, leaving holidays aside."""
    allowed = set(range(7 * _DAY_MINUTES))
    for rule in load_rulebook().rules_for(channel, purpose, (PLACE,)):
        if isinstance(rule.terms, HoursTerms):
            allowed &= {
                day * _DAY_MINUTES + minute
                for day, intervals in enumerate(rule.terms.week)
                for start, end in intervals
                for minute in range(start, end)
            }
    return frozenset(allowed)
