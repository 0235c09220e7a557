"""Take an import back: leads that it made, and that nothing has happened to since, are erased; the others stay, and why is said.

A batch at a time, each in a transaction of its own, so that whoever is stopped goes on later where it ended. The stops
that a file brought stay: they may be somebody's word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from engine.domain.arriving import ImportState, UndoOutcome
from engine.domain.enrollment import EnrollmentStatus
from engine.flows.import_runs import has_broken_off, recorder
from engine.flows.kit import Kit
from engine.flows.withdraw import lock_leads
from engine.store import audit, enrollments, imports, leads, messages, persons, tasks
from engine.store.database import Connection

log = structlog.get_logger(__name__)

BATCH_LEADS = 100
TAKEN_BACK = "import_taken_back"
"""Why enrollments, messages and tasks ended of leads that are gone with their import."""


class NoSuchImport(LookupError):
    """There is no import of this id."""


class StillRunning(ValueError):
    """The import is under way: wait until it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """How many leads are gone, and how many stayed."""

    erased: int
    kept: int


def undo_import(kit: Kit, import_id: str, *, by: str, progress: Callable[[int], None] | None = None) -> Undone:
    """Take the leads of an import back; doing it twice, or going on after a stop, does no harm.

    Raises `NoSuchImport`, or `StillRunning`.
    """
    _begin(kit, import_id, by)
    done = 0
    while not kit.is_stopping():
        with kit.database.write() as connection:
            rows = imports.created_of(connection, import_id, BATCH_LEADS)
            if not rows:
                return _end(kit, connection, import_id, by)
            _take_back(kit, connection, import_id, rows)
        done += len(rows)
        if progress is not None:
            progress(done)
    with kit.database.read() as connection:
        return _counted(connection, import_id)


def _begin(kit: Kit, import_id: str, by: str) -> None:
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        row = imports.lock(connection, import_id)
        if row is None:
            raise NoSuchImport(import_id)
        if row["state"] == ImportState.RUNNING and not has_broken_off(row, now):
            raise StillRunning(import_id)
        if row["state"] in {ImportState.UNDOING, ImportState.UNDONE}:
            return
        imports.change(connection, import_id, state=ImportState.UNDOING, progress_at=now, undone_by=by)
        audit.note(connection, row_id=kit.ids.new(), at=now, actor=by, action="import.undoing", subject=import_id)


def _end(kit: Kit, connection: Connection, import_id: str, by: str) -> Undone:
    counted = _counted(connection, import_id)
    row = imports.lock(connection, import_id)
    if row is not None and row["state"] == ImportState.UNDOING:
        now = kit.database.now(connection)
        imports.change(connection, import_id, state=ImportState.UNDONE, undone_at=now, progress_at=now)
        after = {"erased": counted.erased, "kept": counted.kept}
        audit.note(
            connection, row_id=kit.ids.new(), at=now, actor=by, action="import.undone", subject=import_id, after=after
        )
        log.info("import.undone", import_id=import_id, **after)
    return counted


def _counted(connection: Connection, import_id: str) -> Undone:
    counts = imports.undone_counts(connection, import_id)
    return Undone(erased=counts.get(UndoOutcome.ERASED, 0), kept=counts.get(UndoOutcome.KEPT, 0))


def _take_back(kit: Kit, connection: Connection, import_id: str, rows: Sequence[tuple[int, str]]) -> None:
    stored = leads.load(connection, [lead_id for _, lead_id in rows])
    lock_leads(connection, list(stored.values()))
    now = kit.database.now(connection)
    # Asked after the locks: whatever is sent from here on finds nothing left to send.
    touched = imports.touched(connection, import_id, [lead_id for _, lead_id in rows], recorder(import_id))
    gone = [lead_id for _, lead_id in rows if lead_id not in touched]
    if gone:
        _erase(connection, gone, now)
    imports.note_undone(connection, import_id, [line for line, one in rows if one in set(gone)], UndoOutcome.ERASED)
    for reason in sorted(set(touched.values())):
        lines = [line for line, lead_id in rows if touched.get(lead_id) == reason]
        imports.note_undone(connection, import_id, lines, UndoOutcome.KEPT, reason)
    imports.change(connection, import_id, progress_at=now)


def _erase(connection: Connection, lead_ids: Sequence[str], now: datetime) -> None:
    ended = [
        replace(one, status=EnrollmentStatus.STOPPED, due_at=None, reason=TAKEN_BACK)
        for one in enrollments.open_of(connection, lead_ids)
    ]
    enrollments.save(connection, ended, now)
    messages.cancel_open(connection, now=now, reason=TAKEN_BACK, lead_ids=lead_ids)
    tasks.cancel_open(connection, now=now, reason=TAKEN_BACK, lead_ids=lead_ids)
    for lead_id in lead_ids:
        persons.erase(connection, lead_id, now, places=(), kept_fact_ids=())
