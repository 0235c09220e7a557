"""`user`: the people of the business."""

import re
from typing import Annotated

import typer

from channels.address import Address
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.store import users

app = noun()
APPS = {"user": app}


@app.callback()
def user() -> None:
    """Look after the people of the business."""


@app.command()
def add(
    user_id: Annotated[
        str, typer.Argument(metavar="ID", help="A short name, such as ann: it stands on leads and tasks.")
    ],
    *,
    name: Annotated[str, typer.Option(help="As leads read it.")],
    email: Annotated[str, typer.Option(help="Where they are reached.")],
    phone: Annotated[str | None, typer.Option(help="With + and country code.")] = None,
    title: Annotated[str, typer.Option(help="As leads read it.")] = "",
    no_leads: Annotated[bool, typer.Option("--no-leads", help="Takes no new leads.")] = False,
    json: Json = False,
) -> None:
    """Add a person, who takes new leads in turn."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,39}", user_id):
        raise Complaint(f"{user_id!r} is no short name: write small letters, digits, dots and dashes")
    address = Address.email(email).value
    row = {
        "id": user_id,
        "name": name,
        "email": address,
        "phone": Address.phone(phone).value if phone else None,
        "title": title,
        "owns_leads": not no_leads,
        "last_assigned_at": None,
    }
    with opened_kit(make=True) as kit, kit.database.write() as connection:
        taken = [one for one in users.all_users(connection) if one["id"] == user_id or one["email"] == address]
        if taken:
            raise Complaint(f"{taken[0]['id']} ({taken[0]['email']}) is there already: choose another id and email")
        users.add(connection, [{**row, "created_at": kit.database.now(connection)}])
    if json:
        emit(row)
    else:
        say(f"Added {user_id}.")


@app.command("list")
def list_(*, json: Json = False) -> None:
    """List everybody."""
    with opened_kit() as kit, kit.database.read() as connection:
        rows = [dict(row) for row in users.all_users(connection)]
    if json:
        for row in rows:
            emit(row)
        return
    lines = [(row["id"], row["name"], row["title"], row["email"], row["phone"], row["owns_leads"]) for row in rows]
    table(["id", "name", "title", "email", "phone", "takes leads"], lines, empty="There is nobody.")
