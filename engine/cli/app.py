"""The tree of commands, and the one edge at which an error becomes a message and an exit code.

Exit codes: 0 done, 1 something was found or failed a check, 2 bad input or an environment that can't be used.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from engine.cli.complaints import complaint_of
from engine.cli.output import warn

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "demo": ("demo", "Watch invented leads walk half a year, then look around."),
    "up": ("serving", "Run web, ticker and workers in one process."),
    "web": ("serving", "Serve the console, the lead pages and the API."),
    "work": ("running", "Answer the bells of one lane."),
    "tick": ("running", "Look once a second at what is due, and ring for it."),
    "db": ("db", "Look after the database."),
    "doctor": ("doctor", "Say what is wrong with this installation, and what to do."),
    "lead": ("lead", "Take leads in, and look at them."),
    "enroll": ("enrollment", "Let a lead enter a sequence."),
    "pause": (
        "enrollment",
        "Let a lead, a whole sequence or a whole channel rest: when this answers, nothing more of it leaves.",
    ),
    "resume": ("enrollment", "Let a lead, a whole sequence or a whole channel go on."),
    "task": ("task", "See what people have to do, and say how it went."),
    "consent": ("consent", "See and record what leads allowed and stopped."),
    "suppression": ("suppression", "Look after the addresses that must not be used."),
    "log": ("log", "Show what was sent, held, skipped, and why."),
    "why": ("why", "Explain one message: every rule asked, every attempt, every event."),
    "message": ("message", "Decide about a message that is in doubt, late, or failed."),
    "event": ("event", "Say what happened to a lead; see what providers told that was set aside, and hear it again."),
    "report": (
        "report",
        "Count touches, replies, opt-outs and speed: so far, or of one period with rates and their intervals.",
    ),
    "audit": ("audit", "Count the leads, and those without a next step."),
    "sequence": ("sequence", "List, check and publish sequences, and move leads to a new revision."),
    "template": ("template", "Check and preview messages."),
    "simulate": (
        "simulate",
        "Show when a sequence would say what, to one silent lead; or with --leads to many, who answer and stop.",
    ),
    "gate": ("gate", "Ask whether a lead may be contacted, and why."),
    "rulebook": ("rulebook", "Check a file of rules, and list the rules that bind the gate."),
    "registry": ("registry", "Look after our copies of do-not-call lists."),
    "attest": ("attest", "Vouch for what the law asks of the business."),
    "emergency": ("emergency", "Record declared emergencies, in which nobody may be solicited."),
    "sender": ("sender", "Look after the mailboxes and numbers we send from."),
    "live": ("live", "Begin to write to real people, and stop."),
    "incident": ("incident", "See what went wrong, and say that it is over."),
    "alert": ("alert", "Tell staff something, to see that it reaches them."),
    "sending": ("sending", "Stop all sending at once, and start it again."),
    "apikey": ("apikey", "Make, list and revoke the keys of programs that use the API."),
    "form": ("form", "Put forms on a site of one's own."),
    "webhook": ("webhook", "Tell programs elsewhere what happens, and see what they answered."),
    "user": ("user", "Look after the people of the business."),
    "standin": ("standin", "Play SendGrid, Twilio and a mail relay on this machine."),
    "when": ("when", "Say when something falls due, by calendar and clock."),
    "segments": ("segments", "Count what a text message costs."),
    "classify": ("classify", "Read what a reply means."),
}
"""Each command with its module here and its one line of help; a test holds the line to the command's own."""


class Commands(TyperGroup):
    """The top level: imports a command's module when it is called, so that small tools start at once."""

    def list_commands(self, _ctx: typer.Context) -> list[str]:  # type: ignore[override] # Typer's context is its own
        """Return the names, the most used first."""
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        """Return the command, its module imported, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"engine.cli.{COMMANDS[cmd_name][0]}")
        command = get_command(module.APPS[cmd_name])
        command.name = cmd_name
        return command

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what the user can mend ends in one message, never in a traceback."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            complaint = complaint_of(error)
            if complaint is None:
                raise
            warn(complaint)
            raise typer.Exit(2) from error


app = typer.Typer(
    name="fifthtouch",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def fifthtouch() -> None:
    """Follow every lead up, within the law, until a yes or a real no."""


def main() -> None:
    """Run the command line."""
    app(prog_name="fifthtouch")
