"""`message`: say what became of a message whose outcome nobody knows."""

from collections.abc import Callable
from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say
from engine.cli.whom import ID
from engine.flows.settle_unknown import NotUnknown, send_again, settle_as_arrived

app = noun()
APPS = {"message": app}

Message = Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, from `fifthtouch log --state unknown`.")]
By = Annotated[str, typer.Option(help="Who says so, for the audit log.")]


@app.callback()
def message() -> None:
    """Say what became of a message whose outcome nobody knows."""


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


def _answer(answer: Callable[..., None], text: str, by: str) -> None:
    message_id = text.strip().lower()
    if not ID.fullmatch(message_id):
        raise Complaint(f"{text!r} is no id: see `fifthtouch log --state unknown`")
    with opened_kit() as kit:
        try:
            answer(kit, message_id, by=by)
        except NotUnknown as error:
            if error.state is None:
                raise Complaint(f"there is no message {text!r}: see `fifthtouch log --state unknown`") from error
            raise Complaint(f"nobody needs to say what became of {message_id}: it is {error.state}") from error


def _tell(message_id: str, state: str, text: str, *, json: bool) -> None:
    if json:
        emit({"id": message_id.strip().lower(), "state": state})
    else:
        say(text)
