"""`message`: what a person says of a message that is in doubt, or late."""

from collections.abc import Callable
from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say
from engine.cli.whom import ID
from engine.flows.settle_overdue import NotOverdue, let_go, send_late
from engine.flows.settle_unknown import NotUnknown, send_again, settle_as_arrived

app = noun()
APPS = {"message": app}

Message = Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, from `fifthtouch log`.")]
By = Annotated[str, typer.Option(help="Who says so, for the audit log.")]


@app.callback()
def message() -> None:
    """Decide about a message that is in doubt, or late."""


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


def _answer(answer: Callable[..., None], text: str, by: str) -> None:
    message_id = text.strip().lower()
    if not ID.fullmatch(message_id):
        raise Complaint(f"{text!r} is no id: see `fifthtouch log`")
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
