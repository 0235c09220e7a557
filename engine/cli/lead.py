"""`lead`: take leads in, and look at them."""

from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.import_runs import list_imports, undo
from engine.cli.lead_add import add
from engine.cli.lead_rights import erase, export
from engine.cli.lead_show import show
from engine.cli.leads_file import import_
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.cli.whom import lead_named, name_of
from engine.domain.lead import LeadStatus
from engine.store import events
from engine.store.forgotten import FollowUp
from engine.store.lead_list import LeadFilter, list_leads, next_steps

app = noun()
APPS = {"lead": app}


@app.callback()
def lead() -> None:
    """Take leads in, and look at them."""


app.command("add")(add)
app.command("import")(import_)
app.command("imports")(list_imports)
app.command("undo-import")(undo)
app.command("show")(show)
app.command("export")(export)
app.command("erase")(erase)


@app.command("list")
def list_(
    *,
    beginning: Annotated[str, typer.Argument(metavar="[TEXT]", help="How a name, email or phone begins.")] = "",
    status: Annotated[LeadStatus | None, typer.Option(help="How far they have come.")] = None,
    follow_up: Annotated[FollowUp | None, typer.Option(help="What they can count on.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    json: Json = False,
) -> None:
    """List leads, the newest first, with what comes next."""
    with opened_kit() as kit, kit.database.read() as connection:
        wanted = LeadFilter(beginning=beginning, status=status, follow_up=follow_up)
        page = list_leads(connection, wanted, rows=limit)
        steps = next_steps(connection, [row["id"] for row in page.rows])
    if json:
        for row in page.rows:
            emit({**row, "next_at": steps.get(row["id"])})
        return
    rows = [
        (row["id"], name_of(row), row["email"], row["phone"], row["status"], steps.get(row["id"])) for row in page.rows
    ]
    table(["id", "name", "email", "phone", "status", "next"], rows, empty="There is no such lead.")
    if page.next:
        say("... and more: name how they begin, or raise --limit")


@app.command()
def note(
    who: Annotated[str, typer.Argument(metavar="LEAD", help="Id, email or phone.")],
    text: Annotated[str, typer.Argument(help="What to write down.")],
    *,
    by: Annotated[str, typer.Option(help="Who writes it.")] = "command-line",
    json: Json = False,
) -> None:
    """Write something down about a lead."""
    with opened_kit() as kit, kit.database.write() as connection:
        lead_id = lead_named(connection, who).lead.id
        now, note_id = kit.database.now(connection), kit.ids.new()
        events.note(connection, [{"id": note_id, "lead_id": lead_id, "at": now, "author": by, "body": text}])
    if json:
        emit({"id": note_id, "lead_id": lead_id, "at": now})
    else:
        say("Noted.")
