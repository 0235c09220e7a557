"""`apikey`: keys with which programs use the API."""

from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table, warn
from engine.domain.access import EVERY_SCOPE, Scope
from engine.flows.keys import NoSuchKey, in_words, make_key, revoke_key
from engine.store import api_keys

app = noun()
APPS = {"apikey": app}

BY = "command-line"
NAME_MAX = 80
SHOWN = ("id", "name", "hint", "scopes", "created_at", "last_used_at", "revoked_at")


@app.callback()
def apikey() -> None:
    """Make, list and revoke the keys of programs that use the API."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The program it is for, such as website.")],
    *,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do; say it again for more. All, if left out.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a key, and tell it this once."""
    tidy = " ".join(name.split())
    if not tidy or not tidy.isprintable() or len(tidy) > NAME_MAX:
        raise Complaint(f"{name[:NAME_MAX]!r} is no name: say in up to {NAME_MAX} characters what the key is for")
    with opened_kit(make=True) as kit:
        made = make_key(kit, tidy, by=BY, scopes=frozenset(scope) if scope else EVERY_SCOPE)
    if json:
        about = {"hint": made.hint, "scopes": in_words(made.scopes), "created_at": made.created_at}
        emit({"id": made.id, "name": made.name, "key": made.secret, **about})
        return
    say(made.secret)
    warn("This key is shown only now; what is kept can't be turned back into it. Send it as Authorization: Bearer KEY.")


@app.command("list")
def list_(*, json: Json = False) -> None:
    """List the keys, without what opens the door."""
    with opened_kit() as kit, kit.database.read() as connection:
        rows = [{name: row[name] for name in SHOWN} for row in api_keys.all_keys(connection)]
    if json:
        for row in rows:
            emit(row)
        return
    lines = [
        [row["id"], row["name"], f"{row['hint']}...", _told(row["scopes"]), *(row[n] for n in SHOWN[4:])]
        for row in rows
    ]
    headers = ["id", "name", "begins", "may", "made", "last used", "revoked"]
    table(headers, lines, empty="There is none: make one with `fifthtouch apikey create NAME`.")


def _told(scopes: list[str]) -> str:
    return "everything" if len(scopes) == len(Scope) else " ".join(scopes)


@app.command()
def revoke(
    named: Annotated[str, typer.Argument(metavar="KEY", help="The key's id or name; a name may mean several.")],
    *,
    json: Json = False,
) -> None:
    """Let a key open nothing any more, at once and for good."""
    with opened_kit() as kit:
        try:
            revoked = revoke_key(kit, named, by=BY)
        except NoSuchKey as error:
            raise Complaint(f"no key that still works is called {named!r}: see `fifthtouch apikey list`") from error
    if json:
        emit({"revoked": revoked})
    else:
        say(f"Revoked: {', '.join(revoked)}.")
