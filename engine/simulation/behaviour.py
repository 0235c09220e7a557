"""How the leads of a rehearsal behave: a few kinds by name, or the rates of a small YAML file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import yaml

from channels.sandbox_behaviour import ANSWERS, AWAY, CLICKS, COMPLAINS, OPENS, UNSUBSCRIBES, USUAL, Rates
from engine.domain.task import TaskOutcome
from engine.simulation.salesperson import CALL_OUTCOMES, NEGLECTED

LENGTH_MAX = 10_000  # of a file of rates: it has a dozen lines


class UnknownBehaviour(ValueError):
    """There is no such behaviour, or a file of rates can't be used; the argument says why and what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What leads do with what they get, and what comes of calls.

    *calls* weighs how calls end; *neglected* is the share of tasks that our people leave lying for days.
    """

    name: str
    rates: Rates = USUAL
    dead_addresses: bool = True  # some mailboxes and numbers are nobody's, or somebody else's
    calls: Mapping[TaskOutcome, float] = field(default_factory=lambda: CALL_OUTCOMES)
    neglected: float = NEGLECTED


NOBODY_DOES = Rates(
    deferred=0, lost=0, opens=0, clicks=0, answers=0, away=0, unsubscribes=0, complains=0, keypresses=0, hiccups=0
)
REACHABLE = {
    TaskOutcome.NO_ANSWER: 25.0,
    TaskOutcome.VOICEMAIL_LEFT: 15.0,
    TaskOutcome.REACHED: 40.0,
    TaskOutcome.NOT_NOW: 6.0,
    TaskOutcome.BOOKED: 12.0,
    TaskOutcome.NO: 2.0,
}

BEHAVIOURS: Mapping[str, Behaviour] = {
    one.name: one
    for one in (
        Behaviour(
            name="silent",
            rates=NOBODY_DOES,
            dead_addresses=False,
            calls={TaskOutcome.NO_ANSWER: 1.0},
            neglected=0.0,
        ),
        Behaviour(name="typical"),
        Behaviour(
            name="eager",
            rates=replace(USUAL, opens=1.5, clicks=2.0, answers=3.0, unsubscribes=0.5, complains=0.2),
            calls=REACHABLE,
        ),
        Behaviour(
            name="weary",
            rates=replace(USUAL, opens=0.6, clicks=0.5, answers=0.5, unsubscribes=6.0, complains=4.0, keypresses=4.0),
        ),
    )
}
"""`silent` never answers, `typical` behaves as the demonstration's leads, `eager` answers much, `weary` stops much."""

TYPICAL, SILENT = BEHAVIOURS["typical"], BEHAVIOURS["silent"]

# What a share in a file is compared with: that of a lead of middling warmth, as `sandbox_behaviour` counts it.
SHARES: Mapping[str, float] = {
    "opens": OPENS + 0.25,
    "clicks": CLICKS + 0.1,
    "answers": ANSWERS + 0.035,
    "away": AWAY,
    "unsubscribes": UNSUBSCRIBES,
    "complains": COMPLAINS,
}
"""The shares a file may name: of emails that arrive the opened, and of those opened the others; `away` is of all."""

OTHER_KEYS = ("like", "dead-addresses", "calls", "neglected")


def read_behaviour(text: str, *, file: str) -> Behaviour:
    """Return the behaviour that the YAML *text* describes; raises `UnknownBehaviour` naming *file* and the key."""
    found = _mapping(text[:LENGTH_MAX], file)
    unknown = sorted(str(key) for key in found if key not in {*SHARES, *OTHER_KEYS})
    if unknown:
        raise UnknownBehaviour(f"{file}: there is no {unknown[0]!r}; there is {', '.join((*OTHER_KEYS, *SHARES))}")
    begin = named(str(found.get("like", TYPICAL.name)))
    factors = {key: _share(found[key], key, file) / SHARES[key] for key in SHARES if key in found}
    return Behaviour(
        name=file,
        rates=replace(begin.rates, **factors),
        dead_addresses=_flag(found.get("dead-addresses", begin.dead_addresses), file),
        calls=_weights(found["calls"], file) if "calls" in found else begin.calls,
        neglected=_share(found.get("neglected", begin.neglected), "neglected", file),
    )


def named(name: str) -> Behaviour:
    """Return the behaviour called *name*; raises `UnknownBehaviour`."""
    if name not in BEHAVIOURS:
        raise UnknownBehaviour(f"there is no behaviour {name!r}: there is {', '.join(BEHAVIOURS)}, or name a YAML file")
    return BEHAVIOURS[name]


def _mapping(text: str, file: str) -> dict[object, object]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UnknownBehaviour(f"{file} is no YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(found, dict):
        raise UnknownBehaviour(f"{file}: write keys with values, such as `answers: 0.1`")
    return found


def _share(value: object, key: str, file: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UnknownBehaviour(f"{file}: {key} is a share from 0 to 1, such as 0.1")
    return float(value)


def _flag(value: object, file: str) -> bool:
    if not isinstance(value, bool):
        raise UnknownBehaviour(f"{file}: dead-addresses is yes or no")
    return value


def _weights(value: object, file: str) -> dict[TaskOutcome, float]:
    outcomes = [str(one) for one in CALL_OUTCOMES]
    problem = f"{file}: calls gives each way a call may end its weight: {', '.join(outcomes)}"
    if not isinstance(value, dict) or not value:
        raise UnknownBehaviour(problem)
    weights: dict[TaskOutcome, float] = {}
    for outcome, weight in value.items():
        if outcome not in outcomes or isinstance(weight, bool) or not isinstance(weight, int | float) or weight < 0:
            raise UnknownBehaviour(problem)
        weights[TaskOutcome(outcome)] = float(weight)
    if sum(weights.values()) <= 0:
        raise UnknownBehaviour(problem)
    return weights
