"""`webhook`: programs elsewhere that are told what happens."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from channels.posting import BadEndpoint
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table, warn
from engine.cli.whom import ID
from engine.domain.notice import CHOOSABLE, DeliveryState
from engine.flows import webhooks as flow
from engine.flows.kit import Kit
from engine.flows.webhooks import BadChoice, NoSuchDelivery, NoSuchEndpoint
from engine.store import webhooks

app = noun()
APPS = {"webhook": app}

BY = "command-line"
TYPES = ", ".join(CHOOSABLE)
ThisEndpoint = Annotated[str, typer.Argument(metavar="ENDPOINT", help="Its id, from `fifthtouch webhook list`.")]


@app.callback()
def webhook() -> None:
    """Tell programs elsewhere what happens, and see what they answered."""


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where notices are posted: https://example.com/hooks.")],
    *,
    kind: Annotated[
        list[str] | None,
        typer.Option("--type", help=f"What it is told of; say it again for more: {TYPES}. All, if left out."),
    ] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    json: Json = False,
) -> None:
    """Add an endpoint, and tell its secret this once."""
    with opened_kit() as kit:
        made = _said(lambda: flow.add_endpoint(kit, url=url, types=kind or CHOOSABLE, description=description, by=BY))
    if json:
        emit({"id": made.id, "secret": made.secret})
        return
    say(made.secret)
    warn("This secret is shown only now: put it where your program checks signatures.")


@app.command("list")
def list_(*, json: Json = False) -> None:
    """List the endpoints, and how many notices wait for each."""
    with opened_kit() as kit, kit.database.read() as connection:
        rows, waiting = webhooks.all_of(connection), webhooks.waiting_of(connection)
    if json:
        for one in rows:
            emit({**asdict(one), "waiting": waiting.get(one.id, 0)})
        return
    lines = [(one.id, one.url, len(one.types), _state(one), waiting.get(one.id, 0)) for one in rows]
    empty = "Nobody is told anything: add an endpoint with `fifthtouch webhook add URL`."
    table(["id", "url", "types", "state", "waiting"], lines, empty=empty)


def _state(one: webhooks.Endpoint) -> str:
    if one.disabled_at is not None:
        return f"disabled: {one.disabled_reason}"
    return "paused" if one.paused_at is not None else "failing" if one.failing_since is not None else "told"


@app.command("test")
def send_test(endpoint: ThisEndpoint, *, json: Json = False) -> None:
    """Let an endpoint be told of a test; what came of it stands in its log."""
    with opened_kit() as kit:
        delivery_id = _said(lambda: flow.send_test(kit, _id(endpoint), by=BY))
    if json:
        emit({"id": delivery_id})
    else:
        say("It is on its way: see `fifthtouch webhook log`.")


@app.command()
def replay(
    endpoint: ThisEndpoint,
    *,
    delivery: Annotated[str | None, typer.Option(help="Only this one, delivered or not.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Since when, if all that failed are to go again.")
    ] = None,
    json: Json = False,
) -> None:
    """Send one delivery again, or all that failed since an instant."""
    if (delivery is None) == (since is None):
        raise Complaint("say either --delivery ID, or --since INSTANT for all that failed")
    with opened_kit() as kit:
        count = _said(lambda: _replay(kit, _id(endpoint), delivery, since))
    if json:
        emit({"count": count})
    else:
        say(f"{count} on their way again." if count != 1 else "One is on its way again.")


def _replay(kit: Kit, endpoint_id: str, delivery: str | None, since: str | None) -> int:
    if delivery is None:
        return flow.replay_failed(kit, endpoint_id, instant_at(since), by=BY)
    flow.replay_delivery(kit, _id(delivery), by=BY)
    return 1


@app.command()
def log(
    endpoint: ThisEndpoint,
    *,
    state: Annotated[DeliveryState | None, typer.Option(help="Only these.")] = None,
    json: Json = False,
) -> None:
    """Show what an endpoint was told lately, and what it answered."""
    with opened_kit() as kit, kit.database.read() as connection:
        page = webhooks.log_of(connection, _id(endpoint), state=state)
    if json:
        for row in page.rows:
            emit(dict(row))
        return
    names = ("id", "at", "type", "state", "status", "duration_ms", "tries", "problem")
    rows = [[row[name] for name in names] for row in page.rows]
    table(["id", "at", "type", "state", "status", "ms", "tries", "problem"], rows, empty="It was told nothing yet.")


def _id(text: str) -> str:
    known = text.strip().lower()
    if not ID.fullmatch(known):
        raise Complaint(f"{text!r} is no id: see `fifthtouch webhook list` and `webhook log`")
    return known


def _said(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except (BadEndpoint, BadChoice) as error:
        raise Complaint(str(error)) from error
    except NoSuchEndpoint as error:
        raise Complaint(f"there is no endpoint {error}: see `fifthtouch webhook list`") from error
    except NoSuchDelivery as error:
        raise Complaint(f"{error} is on its way already, or what it said was erased") from error
