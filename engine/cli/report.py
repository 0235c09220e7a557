"""`report`: the numbers of everything so far, or of a period as the console's page of reports shows them."""

from datetime import date
from typing import Annotated, Any

import typer

from engine.cli.apps import one_command
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, say
from engine.cli.output import table as tabulate
from engine.domain.period import Period, PeriodError, PeriodName, named
from engine.flows.kit import Kit
from engine.flows.report_rows import tables, to_json
from engine.flows.reporting import make_report, zone_of
from engine.store import reports

app = one_command()
APPS = {"report": app}

FIRST_AND_LAST = 2


@app.command()
def report(
    *,
    period: Annotated[
        str | None,
        typer.Option(metavar="PERIOD", help="this-month, last-month, 90-days, or two days as 2026-03-01..2026-03-31."),
    ] = None,
    json: Json = False,
) -> None:
    """Count touches, replies, opt-outs and speed: so far, or of one period with rates and their intervals."""
    with opened_kit() as kit:
        numbers = _count(kit) if period is None else _of_period(kit, period, json=json)
    if json:
        emit(numbers)
        return
    for title, value in numbers.items():
        if isinstance(value, dict):
            say(title.replace("_", " "))
            facts([(name.replace("_", " "), count) for name, count in value.items()], indent=2)
        elif isinstance(value, list):
            say(title.replace("_", " "))
            tabulate(list(value[0]) if value else [title], [tuple(row.values()) for row in value], empty="Nothing.")
        else:
            facts([(title.replace("_", " "), value)])


def _of_period(kit: Kit, text: str, *, json: bool) -> dict[str, Any]:
    with kit.database.read() as connection:
        now, zone = kit.database.now(connection), zone_of(kit, connection)
        try:
            days = [date.fromisoformat(day) for day in text.split("..")] if ".." in text else []
            if len(days) == FIRST_AND_LAST:
                wanted = Period(first=days[0], last=days[1], zone=zone)
            else:
                wanted = named(PeriodName(text), now, zone)
        except PeriodError as error:
            raise Complaint(str(error)) from error
        except ValueError as error:
            known = ", ".join(PeriodName)
            raise Complaint(f"{text!r} is no period: write {known}, or two days as 2026-03-01..2026-03-31") from error
        told = make_report(connection, wanted, now)
    everything = to_json(told)
    if json:
        return everything
    lists = tables(told)
    # A terminal has room for counts and n; rates with their intervals are on the page and in --json.
    return {
        "period": everything["period"],
        "speed": everything["total"]["speed"],
        "sources": lists["sources"],
        **{name: [_brief(row) for row in lists[name]] for name in ("stages", "channels", "messages", "variants")},
        "goals": everything["goals"],
        "verdicts": everything["verdicts"],
    }


def _brief(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.endswith(("_share", "_low", "_high"))}


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
