"""`why`: one message explained."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from engine.cli.apps import one_command
from engine.cli.complaints import Complaint
from engine.cli.gate import verdict
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, say, shown, table
from engine.cli.whom import ID, name_of
from engine.flows.steering import Stop, all_stops, in_the_way
from engine.store.log import MessageRecord, read_message

app = one_command()
APPS = {"why": app}


@app.command()
def why(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, from `fifthtouch log`.")],
    *,
    json: Json = False,
) -> None:
    """Explain one message: every rule asked, every attempt, every event."""
    message_id = message.strip().lower()
    with opened_kit() as kit, kit.database.read() as connection:
        record = read_message(connection, message_id) if ID.fullmatch(message_id) else None
        stops = all_stops(connection) if record is not None and record.message["ended_at"] is None else []
    if record is None:
        raise Complaint(f"there is no message {message!r}: see `fifthtouch log`")
    if json:
        emit(_plain(record, in_the_way(stops, record.message)))
    else:
        _tell(record, in_the_way(stops, record.message))


def _plain(record: MessageRecord, stops: Sequence[Stop]) -> dict[str, Any]:
    return {
        "message": dict(record.message),
        "enrollment": dict(record.enrollment) if record.enrollment else None,
        "decisions": [dict(row) for row in record.decisions],
        "attempts": [dict(row) for row in record.attempts],
        "events": [dict(row) for row in record.events],
        "replies": [dict(row) for row in record.replies],
        "stopped_by": [asdict(one) for one in stops],
    }


def _tell(record: MessageRecord, stops: Sequence[Stop]) -> None:
    row = record.message
    say(f"{row['channel']} {row['template']} to {name_of(row) or row['email'] or row['phone']}")
    facts([
        ("state", row["state"]),
        ("because", row["reason"]),
        ("rule", row["rule"]),
        ("sequence", f"{row['sequence']}, stage {row['stage']}" if row["sequence"] else ""),
        ("variant", row["variant"]),
        ("from", row["sender"]),
        ("planned", row["planned_at"]),
        ("due", row["due_at"]),
        ("accepted", row["accepted_at"]),
        ("delivery", row["delivery"] if row["delivery"] != "none" else ""),
        ("subject", (record.body or {}).get("subject")),
        *(("stopped", stop_in_words(one)) for one in stops),
    ])  # fmt: skip
    for decision in record.decisions:
        _tell_decision(decision)
    for attempt in record.attempts:
        say()
        told = " ".join(str(attempt[name]) for name in ("fault", "detail") if attempt[name])
        say(
            f"Attempt {attempt['number']}, {shown(attempt['started_at'])}, {attempt['provider']}: {attempt['outcome']} {told}"
        )
    if record.events:
        say()
        rows = [(event["at"], event["kind"], event["problem"]) for event in record.events]
        table(["when", "the provider said", ""], rows, empty="")
    for reply in record.replies:
        say(f"Answered {shown(reply['at'])}, read as {reply['label']}: {reply['body']}")


def stop_in_words(stop: Stop) -> str:
    """Say what is stopped, since when, by whom and why, as far as anybody noted it."""
    parts = [f"{stop.name} rests"]
    parts += [f"since {shown(stop.since)}"] if stop.since else []
    parts += [f"by {stop.by}"] if stop.by else []
    return " ".join(parts) + (f": {stop.reason.replace('_', ' ')}" if stop.reason else "")


ASKED = {
    "plan": "When it was planned",
    "dispatch": "When it was to leave",
    "answer": "When the call was answered",
    "show": "When it was shown",
}


def _tell_decision(decision: Mapping[Any, Any]) -> None:
    say()
    answer = verdict(decision["outcome"], decision["until"], decision["reason"], decision["rule"])
    say(f"{ASKED[decision['asked']]}, {shown(decision['created_at'])}: {answer}")
    rows = [
        (rule["id"], rule["answer"], rule["reason"], _until(rule["until"]), _inputs(rule["inputs"]))
        for rule in decision["trace"]
    ]
    table(["  rule", "answer", "reason", "until", "looked at"], [(f"  {row[0]}", *row[1:]) for row in rows], empty="")
    say(f"  rulebook {decision['rulebook']}")


def _until(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _inputs(inputs: Mapping[str, Any] | None) -> str:
    return "; ".join(f"{name} {shown(value)}" for name, value in (inputs or {}).items() if value not in (None, "", []))
