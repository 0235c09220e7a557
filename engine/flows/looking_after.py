"""What a person does for one lead by hand: note, pause, resume, snooze, enrol, take out, stop, log a call.

Each is on record with who did it. What stops anything returns only when nothing of it can leave any more.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels.address import Channel
from consent.proof import Proof
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import LeadId
from engine.domain.task import TaskKind, TaskOutcome
from engine.flows.again import again_if_changed
from engine.flows.enroll import Entry, enroll
from engine.flows.kit import Kit
from engine.flows.resting import rest, resume
from engine.flows.settle_task import settle_task
from engine.flows.withdraw import DECIDE_AFTER, Stop, carry_out, lock_covered, lock_leads
from engine.store import attempts, audit, enrollments, events, forgotten, leads, messages, tasks
from engine.store.database import Connection
from engine.store.leads import StoredLead

BY_PERSON = "person"
TAKEN_OUT = "taken out by hand"
PAUSED_BY_HAND = "Paused by hand"
"""Why somebody is asked what is next of a lead that nothing wakes any more."""


class NothingToDo(RuntimeError):
    """There was nothing to do; the message says why."""


def note(kit: Kit, lead_id: str, body: str, *, by: str) -> str:
    """Write *body*, plain text, down about *lead_id*; return the note's id."""
    with kit.database.write() as connection:
        row = {"id": kit.ids.new(), "lead_id": lead_id, "author": by, "body": body}
        events.note(connection, [{**row, "at": kit.database.now(connection)}])
    return str(row["id"])


def pause_lead(kit: Kit, lead_id: str, *, by: str, reason: str = "") -> int:
    """Let everything *lead_id* walks for marketing rest until somebody resumes it; return how many enrollments rest."""
    words = f"paused by hand: {reason}" if reason else "paused by hand"
    return _rest(kit, lead_id, EnrollmentStatus.PAUSED, None, words, by=by, action="lead.paused")


def snooze_lead(kit: Kit, lead_id: str, until: datetime, *, by: str) -> int:
    """Leave *lead_id* alone until *until*; return how many enrollments rest. Ends a pause that waited for a person."""
    return _rest(kit, lead_id, EnrollmentStatus.SNOOZED, until, "asked for later", by=by, action="lead.snoozed")


@again_if_changed
def resume_lead(kit: Kit, lead_id: str, *, by: str) -> int:
    """Let everything that rests for *lead_id* go on; return how many enrollments do."""
    with kit.database.write() as connection:
        lead_id = _lock(connection, lead_id).lead.id
        now = kit.database.now(connection)
        count = resume(connection, [lead_id], now)
        _note(kit, connection, lead_id, "lead.resumed", now, by=by, after={"enrollments": count})
    return count


@again_if_changed
def enrol_lead(kit: Kit, lead_id: str, sequence: str, *, by: str) -> Entry:
    """Let *lead_id* enter *sequence*; the answer says why where the rules refuse. Raises `shelf.Missing`."""
    with kit.database.write() as connection:
        lead_id = _lock(connection, lead_id).lead.id
        now = kit.database.now(connection)
        [entry] = enroll(kit, connection, [lead_id], sequence, now)
        if entry.answer.enters:
            told = {"sequence": sequence, "enrollment": entry.enrollment_id}
            _note(kit, connection, lead_id, "lead.enrolled", now, by=by, after=told)
    return entry


@again_if_changed
def take_out(kit: Kit, lead_id: str, enrollment_id: str, *, by: str) -> str:
    """End one enrollment of *lead_id* and what it had planned; return the sequence's name. Raises `NothingToDo`."""
    with kit.database.write() as connection:
        stored = _lock(connection, lead_id)
        lead_id = stored.lead.id
        now = kit.database.now(connection)
        found = [one for one in enrollments.open_of(connection, [lead_id]) if one.id == enrollment_id]
        if not found:
            raise NothingToDo("The lead has left this sequence already.")
        ended = [replace(one, status=EnrollmentStatus.STOPPED, due_at=None, reason=TAKEN_OUT) for one in found]
        enrollments.save(connection, ended, now)
        messages.cancel_open(connection, now=now, reason=TAKEN_OUT, enrollment_ids=[enrollment_id])
        tasks.cancel_open(connection, now=now, reason=TAKEN_OUT, enrollment_ids=[enrollment_id])
        sequence = found[0].sequence
        _note(kit, connection, lead_id, "lead.taken_out", now, by=by, before={"sequence": sequence})
        ask_what_next(kit, connection, stored, now, why=f"Taken out of {sequence}")
        call_by = attempts.latest_call_by(connection, [lead_id], ())
    kit.wait_out(call_by)
    return sequence


@again_if_changed
def stop_lead(kit: Kit, lead_id: str, channels: frozenset[Channel], *, by: str, wording: str = "") -> None:
    """Put on record that *lead_id* wants nothing more on *channels*, kin included; empty means everything."""
    proof = Proof(act="said so to a person", evidence=f"recorded by {by}")
    stop = Stop(channels=channels, source=BY_PERSON, wording=wording, recorded_by=by, proof=proof)
    with kit.database.write() as connection:
        lead_id = leads.survivor_of(connection, lead_id)
        covered = lock_covered(connection, lead_id, stop)
        now = kit.database.now(connection)
        call_by = carry_out(kit, connection, covered, stop, now, speaker_id=lead_id)
        told = {"channels": sorted(stop.covers()), "wording": wording}
        _note(kit, connection, lead_id, "lead.stopped", now, by=by, after=told)
    kit.wait_out(call_by)


@again_if_changed
def log_call(
    kit: Kit, lead_id: str, outcome: TaskOutcome, *, by: str, note: str = "", until: datetime | None = None, nonce: str
) -> None:
    """Put a call on record that nobody had planned, once for each *nonce*, and act on it as on a planned one."""
    with kit.database.write() as connection:
        lead_id = _lock(connection, lead_id).lead.id
        now = kit.database.now(connection)
        task_id = kit.ids.new()
        row = tasks.new_row(
            task_id=task_id,
            intent_key=f"{lead_id}:call:{nonce}",
            lead_id=lead_id,
            kind=TaskKind.CALL,
            owner=by,
            title="A call outside the plan",
            now=now,
            due_at=now,
        )
        tasks.insert(connection, [row])
        if tasks.find(connection, task_id) is None:
            return  # told twice
    settle_task(kit, task_id, outcome, by=by, note=note, until=until)


def ask_what_next(kit: Kit, connection: Connection, stored: StoredLead, now: datetime, *, why: str) -> None:
    """Make it somebody's task to decide, where nothing else follows for *stored*: nobody is forgotten."""
    if stored.lead.id not in forgotten.who_of(connection, [stored.lead.id]):
        return
    row = tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=f"{kit.ids.new()}:what-next",
        lead_id=stored.lead.id,
        kind=TaskKind.REVIEW,
        owner=stored.lead.owner,
        title=f"{why}: decide what is next",
        now=now,
        due_at=now + DECIDE_AFTER,
    )
    tasks.insert(connection, [row])


@again_if_changed
def _rest(
    kit: Kit, lead_id: str, status: EnrollmentStatus, until: datetime | None, reason: str, *, by: str, action: str
) -> int:
    with kit.database.write() as connection:
        stored = _lock(connection, lead_id)
        lead_id = stored.lead.id
        now = kit.database.now(connection)
        if until is not None:
            resume(connection, [lead_id], now, only=frozenset({EnrollmentStatus.PAUSED}))
        count = rest(connection, [lead_id], status=status, until=until, reason=reason, now=now)
        if not count:
            raise NothingToDo("The lead walks no sequence that could rest.")
        told = {"enrollments": count, "until": until.isoformat() if until else None, "reason": reason}
        _note(kit, connection, lead_id, action, now, by=by, after=told)
        ask_what_next(kit, connection, stored, now, why=PAUSED_BY_HAND)
        call_by = attempts.latest_call_by(connection, [lead_id], stored.address_ids())
    kit.wait_out(call_by)
    return count


def _lock(connection: Connection, lead_id: str) -> StoredLead:
    """Lock *lead_id*, or whom it became part of, and return that lead."""
    lead_id = leads.survivor_of(connection, lead_id)
    stored = leads.load(connection, [lead_id])[LeadId(lead_id)]
    lock_leads(connection, [stored])
    return stored


def _note(  # noqa: PLR0913 - one argument for each column
    kit: Kit,
    connection: Connection,
    lead_id: str,
    action: str,
    now: datetime,
    *,
    by: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action=action, subject=lead_id, before=before, after=after
    )
