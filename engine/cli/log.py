"""`log`: what was sent, held, skipped, and why."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from channels.address import Channel
from engine.cli.apps import one_command
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, shown, table
from engine.cli.whom import lead_named, name_of
from engine.clock import SystemClock
from engine.domain.message import MessageState
from engine.flows.kit import Kit
from engine.store.log import LogFilter, read_log

app = one_command()
APPS = {"log": app}

FOLLOW_SECONDS = 1.0
FOLLOW_ROWS = 200  # more news than this in a second nobody reads


@app.command()
def log(
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on showing what changes.")] = False,
    channel: Annotated[Channel | None, typer.Option(help="Only this channel.")] = None,
    state: Annotated[MessageState | None, typer.Option(help="Only messages in this state.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only for this reason, such as quiet_hours.")] = None,
    sequence: Annotated[str | None, typer.Option(help="Only of this sequence.")] = None,
    lead: Annotated[str | None, typer.Option(help="Only to this lead: id, email or phone.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest.")] = 50,
    json: Json = False,
) -> None:
    """Show what was sent, held, skipped, and why."""
    with opened_kit() as kit:
        lead_id = _lead_id(kit, lead) if lead else None
        wanted = LogFilter(state=state, channel=channel, reason=reason, sequence=sequence, lead_id=lead_id)
        rows = _newest(kit, wanted, limit)
        _show(rows, json=json)
        if follow:
            _follow(kit, wanted, rows, json=json)


def _lead_id(kit: Kit, text: str) -> str:
    with kit.database.read() as connection:
        return lead_named(connection, text).lead.id


def _newest(kit: Kit, wanted: LogFilter, limit: int) -> list[dict[str, Any]]:
    """Return the newest messages, the latest last, where a terminal's eye is."""
    with kit.database.read() as connection:
        return [dict(row) for row in reversed(read_log(connection, wanted, rows=limit).rows)]


def _show(rows: Sequence[dict[str, Any]], *, json: bool) -> None:
    if json:
        for row in rows:
            emit(row)
    else:
        lines = [(row["id"], _moment(row), name_of(row), row["channel"], row["template"], _state(row)) for row in rows]
        table(["id", "when", "lead", "channel", "template", "state"], lines, empty="No message was planned yet.")


def _moment(row: dict[str, Any]) -> Any:
    return row["accepted_at"] or row["ended_at"] or row["created_at"]


def _state(row: dict[str, Any]) -> str:
    told = str(row["state"])
    if row["reason"]:
        told += f" ({row['reason']}{', ' + row['rule'] if row['rule'] else ''})"
    if row["state"] == MessageState.HELD:
        told += f" until {shown(row['due_at']) or 'somebody decides'}"
    return told if row["delivery"] == "none" else f"{told}, {row['delivery']}"


def _follow(kit: Kit, wanted: LogFilter, rows: Sequence[dict[str, Any]], *, json: bool) -> None:
    clock = SystemClock()
    seen = {_version(row) for row in (*rows, *_newest(kit, wanted, FOLLOW_ROWS))}
    while True:
        clock.sleep(FOLLOW_SECONDS)
        news = [row for row in _newest(kit, wanted, FOLLOW_ROWS) if _version(row) not in seen]
        seen |= {_version(row) for row in news}
        for row in news:
            if json:
                emit(row)
            else:
                say(
                    f"{shown(_moment(row))}  {row['id']}  {name_of(row)}  {row['channel']} {row['template']}: {_state(row)}"
                )


def _version(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["id"], row["state"], row["reason"], row["delivery"], row["due_at"] if row["state"] == "held" else None
