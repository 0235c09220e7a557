"""Something that staff must know of: opened once however often it shows, told once, closed when it is over.

What is told, and when, is decided here from rows alone. Incidents of one subject that follow each other closely are one
episode: a breaker that opens and closes all day is told once, not once each time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

GRACE = timedelta(minutes=2)
"""How long something lasts before it is told: what mends itself meanwhile needs nobody."""

QUIET = timedelta(minutes=15)
"""How long it is over before that is told, or counts: what comes back within this time was not over."""

REMIND_EVERY = timedelta(hours=24)
"""How long after it was told staff are reminded of what still lasts."""


class IncidentKind(StrEnum):
    """What went wrong, in the words of the delivery log."""

    SENDER_FAILING = "sender_failing"  # its breaker is open: the provider refuses or can't be reached
    SENDER_PAUSED = "sender_paused"  # bounces or complaints crossed their limit
    SENDER_SILENT = "sender_silent"  # the provider has not called back for too long
    OUTCOME_UNKNOWN = "outcome_unknown"  # a message may or may not have arrived; a person must say
    EVENT_POISONED = "event_poisoned"  # an event could not be absorbed and was set aside
    CONTENT_HELD = "content_held"  # messages wait because a template fails a rule or misses a value
    LEADS_FORGOTTEN = "leads_forgotten"  # open leads with no next step, no task and no end
    LEDGER_BROKEN = "ledger_broken"  # the chain of the consent ledger does not hold
    WEBHOOK_DISABLED = "webhook_disabled"  # a program elsewhere is told nothing any more: nothing got through for days


TO_DO: Mapping[IncidentKind, str] = {
    IncidentKind.SENDER_FAILING: "Look at `fifthtouch doctor`; its messages wait, or go by another sender.",
    IncidentKind.SENDER_PAUSED: "Look where its addresses came from, then `fifthtouch sender resume`.",
    IncidentKind.SENDER_SILENT: "Check its callbacks with `fifthtouch doctor`, then `fifthtouch sender resume`.",
    IncidentKind.OUTCOME_UNKNOWN: "Say for each whether it arrived: see the console's tasks.",
    IncidentKind.EVENT_POISONED: "It is kept with its error; report it, then `fifthtouch incident close`.",
    IncidentKind.CONTENT_HELD: "Mend the template and publish it, or fill the missing values.",
    IncidentKind.LEADS_FORGOTTEN: "See who with `fifthtouch audit`, or in the console under Leads.",
    IncidentKind.LEDGER_BROKEN: "Run `fifthtouch consent verify`, and keep a copy of the database as it is.",
    IncidentKind.WEBHOOK_DISABLED: "Mend the receiver, then let it be told again: see the console under Settings, Webhooks.",
}
"""What a person does about each kind."""


class Telling(StrEnum):
    """Why staff hear of an episode now."""

    NEW = "new"  # they have not heard of it
    STILL = "still"  # they were told a day ago, and it lasts
    OVER = "over"  # they were told, and it has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One row: something that went wrong with *subject*."""

    id: str
    kind: IncidentKind
    subject: str
    detail: str
    opened_at: datetime
    last_at: datetime
    count: int
    told_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of what staff are told: the latest *incident* of an episode, and every row that it settles."""

    why: Telling
    incident: Incident
    since: datetime
    count: int
    rows: tuple[Incident, ...]


def to_tell(incidents: Iterable[Incident], now: datetime) -> list[Told]:
    """Return what staff must hear at *now*, the oldest first; *incidents* are open ones and those closed lately."""
    found = [told for one in _episodes(incidents) if (told := _told(one, now)) is not None]
    return sorted(found, key=lambda told: (told.since, told.incident.id))


def marked_at(incident: Incident, now: datetime) -> datetime:
    """Return the instant to note as told for a row that was read at *now*: never before its end was known."""
    return now if incident.closed_at is None else max(now, incident.closed_at + timedelta(microseconds=1))


def _episodes(incidents: Iterable[Incident]) -> list[list[Incident]]:
    """Return the incidents of each subject, in order, split where one was quiet for long."""
    episodes: list[list[Incident]] = []
    for one in sorted(incidents, key=lambda each: (each.kind, each.subject, each.opened_at, each.id)):
        before = episodes[-1][-1] if episodes else None
        is_same = before is not None and (before.kind, before.subject) == (one.kind, one.subject)
        if is_same and before is not None and (before.closed_at is None or one.opened_at - before.closed_at < QUIET):
            episodes[-1].append(one)
        else:
            episodes.append([one])
    return episodes


def _told(episode: Sequence[Incident], now: datetime) -> Told | None:
    why = _why(episode, now)
    if why is None:
        return None
    return Told(
        why=why,
        incident=episode[-1],
        since=episode[0].opened_at,
        count=sum(one.count for one in episode),
        rows=tuple(episode),
    )


def _why(episode: Sequence[Incident], now: datetime) -> Telling | None:
    told_at = max((one.told_at for one in episode if one.told_at is not None), default=None)
    closed_at = episode[-1].closed_at
    if closed_at is not None:
        is_news = told_at is not None and told_at <= closed_at and now - closed_at >= QUIET
        return Telling.OVER if is_news else None
    if told_at is None:
        return Telling.NEW if now - episode[0].opened_at >= GRACE else None
    return Telling.STILL if now - told_at >= REMIND_EVERY else None
