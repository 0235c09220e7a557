"""Which other sender takes over what a failing one cannot send, or why none does.

The next in order of creation, after the failing one and round to it again; one with the same address goes first, because
the lead then hears from nobody new. Only what was provably never accepted is moved: see `UNSENT`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from channels.address import PHONE_CHANNELS, Channel
from channels.message import ReceiptKind
from engine.domain.breaker import PROVIDERS_OWN
from engine.domain.pacing import Pace, daily_limit, refill
from engine.domain.retry import AGE_MAX

UNSENT = frozenset({ReceiptKind.REFUSED, ReceiptKind.NEVER_STARTED})
"""What every attempt of a message must have come to before another sender may have it: nobody can have taken it."""

PATIENCE = 3
"""How often one provider may fail one message for reasons of its own before another gets it."""

LOOK_AGAIN = timedelta(seconds=10)
"""How soon what did not fit is looked at again; no more is moved at once than the other sender sends in this time."""


class Stays(StrEnum):
    """Why a message stays with its sender."""

    MAY_HAVE_LEFT = "may_have_left"  # an attempt is open, accepted, in doubt, or was overruled by a person
    NO_OTHER = "no_other"  # no other sender of its channel is live, awake, well and free
    OTHER_COUNTRY = "other_country"  # there is one, with a number of another country


@dataclass(frozen=True, slots=True, kw_only=True)
class StandBy:
    """A sender as far as it matters whether it may take over."""

    id: str
    channel: Channel
    provider: str
    address: str
    country: str | None  # of its number; None for mailboxes, and where nobody can tell
    created_at: datetime
    is_live: bool  # its provider reaches people, and its keys are set
    is_resting: bool  # paused, for whatever reason
    is_on_trial: bool  # a person looks at it before it sends more
    is_well: bool  # its breaker is closed
    room: int  # how many more it could send within `LOOK_AGAIN`


def next_sender(
    failing: StandBy, everyone: Sequence[StandBy], *, outcomes: Collection[str] = (), tried: Collection[str] = ()
) -> StandBy | Stays:
    """Return who takes over from *failing*, or why nobody does.

    *outcomes* are those of the message's attempts so far; *tried* names providers that had their chance with it.
    """
    if not UNSENT.issuperset(outcomes):
        return Stays.MAY_HAVE_LEFT
    if not failing.is_live:
        return Stays.NO_OTHER  # what was written for the sandbox reaches nobody
    able = [one for one in everyone if _is_able(one, failing) and one.provider not in tried]
    fitting = [one for one in able if _is_fitting(one, failing)]
    if not fitting:
        return Stays.OTHER_COUNTRY if able else Stays.NO_OTHER
    place = (failing.created_at, failing.id)
    return min(
        fitting,
        key=lambda one: (one.address != failing.address, (one.created_at, one.id) < place, one.created_at, one.id),
    )


def _is_able(one: StandBy, failing: StandBy) -> bool:
    is_other = one.id != failing.id and one.channel is failing.channel
    return is_other and one.is_live and not one.is_resting and not one.is_on_trial and one.is_well and one.room > 0


def _is_fitting(one: StandBy, failing: StandBy) -> bool:
    """Return whether a lead of *failing* may hear from *one*: numbers of another country cost, look strange, and have other rules."""
    if failing.channel not in PHONE_CHANNELS:
        return True
    return one.address == failing.address or (one.country is not None and one.country == failing.country)


def is_out_of_patience(fault: str, *, tries: int, planned_at: datetime, now: datetime) -> bool:
    """Return whether a message that its provider failed *tries* times, now by *fault*, should go by another sender.

    One that is too old for another try at all is none.
    """
    is_providers = fault in PROVIDERS_OWN or fault == ReceiptKind.NEVER_STARTED
    return is_providers and tries >= PATIENCE and now - planned_at <= AGE_MAX


def room_of(pace: Pace, *, waiting: int, now: datetime) -> int:
    """Return how many more messages a sender could send within `LOOK_AGAIN`, beside the *waiting* ones it has."""
    fresh = refill(pace, now)
    count = int(fresh.tokens + fresh.rate_per_second * LOOK_AGAIN.total_seconds())
    limit = daily_limit(fresh)
    if limit is not None:
        count = min(count, limit - fresh.sent_today)
    return max(0, count - waiting)
