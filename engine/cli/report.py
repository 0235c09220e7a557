"""`report`: the numbers."""

from typing import Any

from engine.cli.apps import one_command
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, say
from engine.flows.kit import Kit
from engine.store import reports

app = one_command()
APPS = {"report": app}


@app.command()
def report(*, json: Json = False) -> None:
    """Count touches, replies, opt-outs and speed."""
    with opened_kit() as kit:
        numbers = _count(kit)
    if json:
        emit(numbers)
        return
    for title, value in numbers.items():
        if isinstance(value, dict):
            say(title.replace("_", " "))
            facts([(name.replace("_", " "), count) for name, count in value.items()], indent=2)
        else:
            facts([(title.replace("_", " "), value)])


def _count(kit: Kit) -> dict[str, Any]:
    with kit.database.read() as connection:
        return {
            "touches": reports.touch_counts(connection),
            "messages": reports.states(connection),
            "held": reports.held_by_reason(connection),
            "skipped": reports.skipped_by_reason(connection),
            "replies": reports.reply_counts(connection),
            "opt_outs": reports.opt_out_count(connection),
            "sent_after_opt_out": reports.sent_after_opt_out(connection),
            "first_touch": reports.speed_to_first_touch(connection),
            "waiting": reports.work_waiting(connection, kit.database.now(connection)),
        }
