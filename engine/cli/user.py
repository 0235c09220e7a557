"""`user`: the people of the business, and who of them may sign in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from channels.address import Address
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit, settings_now
from engine.cli.output import Json, emit, say, shown, table, warn
from engine.domain.access import Role
from engine.flows import people
from engine.flows.people import SHORT_NAME, LastAdmin, MadeLink, NewPerson, NoSuchPerson, Taken
from engine.flows.second_factor import reset
from engine.store import accounts

app = noun()
APPS = {"user": app}

BY = "command-line"
SHOWN = (
    "id", "name", "title", "email", "phone", "owns_leads", "role", "disabled_at", "has_second_factor", "password_at",
    "seen_at", "last_assigned_at", "created_at",
)  # fmt: skip

UserId = Annotated[str, typer.Argument(metavar="ID", help="Their short name.")]


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
    email: Annotated[str, typer.Option(help="Where they are reached; they sign in with it.")],
    role: Annotated[Role | None, typer.Option(help="What they may do in the console. Without it: not sign in.")] = None,
    phone: Annotated[str | None, typer.Option(help="With + and country code.")] = None,
    title: Annotated[str, typer.Option(help="As leads read it.")] = "",
    no_leads: Annotated[bool, typer.Option("--no-leads", help="Takes no new leads.")] = False,
    json: Json = False,
) -> None:
    """Add a person, who takes new leads in turn; with a role, print the link by which they come in."""
    if not SHORT_NAME.fullmatch(user_id):
        raise Complaint(f"{user_id!r} is no short name: write small letters, digits, dots and dashes")
    person = NewPerson(
        id=user_id,
        name=name,
        email=Address.email(email).value,
        phone=Address.phone(phone).value if phone else None,
        title=title,
        owns_leads=not no_leads,
        role=role,
    )
    with opened_kit(make=True) as kit, _told():
        link = people.add_person(kit, person, by=BY)
    if json:
        row = {"id": person.id, "name": name, "email": person.email, "phone": person.phone, "title": title}
        emit({**row, "owns_leads": person.owns_leads, "role": role, "link": _address(link) if link else None})
        return
    say(f"Added {user_id}.")
    if link is not None:
        _tell(link)


@app.command("list")
def list_(*, json: Json = False) -> None:
    """List everybody."""
    with opened_kit() as kit, kit.database.read() as connection:
        rows = [{name: row[name] for name in SHOWN} for row in accounts.all_people(connection)]
    if json:
        for row in rows:
            emit(row)
        return
    lines = [
        (*(row[name] for name in ("id", "name", "title", "email", "phone", "owns_leads")), _role(row)) for row in rows
    ]
    table(["id", "name", "title", "email", "phone", "takes leads", "signs in as"], lines, empty="There is nobody.")


@app.command()
def role(
    user_id: UserId,
    role: Annotated[Role, typer.Argument(help="viewer, marketer, operator or admin.")],
    *,
    json: Json = False,
) -> None:
    """Let a person do what another role may; they sign in again."""
    with opened_kit() as kit, _told():
        people.set_role(kit, user_id, role, by=BY)
    _say({"id": user_id, "role": role}, f"{user_id} is {role} now.", json=json)


@app.command()
def disable(user_id: UserId, *, json: Json = False) -> None:
    """Keep a person out, from this moment."""
    with opened_kit() as kit, _told():
        people.disable(kit, user_id, by=BY)
    _say({"id": user_id, "may_sign_in": False}, f"{user_id} is out, and stays out.", json=json)


@app.command()
def enable(user_id: UserId, *, json: Json = False) -> None:
    """Let a person in again, with the password and role they had."""
    with opened_kit() as kit, _told():
        people.enable(kit, user_id, by=BY)
    _say({"id": user_id, "may_sign_in": True}, f"{user_id} may sign in again.", json=json)


@app.command()
def link(user_id: UserId, *, json: Json = False) -> None:
    """Print a one-time link by which a person chooses a new password."""
    with opened_kit() as kit, _told():
        made = people.make_link(kit, user_id, by=BY)
    if json:
        emit({"id": user_id, "link": _address(made), "expires_at": made.expires_at})
    else:
        _tell(made)


@app.command("reset-totp")
def reset_totp(user_id: UserId, *, json: Json = False) -> None:
    """Take away the second factor of a person who lost their phone; they sign in again by password."""
    with opened_kit() as kit, _told():
        reset(kit, user_id, by=BY)
    _say({"id": user_id, "second_factor": False}, f"{user_id} has no second factor now.", json=json)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a flow refuses into what a person is told."""
    try:
        yield
    except NoSuchPerson as error:
        raise Complaint(f"nobody called {str(error)!r} may sign in: see `fifthtouch user list`") from error
    except (Taken, LastAdmin) as error:
        raise Complaint(str(error)) from error


def _say(answer: dict[str, object], sentence: str, *, json: bool) -> None:
    if json:
        emit(answer)
    else:
        say(sentence)


def _address(made: MadeLink) -> str:
    return made.under(settings_now().base_url)


def _tell(made: MadeLink) -> None:
    say(_address(made))
    warn(f"This link works once, until {shown(made.expires_at)}, and is shown only now. Give it to them alone.")


def _role(row: dict[str, object]) -> str:
    if row["role"] is None:
        return ""
    return f"{row['role']} (disabled)" if row["disabled_at"] else str(row["role"])
