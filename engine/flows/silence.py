"""Watch whether providers still call back about what they took, and hold a sender of whom nothing is heard."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog

from channels.address import mask
from engine.domain.incident import IncidentKind
from engine.domain.silence import SILENT_AFTER, UNHEARD_MIN, is_silent
from engine.domain.task import TaskKind
from engine.flows.incidents import raise_incident
from engine.flows.kit import Kit
from engine.flows.matching import Heard
from engine.store import audit, senders, silences, tasks
from engine.store.database import Connection
from engine.store.silences import Quiet, Taken

log = structlog.get_logger(__name__)

CALL_BACK = frozenset({"sendgrid", "twilio"})
"""Who tells what became of a message; a relay and the sandbox do not, or not by themselves."""

SILENT = "callbacks_silent"
"""Why such a sender rests."""

ALARM = "sender.silent"

HEARD_EVERY = timedelta(seconds=30)
"""How exact the note is of when a sender was last heard of: its row is busy enough."""


def watch(kit: Kit) -> int:
    """Hold every sender whose provider takes messages and calls back about none, and ask the operator; return how many.

    Whoever does not hear of deliveries does not hear of bounces, complaints and stops either. It goes on by hand only.
    """
    with kit.database.read() as connection:
        now = kit.database.now(connection)
        suspects = [quiet for quiet, _ in _quiet(connection, now)]
    return sum(_hold(kit, quiet) for quiet in suspects)


def _quiet(connection: Connection, now: datetime) -> list[tuple[Quiet, list[Taken]]]:
    """Return the senders that have fallen silent, each with what was taken since."""
    before = now - SILENT_AFTER
    found = []
    for quiet in silences.quiet_senders(connection, CALL_BACK, before, alarm=ALARM):
        taken = silences.taken_unheard(connection, quiet, now=now, before=before, limit=UNHEARD_MIN)
        if is_silent([one.accepted_at for one in taken], heard_at=quiet.heard_at, now=now):
            found.append((quiet, taken))
    return found


def _hold(kit: Kit, suspect: Quiet) -> bool:
    with kit.database.write() as connection:
        if senders.lock(connection, suspect.id, wait=True) is None:
            return False
        now = kit.database.now(connection)
        # Somebody else may have held it meanwhile, or it was heard of.
        found = [(one, taken) for one, taken in _quiet(connection, now) if one.id == suspect.id]
        if not found:
            return False
        [(quiet, taken)] = found
        senders.pause(connection, [quiet.id], reason=SILENT)
        _put_on_record(kit, connection, quiet, taken, now)
        detail = f"{quiet.provider} takes messages and no longer calls back: its sender rests"
        raise_incident(kit, connection, IncidentKind.SENDER_SILENT, quiet.id, detail)
    log.error(
        ALARM,
        sender=mask(quiet.address),
        provider=quiet.provider,
        heard_at=quiet.heard_at.isoformat() if quiet.heard_at else None,
        remedy="check its callbacks with `fifthtouch doctor`, then `fifthtouch sender resume`",
    )
    return True


def _put_on_record(kit: Kit, connection: Connection, quiet: Quiet, taken: Sequence[Taken], now: datetime) -> None:
    row_id = kit.ids.new()
    heard_at = quiet.heard_at.isoformat() if quiet.heard_at else None
    told = {"heard_at": heard_at, "messages": [one.id for one in taken]}
    audit.note(connection, row_id=row_id, at=now, actor="fifthtouch", action=ALARM, subject=quiet.id, before=told)
    task = tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=f"{row_id}:silent",
        lead_id=taken[0].lead_id,
        kind=TaskKind.REVIEW,
        owner="",
        title=f"{quiet.provider} takes messages of {quiet.address} and no longer calls back: nothing more is sent",
        body=(
            f"The last {len(taken)} messages were accepted, the latest to this lead, and nothing was heard of them. "
            "Bounces, complaints and stops would not be heard either. Check the callback addresses and keys "
            "(`fifthtouch doctor`), then `fifthtouch sender resume`."
        ),
        now=now,
        due_at=now,
    )
    tasks.insert(connection, [task])


def unheard_of(connection: Connection, heard: Sequence[Heard], now: datetime) -> set[str]:
    """Return the senders whose provider calls back about them now, where that was last noted a while ago."""
    told = {
        one.message.sender_id
        for one in heard
        if one.message and one.message.sender_id and one.message.provider in {None, one.event.provider}
    }
    return senders.heard_before(connection, told, now - HEARD_EVERY) if told else set()


def note_heard(kit: Kit, sender_ids: Collection[str]) -> None:
    """Note that these senders were heard of, in a transaction that waits for nobody else's leads."""
    if not sender_ids:
        return
    with kit.database.write() as connection:
        senders.note_heard(connection, sender_ids, kit.database.now(connection))
