"""Tell staff of incidents: one message for all that is new, still lasts after a day, or is over.

One ticker at a time tells, by a lease. What was told is noted after the call, so whoever dies between the two lets it be
told once more; so may a call that outlasts its lease. Nothing here is waited for by anything that sends.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from channels.alarm import Alert
from channels.errors import ChannelError
from engine.domain.incident import TO_DO, Telling, Told, marked_at, to_tell
from engine.flows.kit import Kit
from engine.store import errands, incidents
from engine.store.database import Connection

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=15)
LEASE = timedelta(minutes=10)  # longer than a dozen places may take to say nothing
WAIT_MAX = timedelta(hours=1)
LOOK_BACK = timedelta(days=2)
"""How long after its end an incident may still be told: longer than a reminder, so that no episode is cut before one."""

LINES_MAX = 30  # a message in a chat has its limits, and the console shows them all

WORDS = {Telling.NEW: "New", Telling.STILL: "Still", Telling.OVER: "Over"}


def tell_staff(kit: Kit) -> int:
    """Tell staff what they must hear now, in one message; return of how many things they were told.

    Where nobody could be reached it stays untold, and is tried again later and later, an hour at most.
    """
    if kit.alarm is None or not _news(kit):
        return 0
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        before = errands.take(connection, errands.ALERTS, now, every=EVERY, lease=LEASE)
        news = [] if before is None else _to_tell(connection, now)
    if before is None:
        return 0
    try:
        deaf = kit.alarm.tell(write_message(news, now)) if news else ()
    except ChannelError as error:
        _put_off(kit, int(before.get("failures", 0)) + 1, str(error))
        return 0
    with kit.database.write() as connection:
        told = {"deaf": list(deaf), "told_at": now.isoformat()} if news else before
        # As they were read: what has ended since is still to be told.
        incidents.note_told(connection, [(row.id, marked_at(row, now)) for one in news for row in one.rows])
        errands.end(connection, errands.ALERTS, told, done_at=now)
    log.info("alert.told", count=len(news), deaf=list(deaf))
    return len(news)


def write_message(news: Sequence[Told], now: datetime) -> Alert:
    """Return what staff read: one line for each thing, the oldest first, and what to do about what is not over."""
    needing = sum(one.why is not Telling.OVER for one in news)
    title = (
        f"Fifth Touch: {needing} thing{'s need' if needing != 1 else ' needs'} you" if needing else "Fifth Touch: over"
    )
    lines = [_line(one, now) for one in news[:LINES_MAX]]
    if len(news) > LINES_MAX:
        lines.append(f"... and {len(news) - LINES_MAX} more: `fifthtouch incident list --open`")
    return Alert(title=title, body="\n".join(lines))


def _line(one: Told, now: datetime) -> str:
    incident = one.incident
    often = f", {one.count} times" if one.count > 1 else ""
    since = f"since {one.since:%Y-%m-%d %H:%M} UTC"
    if one.why is Telling.OVER:
        ended = incident.closed_at or now
        return f"{WORDS[one.why]}: {incident.detail} ({since}, until {ended:%Y-%m-%d %H:%M} UTC{often})"
    return f"{WORDS[one.why]}: {incident.detail} ({since}{often}). {TO_DO[incident.kind]}"


def _news(kit: Kit) -> bool:
    with kit.database.read() as connection:
        return bool(_to_tell(connection, kit.database.now(connection)))


def _to_tell(connection: Connection, now: datetime) -> list[Told]:
    return to_tell(incidents.lasting(connection, now - LOOK_BACK), now)


def _put_off(kit: Kit, failures: int, trouble: str) -> None:
    wait = min(WAIT_MAX, EVERY * 2 ** min(failures, 10))
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        told = {"failures": failures, "trouble": trouble}
        errands.end(connection, errands.ALERTS, told, done_at=now + wait - EVERY)
    log.warning("alert.untold", failures=failures, trouble=trouble, again_in_seconds=wait.total_seconds())
