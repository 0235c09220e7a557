"""`enroll`, `pause` and `resume`: let leads walk sequences, rest, and go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from channels.address import Channel
from engine.cli.apps import one_command
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, shown
from engine.cli.whom import lead_named
from engine.domain.enrollment import EnrollmentStatus
from engine.flows import steering
from engine.flows.enroll import enroll as enter
from engine.flows.kit import Kit
from engine.flows.resting import rest
from engine.flows.resting import resume as go_on
from engine.flows.shelf import Missing
from engine.flows.steering import NoSuchSequence
from engine.flows.withdraw import lock_leads
from engine.store import contents
from engine.store.history import MACHINE_CHANNELS

APPS = {name: one_command() for name in ("enroll", "pause", "resume")}

Lead = Annotated[str | None, typer.Argument(metavar="LEAD", help="Id, email or phone.")]
WholeSequence = Annotated[str | None, typer.Option("--sequence", help="Everybody in this sequence instead.")]
WholeChannel = Annotated[Channel | None, typer.Option("--channel", help="All that goes by this channel instead.")]
By = Annotated[str, typer.Option(help="Who says so, for the audit log.")]
OPERATOR = "command-line"


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
    channel: WholeChannel = None,
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="When to go on; else on `resume`.")] = None,
    reason: Annotated[str, typer.Option(help="Why a sequence or a channel rests, for whoever sees it.")] = "",
    by: By = OPERATOR,
    json: Json = False,
) -> None:
    """Let a lead, a whole sequence or a whole channel rest: when this answers, nothing more of it leaves."""
    with opened_kit() as kit:
        if who is None and until is not None:
            raise Complaint("a sequence or a channel rests until `resume`: leave --until out")
        if channel is not None and who is None and sequence is None:
            steering.pause_channel(kit, _machine(channel), by=by, reason=reason)
            _tell(f"Nothing leaves by {channel} any more.", {"channel": channel, "is_paused": True}, json=json)
            return
        if sequence is not None and who is None and channel is None:
            with _known(sequence):
                steering.pause_sequence(kit, sequence, by=by, reason=reason)
            _tell(f"{sequence} is paused: nothing of it is sent.", {"sequence": sequence, "is_paused": True}, json=json)
            return
        end = instant_at(until) if until else None
        lead_id, count = _with_lead(kit, _one(who, sequence, channel), pause_until=end, is_pause=True)
    _tell(f"{count} enrollments rest.", {"lead_id": lead_id, "paused": count, "until": end}, json=json)


@APPS["resume"].command()
def resume(
    who: Lead = None,
    *,
    sequence: WholeSequence = None,
    channel: WholeChannel = None,
    by: By = OPERATOR,
    json: Json = False,
) -> None:
    """Let a lead, a whole sequence or a whole channel go on."""
    with opened_kit() as kit:
        if channel is not None and who is None and sequence is None:
            steering.resume_channel(kit, _machine(channel), by=by)
            _tell(f"{channel} goes on.", {"channel": channel, "is_paused": False}, json=json)
            return
        if sequence is not None and who is None and channel is None:
            with _known(sequence):
                steering.resume_sequence(kit, sequence, by=by)
            _tell(f"{sequence} goes on.", {"sequence": sequence, "is_paused": False}, json=json)
            return
        lead_id, count = _with_lead(kit, _one(who, sequence, channel), pause_until=None, is_pause=False)
    _tell(f"{count} enrollments go on.", {"lead_id": lead_id, "resumed": count}, json=json)


def _one(who: str | None, sequence: str | None, channel: str | None) -> str:
    if who is None or sequence is not None or channel is not None:
        raise Complaint(
            "name one thing: a LEAD, a whole sequence with --sequence NAME, or a whole channel with --channel"
        )
    return who


def _machine(channel: Channel) -> Channel:
    if channel not in MACHINE_CHANNELS:
        raise Complaint(f"nothing leaves by {channel} by itself: a channel that can rest is email, sms or voicemail")
    return channel


@contextmanager
def _known(name: str) -> Iterator[None]:
    try:
        yield
    except NoSuchSequence as missing:
        raise Complaint(f"there is no sequence {name!r}: see `fifthtouch sequence list`") from missing


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
