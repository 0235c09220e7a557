"""`alert`: whether staff can be told."""

import typer

from channels.alarm import Alert
from channels.errors import Unavailable
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say

app = noun()
APPS = {"alert": app}

TEST = Alert(
    title="Fifth Touch: a test",
    body="Whoever reads this is told of incidents. Nothing is wrong; `fifthtouch alert test` was run.",
)


@app.callback()
def alert() -> None:
    """Tell staff something, to see that it reaches them."""


@app.command("test")
def send_test(*, json: Json = False) -> None:
    """Send a test message to every place of FIFTHTOUCH_ALERT_URLS."""
    with opened_kit() as kit:
        if kit.alarm is None:
            raise Complaint(
                "nobody is told of incidents: set FIFTHTOUCH_ALERT_URLS, such as mailto://USER:PASSWORD@HOST"
            )
        names = kit.alarm.names()
        try:
            deaf = list(kit.alarm.tell(TEST))
        except Unavailable:
            deaf = list(names)
    if json:
        emit({"places": list(names), "failed": deaf})
    else:
        for name in names:
            say(f"{name}: {'did not take it' if name in deaf else 'took it'}")
    if deaf:
        raise typer.Exit(1)
