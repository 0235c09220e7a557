"""`lead show`: what is known of a lead, what comes next, and all that happened."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, say, table
from engine.cli.whom import lead_named
from engine.domain.enrollment import ENDED_STATUSES
from engine.flows.checking import in_words
from engine.store.lead_list import find_lead, next_steps, suppressions_of, walks_of
from engine.store.timeline import Entry, EntryKind, read_timeline


def show(
    who: Annotated[str, typer.Argument(metavar="LEAD", help="Id, email or phone.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many entries, the newest.")] = 30,
    json: Json = False,
) -> None:
    """Show a lead: facts, next touch, timeline."""
    with opened_kit() as kit, kit.database.read() as connection:
        lead_id = lead_named(connection, who).lead.id
        row = find_lead(connection, lead_id)
        assert row is not None
        walks = walks_of(connection, lead_id)
        stops = suppressions_of(connection, lead_id)
        story = read_timeline(connection, lead_id, rows=limit).entries
        next_at = next_steps(connection, [lead_id]).get(lead_id)
    if json:
        emit({
            **row,
            "next_at": next_at,
            "enrollments": [dict(walk) for walk in walks],
            "suppressions": [_public(stop) for stop in stops],
            "timeline": [{"kind": one.kind, "at": one.at, "text": sentence(one), **_subject(one)} for one in story],
        })  # fmt: skip
        return
    facts([(name.replace("_", " "), row[name]) for name in _SHOWN])
    facts([("checked", in_words(row["checks"]))])
    facts([("stopped", [f"{stop['channel'] or stop['kind']} ({stop['reason']})" for stop in stops])])
    say()
    _tell_walks(walks)
    say()
    rows = [(entry.at, entry.kind, sentence(entry)) for entry in story]
    table(["when", "what", ""], rows, empty="Nothing has happened yet.")


_SHOWN = (
    "id", "status", "first_name", "last_name", "company", "email", "phone", "country", "region", "zone", "language",
    "interest", "source", "owner", "created_at", "first_touch_at", "review_since", "custom",
)  # fmt: skip


def _public(stop: Any) -> dict[str, Any]:
    return {name: stop[name] for name in ("kind", "channel", "reason", "source", "at")}


def _subject(entry: Entry) -> dict[str, Any]:
    return {f"{entry.kind}_id": entry.row["id"]}


def _tell_walks(walks: Sequence[Any]) -> None:
    if not walks:
        say("In no sequence.")
    for walk in walks:
        where = f"{walk['sequence']}, stage {walk['stage']}: {walk['status']}"
        because = f" ({walk['reason']})" if walk["reason"] else ""
        say(where + because)
        if walk["status"] in ENDED_STATUSES:
            continue
        if walk["message_id"]:
            held = f", {walk['message_reason']}" if walk["message_reason"] else ""
            facts([
                (f"next: {walk['message_channel']} {walk['message_template']}", f"{walk['message_state']}{held}"),
                ("when", walk["message_due_at"]),
            ], indent=2)  # fmt: skip
        else:
            facts([("looked at again", walk["due_at"])], indent=2)


def sentence(entry: Entry) -> str:
    """Return an entry of a timeline in words."""
    row = entry.row
    match entry.kind:
        case EntryKind.MESSAGE:
            because = f" ({row['reason']})" if row["reason"] else ""
            delivery = f", {row['delivery']}" if row["delivery"] != "none" else ""
            return f"{row['channel']} {row['template']}: {row['state']}{because}{delivery}"
        case EntryKind.TASK:
            return f"{row['kind']}: {row['title']} — {row['state']}{' ' + row['outcome'] if row['outcome'] else ''}"
        case EntryKind.REPLY:
            return f"{row['channel']}, read as {row['label']}: {row['body']}"
        case EntryKind.NOTE:
            return f"{row['author']}: {row['body']}"
        case EntryKind.HAPPENING:
            return str(row["name"])
        case EntryKind.CONSENT:
            return f"{row['channel']} {row['kind']} ({row['basis']}), {row['source']}"
        case EntryKind.EVENT:
            return f"{row['kind']}, told by {row['provider']}"
        case EntryKind.ENTERED | EntryKind.LEFT:
            return f"{entry.kind} {row['sequence']}"
        case EntryKind.CHANGE:
            return f"{row['actor']}: {row['action']}"
