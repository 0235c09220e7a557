"""Which faults a seed has, and how often each strikes."""

from dataclasses import dataclass
from random import Random

LIKELY, SELDOM = 0.06, 0.015


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The chance of each fault where it could strike; 0 is none of it in this seed."""

    pause: float  # a job stands still at a seam while others go on
    long_pause: float  # of those, how many stand longer than any lease
    crash: float  # a process dies at a seam
    statement: float  # a transaction meets a database that stops answering, or dies in the middle
    unreachable: float  # a transaction cannot begin
    outage: float  # the database is restarted: nobody reaches it for seconds
    lost_commit: float  # a commit is done, and its answer lost
    worst_stop: float  # a lead says stop right where a message is under way
    refusal: float  # the provider refuses, by any fault
    silence: float  # the provider takes or drops a call and does not answer
    no_connection: float  # no byte leaves
    lost_callback: float
    doubled_callback: float
    late_callback: float
    flood: float  # a batch of hundreds of callbacks
    lost_bell: float
    clock_jump: float  # of the database's clock, per step
    damaged_journal: float  # of a process that died


def weather_of(random: Random) -> Weather:
    """Return the weather of a seed: each fault is absent, seldom or likely, so that some seeds have few of them."""

    def chance(*rates: float) -> float:
        return random.choice((0.0, *rates))

    return Weather(
        pause=random.choice((0.15, 0.35, 0.6)),
        long_pause=chance(0.05, 0.2),
        crash=chance(SELDOM, LIKELY),
        statement=chance(SELDOM, LIKELY),
        unreachable=chance(SELDOM, LIKELY),
        outage=chance(0.004),
        lost_commit=chance(SELDOM, LIKELY),
        worst_stop=chance(0.2, 0.5),
        refusal=chance(0.1, 0.3),
        silence=chance(0.15, 0.4),
        no_connection=chance(0.05, 0.2),
        lost_callback=chance(0.1, 0.4),
        doubled_callback=chance(0.2, 0.5),
        late_callback=chance(0.2, 0.5),
        flood=random.choice((0.0, 0.0, 0.0, 0.0, 0.1)),
        lost_bell=chance(0.2, 0.5),
        clock_jump=chance(0.0, 0.01),
        damaged_journal=chance(0.3, 0.8),
    )
