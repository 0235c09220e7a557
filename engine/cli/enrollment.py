"""`enroll`, `pause` and `resume`: let leads walk sequences, rest, and go on."""

from datetime import datetime
from typing import Annotated

import typer

from engine.cli.apps import one_command
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, shown
from engine.cli.whom import lead_named
from engine.domain.enrollment import EnrollmentStatus
from engine.flows.enroll import enroll as enter
from engine.flows.kit import Kit
from engine.flows.resting import rest
from engine.flows.resting import resume as go_on
from engine.flows.shelf import Missing
from engine.flows.withdraw import lock_leads
from engine.store import contents

APPS = {name: one_command() for name in ("enroll", "pause", "resume")}

Lead = Annotated[str | None, typer.Argument(metavar="LEAD", help="Id, email or phone.")]
WholeSequence = Annotated[str | None, typer.Option("--sequence", help="Everybody in this sequence instead.")]


@APPS["enroll"].command()
def enroll(
    who: Annotated[str, typer.Argument(metavar="LEAD", help="Id, email or phone.")],
    sequence: Annotated[str, typer.Argument(help="The sequence's name.")],
    *,
    json: Json = False,
) -> None:
    """Let a lead enter a sequence."""
    with opened_kit() as kit, kit.database.write() as connection:
        lead_id = lead_named(connection, who).lead.id
        try:
            [entry] = enter(kit, connection, [lead_id], sequence, kit.database.now(connection))
        except Missing as missing:
            names = ", ".join(row["name"] for row in contents.sequences(connection)) or "none: publish some"
            raise Complaint(f"there is no sequence {sequence!r}. Published: {names}") from missing
    answer = entry.answer
    if json:
        emit({
            "lead_id": lead_id,
            "sequence": sequence,
            "enrollment_id": entry.enrollment_id,
            "reason": answer.reason,
            "detail": answer.detail,
            "until": answer.until,
        })  # fmt: skip
    elif answer.enters:
        say(f"Entered {sequence}; its first stage is due now.")
    else:
        until = f"; ask again after {shown(answer.until)}" if answer.until else ""
        say(f"Not entered: {answer.reason.replace('_', ' ')} {answer.detail}".rstrip() + until)
    if not answer.enters:
        raise typer.Exit(1)


@APPS["pause"].command()
def pause(
    who: Lead = None,
    *,
    sequence: WholeSequence = None,
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="When to go on; else on `resume`.")] = None,
    json: Json = False,
) -> None:
    """Let a lead, or a whole sequence, rest."""
    with opened_kit() as kit:
        if sequence is not None and who is None:
            if until is not None:
                raise Complaint("a sequence rests until `resume`: leave --until out")
            _set_paused(kit, sequence, is_paused=True)
            _tell(f"{sequence} is paused: nothing of it is sent.", {"sequence": sequence, "is_paused": True}, json=json)
            return
        end = instant_at(until) if until else None
        lead_id, count = _with_lead(kit, _one(who, sequence), pause_until=end, is_pause=True)
    _tell(f"{count} enrollments rest.", {"lead_id": lead_id, "paused": count, "until": end}, json=json)


@APPS["resume"].command()
def resume(who: Lead = None, *, sequence: WholeSequence = None, json: Json = False) -> None:
    """Let a lead, or a whole sequence, go on."""
    with opened_kit() as kit:
        if sequence is not None and who is None:
            _set_paused(kit, sequence, is_paused=False)
            _tell(f"{sequence} goes on.", {"sequence": sequence, "is_paused": False}, json=json)
            return
        lead_id, count = _with_lead(kit, _one(who, sequence), pause_until=None, is_pause=False)
    _tell(f"{count} enrollments go on.", {"lead_id": lead_id, "resumed": count}, json=json)


def _one(who: str | None, sequence: str | None) -> str:
    if who is None or sequence is not None:
        raise Complaint("name a LEAD, or a whole sequence with --sequence NAME")
    return who


def _set_paused(kit: Kit, name: str, *, is_paused: bool) -> None:
    with kit.database.write() as connection:
        if not contents.set_paused(connection, name, is_paused=is_paused):
            raise Complaint(f"there is no sequence {name!r}: see `fifthtouch sequence list`")


def _with_lead(kit: Kit, who: str, *, pause_until: datetime | None, is_pause: bool) -> tuple[str, int]:
    with kit.database.write() as connection:
        stored, now = lead_named(connection, who), kit.database.now(connection)
        lead_id = stored.lead.id
        lock_leads(connection, [stored])
        if not is_pause:
            return lead_id, go_on(connection, [lead_id], now)
        status = EnrollmentStatus.PAUSED
        return lead_id, rest(
            connection, [lead_id], status=status, until=pause_until, reason="paused by a person", now=now
        )


def _tell(text: str, answer: object, *, json: bool) -> None:
    if json:
        emit(answer)
    else:
        say(text)
