"""Begin to write to real people, pause that, and go on: nothing that was written for the sandbox ever reaches them.

Before anybody goes live, the senders of real providers rest. What is planned meanwhile for their channels waits for them;
what was planned for the sandbox ends here, and so do the walks that began with it: they tell of mails nobody got.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from engine.domain import pacing
from engine.domain.enrollment import Enrollment, EnrollmentStatus
from engine.flows.breaking import release
from engine.flows.kit import Kit
from engine.store import attempts, audit, enrollments, going_live, installation, leads, senders, tasks
from engine.store.database import Connection
from engine.store.senders import Sender

log = structlog.get_logger(__name__)

WRITTEN_FOR_SANDBOX = "written_for_sandbox"
"""Why a message was not sent, and why a walk ended, when its installation went live."""

LIVE_STOPPED, PAUSED_BY_HAND = "live_stopped", "paused_by_hand"
_STARTED = frozenset({"", senders.NOT_LIVE_YET, LIVE_STOPPED, senders.TRIAL_OVER})
"""Why a sender may rest that `start` lets go on; whoever paused one for another reason lets it go on themselves."""

SWITCH = "installation"
"""What the audit log says was changed when the one switch was turned."""

STOP_ACTIONS = frozenset({"sending.stopped", "sender.paused", "sender.disliked"})
"""How the audit log calls that all sending, or one sender, was stopped: by a person, or for its reputation."""

Noted = str | int | None
"""What the audit log keeps of one limit."""

BATCH_MAX = 200


class NotReady(RuntimeError):
    """Nobody can go live yet; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an installation is from real people; *waiting* counts messages by sender."""

    went_live_at: datetime | None
    is_demonstration: bool
    is_sending_stopped: bool
    senders: Sequence[Sender]
    waiting: dict[str, int]
    for_sandbox: int  # messages that going live would skip
    begun: int  # walks that going live would stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What going live did."""

    senders: Sequence[Sender]
    skipped: int
    stopped: int


def look(kit: Kit) -> Standing:
    """Return how the installation stands now, changing nothing."""
    with kit.database.read() as connection:
        one = installation.read(connection)
        everyone = senders.all_senders(connection)
        live = _usable(kit, everyone)
        since = _live_since(everyone)
        is_first = one.went_live_at is None and since is not None
        return Standing(
            went_live_at=one.went_live_at,
            is_demonstration=one.is_demonstration,
            is_sending_stopped=one.is_sending_stopped,
            senders=[sender for sender in everyone if sender.is_live],
            waiting={sender.id: going_live.count_waiting(connection, [sender.id]) for sender in live},
            for_sandbox=going_live.count_waiting(connection, _replaced(everyone, live)),
            begun=going_live.count_begun(connection, since) if is_first and since else 0,
        )


def start(kit: Kit, *, by: str, trial: int | None = None) -> Start:
    """Let every sender of a real provider send: without an end, or *trial* messages each; raises `NotReady`.

    May be asked again: for a channel whose keys came later, or for another trial.
    """
    with kit.database.read() as connection:
        one = installation.read(connection)
        everyone = senders.all_senders(connection)
    live = _usable(kit, everyone)
    _check(one, everyone, live)
    since = _live_since(everyone)
    has_sandbox = any(not sender.is_live for sender in everyone)
    is_first = one.went_live_at is None and has_sandbox
    skipped = _skip_written(kit, _replaced(everyone, live))
    stopped = _stop_begun(kit, since) if is_first and since is not None else 0
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        installation.note_live(connection, now)
        going = [sender for sender in live if sender.rests_for in _STARTED]
        senders.resume(connection, [sender.id for sender in going], trial=trial)
        told = {"trial": trial, "senders": [sender.address for sender in going], "skipped": skipped, "stopped": stopped}
        audit.note(
            connection,
            row_id=kit.ids.new(),
            at=now,
            actor=by,
            action="live.started",
            subject="installation",
            after=told,
        )
    log.warning("live.started", senders=len(going), trial=trial, skipped=skipped, stopped=stopped)
    return Start(senders=going, skipped=skipped, stopped=stopped)


def go_on(kit: Kit, *, by: str) -> Sequence[Sender]:
    """Let the senders whose trial is over go on without an end; return them."""
    with kit.database.read() as connection:
        over = [one for one in senders.all_senders(connection) if one.rests_for == senders.TRIAL_OVER]
    for sender in over:
        resume_sender(kit, sender, by=by)
    return over


def stop(kit: Kit, *, by: str) -> Sequence[Sender]:
    """Let every sender of a real provider rest; return those that did not. After that no call starts."""
    with kit.database.read() as connection:
        awake = [one for one in senders.all_senders(connection) if one.is_live and not one.is_paused]
    for sender in awake:
        _pause(kit, sender, by=by, reason=LIVE_STOPPED)
    _wait_for_calls(kit, [sender.id for sender in awake])
    return awake


def switch_sending(kit: Kit, *, is_stopped: bool, by: str, reason: str = "") -> None:
    """Turn the one switch for all sending; when it is stopped and this returns, no call starts any more.

    From the commit on no attempt is put on record, and this returns once every call that was on record has started or
    never will.
    """
    with kit.database.write() as connection:
        now, before = kit.database.now(connection), installation.read(connection).is_sending_stopped
        installation.stop_sending(connection, is_stopped=is_stopped)
        action = "sending.stopped" if is_stopped else "sending.started"
        after: dict[str, bool | str] = {"is_stopped": is_stopped, **({"reason": reason} if reason else {})}
        audit.note(
            connection,
            row_id=kit.ids.new(),
            at=now,
            actor=by,
            action=action,
            subject=SWITCH,
            before={"is_stopped": before},
            after=after,
        )
    if is_stopped:
        _wait_for_calls(kit)


def pause_sender(kit: Kit, sender: Sender, *, by: str, reason: str = PAUSED_BY_HAND) -> None:
    """Let one sender rest for *reason*; when this returns no call of its starts any more."""
    _pause(kit, sender, by=by, reason=reason)
    _wait_for_calls(kit, [sender.id])


def resume_sender(kit: Kit, sender: Sender, *, by: str, trial: int | None = None) -> None:
    """Let one sender go on: without an end, or for *trial* messages; raises `NotReady` where nobody went live yet."""
    if sender.is_live and sender.rests_for == senders.NOT_LIVE_YET:
        raise NotReady(f"{sender.address} is not live yet: see `fifthtouch live status`, then `fifthtouch live start`")
    with kit.database.write() as connection:
        senders.resume(connection, [sender.id], trial=trial)
        _note(kit, connection, sender, "sender.resumed", by, {"trial": trial})
    release(kit, sender.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast and how much a sender may send from now on; None is no limit, and for *rate* leaves it as it is.

    *ramp* is what a new mailbox or number may send on its first day, which is today, and how much more each day after.
    """

    rate: float | None
    daily_max: int | None
    day_zone: str
    domain_daily_max: int | None
    ramp: tuple[int, float] | None = None
    keeps_ramp: bool = True


def change_limits(kit: Kit, sender: Sender, limits: Limits, *, by: str) -> None:
    """Set the limits of one sender."""
    with kit.database.write() as connection:
        locked = senders.lock(connection, sender.id, wait=True)
        assert locked is not None
        rate = limits.rate or locked.pace.rate_per_second
        burst = locked.pace.burst if locked.pace.burst == 1.0 else max(1.0, rate)
        pace = replace(
            locked.pace, rate_per_second=rate, burst=burst, daily_max=limits.daily_max, day_zone=limits.day_zone
        )
        if not limits.keeps_ramp:
            first, factor = limits.ramp or (None, None)
            since = pacing.day_of(pace, kit.database.now(connection)) if limits.ramp else None
            pace = replace(pace, ramp_first=first, ramp_factor=factor, ramp_since=since)
        senders.save_pace(connection, sender.id, pace)
        senders.limit_domains(connection, sender.id, limits.domain_daily_max)
        before = _limits(locked.pace, locked.domain_daily_max)
        after = _limits(pace, limits.domain_daily_max)
        _note(kit, connection, sender, "sender.changed", by, after, before=before)


def _limits(pace: pacing.Pace, domain_daily_max: int | None) -> dict[str, Noted]:
    return {
        "rate": f"{pace.rate_per_second:g}",
        "daily_max": pace.daily_max,
        "day_zone": pace.day_zone,
        "domain_daily_max": domain_daily_max,
        "ramp_first": pace.ramp_first,
        "ramp_factor": None if pace.ramp_factor is None else f"{pace.ramp_factor:g}",
    }


def _pause(kit: Kit, sender: Sender, *, by: str, reason: str) -> None:
    with kit.database.write() as connection:
        senders.pause(connection, [sender.id], reason=reason)
        _note(kit, connection, sender, "sender.paused", by, {"reason": reason})


def _note(
    kit: Kit,
    connection: Connection,
    sender: Sender,
    action: str,
    by: str,
    after: dict[str, Noted],
    *,
    before: dict[str, Noted] | None = None,
) -> None:
    audit.note(
        connection,
        row_id=kit.ids.new(),
        at=kit.database.now(connection),
        actor=by,
        action=action,
        subject=sender.id,
        before={"rests_for": sender.rests_for, **(before or {})},
        after={"address": sender.address, "provider": sender.provider, **after},
    )


def _wait_for_calls(kit: Kit, sender_ids: Collection[str] | None = None) -> None:
    """Wait until what is on record, of these senders or of all, has started or never will."""
    with kit.database.read() as connection:
        call_by = attempts.last_open_call_by(connection, sender_ids)
    kit.wait_out(call_by)


def _usable(kit: Kit, everyone: Sequence[Sender]) -> list[Sender]:
    return [one for one in everyone if one.is_live and (one.provider, one.channel) in kit.adapters]


def _replaced(everyone: Sequence[Sender], live: Sequence[Sender]) -> list[str]:
    """Return the sandbox's senders of the channels that real ones serve."""
    channels = {one.channel for one in live}
    return [one.id for one in everyone if not one.is_live and one.channel in channels]


def _live_since(everyone: Sequence[Sender]) -> datetime | None:
    return min((one.created_at for one in everyone if one.is_live), default=None)


def _check(one: installation.Installation, everyone: Sequence[Sender], live: Sequence[Sender]) -> None:
    if one.is_demonstration:
        raise NotReady(
            "this database holds a demonstration: its leads are invented. Begin with a new one: name it in DATABASE_URL"
        )
    if live:
        return
    if any(sender.is_live for sender in everyone):
        raise NotReady("the keys of your senders' providers are not set: see `fifthtouch doctor`")
    raise NotReady(
        "there is no sender of a real provider: set its keys, write your own addresses under `senders` in "
        "templates/brand.yaml and publish, or use `fifthtouch sender add --provider NAME`"
    )


def _skip_written(kit: Kit, sender_ids: Collection[str]) -> int:
    """Skip what waits for the sandbox; its walks go on to their next stage."""
    skipped = 0
    while sender_ids:
        with kit.database.write() as connection:
            now = kit.database.now(connection)
            waiting = going_live.enrollments_waiting(connection, sender_ids, BATCH_MAX)
            if not waiting:
                break
            # Enrollments before messages: the order in which everybody takes these locks.
            enrollments.wake(connection, [one for one in waiting.values() if one], now)
            skipped += going_live.skip(connection, list(waiting), reason=WRITTEN_FOR_SANDBOX, now=now)
    return skipped


def _stop_begun(kit: Kit, before: datetime) -> int:
    """End the walks that began before there was a real sender; a person decides about their leads."""
    stopped = 0
    while True:
        with kit.database.write() as connection:
            lead_ids = going_live.leads_begun(connection, before, BATCH_MAX)
            if not lead_ids:
                return stopped
            leads.lock(connection, lead_ids, ())
            begun = [one for one in enrollments.open_of(connection, lead_ids) if one.started_at < before]
            _stop(kit, connection, begun)
            stopped += len(begun)


def _stop(kit: Kit, connection: Connection, begun: Sequence[Enrollment]) -> None:
    now = kit.database.now(connection)
    ids = [one.id for one in begun]
    ended = [replace(one, status=EnrollmentStatus.STOPPED, due_at=None, reason=WRITTEN_FOR_SANDBOX) for one in begun]
    enrollments.save(connection, ended, now)
    going_live.skip(connection, going_live.messages_of(connection, ids), reason=WRITTEN_FOR_SANDBOX, now=now)
    tasks.cancel_open(connection, now=now, reason=WRITTEN_FOR_SANDBOX, enrollment_ids=ids)
    stored = leads.load(connection, {one.lead_id for one in begun})
    still_walking = enrollments.who_walks(connection, {one.lead_id for one in begun})
    by_lead = {one.lead_id: one for one in begun if one.lead_id not in still_walking}
    rows = [
        tasks.new_row(
            task_id=kit.ids.new(),
            intent_key=f"{one.id}:what-next",
            lead_id=lead_id,
            kind="review",
            owner=stored[lead_id].lead.owner,
            title=f"{one.sequence} was begun in the sandbox: enroll this lead again, or close it",
            now=now,
            due_at=now,
            sequence=one.sequence,
            enrollment_id=one.id,
        )
        for lead_id, one in by_lead.items()
        if stored[lead_id].lead.is_open
    ]
    tasks.insert(connection, rows)
