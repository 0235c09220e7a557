"""`live`: begin to write to real people, a few at first; stop that, and go on."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from engine.bootstrap import add_live_senders
from engine.cli.apps import noun
from engine.cli.attest import missing_for, told_missing
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit, settings_now
from engine.cli.output import Json, emit, facts, say, table, warn
from engine.flows import going_live
from engine.flows.going_live import Standing
from engine.store.senders import Sender

app = noun()
APPS = {"live": app}

By = Annotated[str, typer.Option(help="Who says so, for the audit log.")]
OPERATOR = "command-line"


@app.callback()
def live() -> None:
    """Begin to write to real people, and stop."""


@app.command()
def status(*, json: Json = False) -> None:
    """Say who would be written to and by whom, and what waits; change nothing."""
    with opened_kit() as kit:
        found = going_live.look(kit)
    if json:
        emit({
            "went_live_at": found.went_live_at,
            "is_demonstration": found.is_demonstration,
            "is_sending_stopped": found.is_sending_stopped,
            "senders": [{**_row(one), "waiting": found.waiting.get(one.id, 0)} for one in found.senders],
            "for_sandbox": found.for_sandbox,
            "begun": found.begun,
        })  # fmt: skip
        return
    _show(found)


@app.command()
def start(
    *,
    trial: Annotated[int | None, typer.Option(min=1, help="Each sender sends so many, then asks you.")] = None,
    by: By = OPERATOR,
    json: Json = False,
) -> None:
    """Let the senders of real providers send; what was written for the sandbox never leaves."""
    if settings_now().public_url is None:
        raise Complaint(
            "set FIFTHTOUCH_PUBLIC_URL first, such as https://hello.example.com: without it the links to stop would lead "
            "nowhere, and no provider could call back"
        )
    with opened_kit() as kit:
        add_live_senders(kit)
        done = going_live.start(kit, by=by, trial=trial)
        blocked = missing_for(kit, {one.channel for one in done.senders})
    if json:
        told = {"senders": [_row(one) for one in done.senders], "trial": trial, **_counts(done.skipped, done.stopped)}
        emit({**told, "not_attested": [one.asked.name for one in blocked]})
        return
    for sentence in told_missing(blocked):
        warn(sentence)
    for one in done.senders:
        say(f"{one.address} ({one.channel} by {one.provider}) sends" + (f" {trial}, then asks you." if trial else "."))
    if done.skipped or done.stopped:
        say(f"{done.skipped} messages and {done.stopped} walks that began in the sandbox ended there.")
        say("Their leads wait as tasks: `fifthtouch task list`.")


@app.command("continue")
def continue_(*, by: By = OPERATOR, json: Json = False) -> None:
    """Let the senders whose trial is over go on without an end."""
    with opened_kit() as kit:
        _tell(going_live.go_on(kit, by=by), "goes on", nothing="No trial is over.", json=json)


@app.command()
def stop(*, by: By = OPERATOR, json: Json = False) -> None:
    """Let every sender of a real provider rest; when this answers, nothing more leaves."""
    with opened_kit() as kit:
        _tell(going_live.stop(kit, by=by), "rests", nothing="All of them rest already.", json=json)


def _tell(found: Sequence[Sender], what: str, *, nothing: str, json: bool) -> None:
    if json:
        emit({"senders": [_row(one) for one in found]})
        return
    for one in found:
        say(f"{one.address} ({one.channel} by {one.provider}) {what}.")
    if not found:
        say(nothing)


def _show(found: Standing) -> None:
    facts([
        ("live since", found.went_live_at or "never"),
        ("a demonstration", "yes: it cannot go live" if found.is_demonstration else None),
        ("all sending", "stopped by its switch: see `fifthtouch sending start`" if found.is_sending_stopped else None),
        ("written for the sandbox", f"{found.for_sandbox} messages, which never leave" if found.for_sandbox else None),
        ("begun in the sandbox", f"{found.begun} walks, which end when you go live" if found.begun else None),
    ])  # fmt: skip
    rows = [
        (
            one.channel,
            one.provider,
            one.address,
            one.rests_for.replace("_", " ") or "sends",
            one.pace.trial_left,
            found.waiting.get(one.id),
        )
        for one in found.senders
    ]
    empty = "There is no sender of a real provider: set its keys, and your addresses in templates/brand.yaml."
    table(["channel", "provider", "address", "state", "trial left", "waiting"], rows, empty=empty)


def _row(one: Sender) -> dict[str, object]:
    return {**asdict(one), "rests_for": one.rests_for}


def _counts(skipped: int, stopped: int) -> dict[str, int]:
    return {"skipped": skipped, "stopped": stopped}
