"""`message`: what a person says of a message that is in doubt, late, or failed."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import Annotated

import typer

from channels.message import Fault
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say
from engine.cli.whom import ID
from engine.flows.settle_failed import Failed, NotReplayable, list_failed, replay
from engine.flows.settle_overdue import NotOverdue, let_go, send_late
from engine.flows.settle_unknown import NotUnknown, send_again, settle_as_arrived

app = noun()
APPS = {"message": app}

Message = Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, from `fifthtouch log`.")]
OnlyFault = Annotated[Fault | None, typer.Option(help="Only what was refused for this.")]
Since = Annotated[str | None, typer.Option(metavar="INSTANT", help="Only what failed from then on.")]
By = Annotated[str, typer.Option(help="Who says so, for the audit log.")]


@app.callback()
def message() -> None:
    """Decide about a message that is in doubt, late, or failed."""


@app.command()
def arrived(message_id: Message, *, by: By = "command-line", json: Json = False) -> None:
    """Say that it arrived: it counts as accepted."""
    _answer(settle_as_arrived, message_id, by)
    _tell(message_id, "accepted", "It counts as accepted.", json=json)


@app.command()
def again(message_id: Message, *, by: By = "command-line", json: Json = False) -> None:
    """Send it again, at the risk that it arrives twice; the gate is asked as always."""
    _answer(send_again, message_id, by)
    _tell(message_id, "scheduled", "It leaves again as soon as the gate allows it.", json=json)


@app.command()
def send(message_id: Message, *, by: By = "command-line", json: Json = False) -> None:
    """Send a message that is late, where its stage asks a person; the gate is asked as always."""
    _answer(send_late, message_id, by)
    _tell(message_id, "scheduled", "It leaves as soon as the gate allows it.", json=json)


@app.command()
def skip(message_id: Message, *, by: By = "command-line", json: Json = False) -> None:
    """Let a message go that is late, where its stage asks a person."""
    _answer(let_go, message_id, by)
    _tell(message_id, "skipped", "It is skipped, and its sequence goes on.", json=json)


@app.command("list")
def list_(
    *,
    failed: Annotated[bool, typer.Option("--failed", help="Those that failed; the others: `fifthtouch log`.")] = False,
    fault: OnlyFault = None,
    since: Since = None,
    json: Json = False,
) -> None:
    """Show what failed, by why it was refused, and whether it can be replayed."""
    if not failed:
        raise Complaint("only failed messages are listed here, with --failed; for the others see `fifthtouch log`")
    with opened_kit() as kit:
        found = _by_fault(list_failed(kit, fault=fault, since=_instant(since)))
    if json:
        for one in found:
            emit(_facts(one))
        return
    for name, group in groupby(found, key=_fault_of):
        rows = list(group)
        say(f"{name}: {len(rows)}")
        for one in rows:
            say(f"  {one.failure.id}  {one.failure.ended_at:%Y-%m-%d %H:%M}  {one.failure.channel}  {_verdict(one)}")
    if not found:
        say("Nothing failed.")


@app.command("replay")
def replay_(
    message_ids: Annotated[list[str] | None, typer.Argument(metavar="MESSAGE", help="Their ids.")] = None,
    *,
    fault: OnlyFault = None,
    since: Since = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    by: By = "command-line",
    json: Json = False,
) -> None:
    """Send failed messages after all that provably never left; the gate is asked as always."""
    if bool(message_ids) == bool(fault):
        raise Complaint("name messages, or a --fault with --since, and not both")
    if fault and since is None:
        raise Complaint("say from when on they failed, with --since 2026-03-01T00:00:00Z")
    with opened_kit() as kit:
        if message_ids:
            chosen = [_id(text) for text in message_ids]
            known = {one.failure.id: one for one in list_failed(kit, only=chosen)}
            missing = next((one for one in chosen if one not in known), None)
            if missing is not None:
                raise Complaint(f"no message {missing} has failed: see `fifthtouch message list --failed`")
            found = list(known.values())
        else:
            found = list_failed(kit, fault=fault, since=_instant(since))
        for one in found:
            done = {"id": one.failure.id, "replayed": not one.why_not and not dry_run, "why_not": one.why_not}
            if not one.why_not and not dry_run:
                try:
                    replay(kit, one.failure.id, by=by)
                except NotReplayable as error:
                    done |= {"replayed": False, "why_not": error.why}
            if json:
                emit(done)
            else:
                say(f"{done['id']}: {done['why_not'] or ('is replayed' if done['replayed'] else 'would be replayed')}")


def _by_fault(found: list[Failed]) -> list[Failed]:
    return sorted(found, key=_fault_of)


def _fault_of(one: Failed) -> str:
    return one.failure.fault or one.failure.reason


def _verdict(one: Failed) -> str:
    return one.why_not or "can be replayed"


def _facts(one: Failed) -> dict[str, object]:
    facts = {**asdict(one.failure), "ended_at": one.failure.ended_at.isoformat()}
    return {**facts, "replayable": not one.why_not, "why_not": one.why_not}


def _instant(text: str | None) -> datetime | None:
    return None if text is None else instant_at(text)


def _id(text: str) -> str:
    message_id = text.strip().lower()
    if not ID.fullmatch(message_id):
        raise Complaint(f"{text!r} is no id: see `fifthtouch log`")
    return message_id


def _answer(answer: Callable[..., None], text: str, by: str) -> None:
    message_id = _id(text)
    with opened_kit() as kit:
        try:
            answer(kit, message_id, by=by)
        except (NotUnknown, NotOverdue) as error:
            if error.state is None:
                raise Complaint(f"there is no message {text!r}: see `fifthtouch log`") from error
            raise Complaint(f"nobody needs to say this of {message_id}: it is {error.state}") from error


def _tell(message_id: str, state: str, text: str, *, json: bool) -> None:
    if json:
        emit({"id": message_id.strip().lower(), "state": state})
    else:
        say(text)
