"""Reports: what a period brought, compared with the one before, with charts, tables, JSON and CSV of the same numbers."""

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from engine.domain.goals import TARGET_MAX, Goal
from engine.domain.period import Period, PeriodError, PeriodName, named
from engine.domain.proportions import Proportion
from engine.flows import reporting
from engine.flows.aiming import aim
from engine.flows.kit import Kit
from engine.flows.report_rows import per, tables, to_json, verdict
from engine.flows.reporting import Report, make_report, shares
from engine.store.database import Connection
from engine.web.bodies import Form
from engine.web.console.charts import Picture, shares_picture, stacked
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import ThisEdge
from engine.web.exporting import CSV, as_file, csv_lines
from engine.web.listing import plain, wanted, wants_json
from engine.web.person import MANAGE, ThisPerson
from engine.web.rendering import NOTHING

ROOM = "/console/reports"
CHART_ROWS_MAX = 10  # stages of a picture; the table has all
OWN = "own"
NOT_SAID = "not said"

GOAL_WORDS: Mapping[str, str] = {
    Goal.LEADS: "Leads",
    Goal.FAST_ANSWERS: "Answered within 5 minutes, in per cent",
    Goal.BOOKED: "Leads who booked",
    Goal.CUSTOMERS: "New customers",
}

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_report(request: Request, edge: ThisEdge) -> Response:
    """Show a period's numbers."""
    with edge.kit.database.read() as connection:
        report, chosen = _report(request, edge.kit, connection)
        if wants_json(request):
            return JSONResponse(plain(to_json(report)))
        return show(
            request,
            connection,
            "reports.html",
            room=ROOM,
            share_of=_share_of,
            share_words=_share_words,
            week_rows=[(one.first, one.speed) for one in report.weeks],
            source_rows=[(one.name or NOT_SAID, one.speed) for one in report.sources],
            report=report,
            chosen=chosen,
            before=report.period.before(),
            names=list(PeriodName),
            files=list(tables(report)),
            query=request.url.query,
            weekly=_leads_by_week(report),
            fast=_fast_by_week(report),
            answered=_answered_by_stage(report),
            goals=list(Goal),
            goal_words=GOAL_WORDS,
            targets={one.goal: one.target for one in report.goals},
            month=report.period.month(),
            shares=shares,
            per=per,
            verdict=verdict,
            target_max=TARGET_MAX,
        )


@router.api_route("/{table}.csv", methods=READS)
def export(request: Request, table: str, edge: ThisEdge) -> Response:
    """Return one table of the report as a file."""
    with edge.kit.database.read() as connection:
        report, _ = _report(request, edge.kit, connection)
    rows = tables(report).get(table)
    if rows is None:
        raise HTTPException(404, f"There is no table called “{table[:40]}”.")
    columns = list(rows[0]) if rows else ["nothing"]
    name = f"{table}-{report.period.first}-{report.period.last}.csv"
    return as_file(csv_lines(columns, rows), name=name, media_type=CSV)


@router.post("/goals", dependencies=[MANAGE])
def set_goals(edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Want so much of this month and of those after it."""
    targets = {goal: _target(form.get(goal, "")) for goal in Goal}
    aim(edge.kit, targets, by=person.id)
    return back_to(f"{ROOM}?said=goals_kept")


def _target(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(TARGET_MAX)) and int(text) <= TARGET_MAX):
        raise HTTPException(400, f"Please write each goal as a number from 0 to {TARGET_MAX:,}.")
    return int(text)


def _report(request: Request, kit: Kit, connection: Connection) -> tuple[Report, str]:
    now, zone = kit.database.now(connection), reporting.zone_of(kit, connection)
    first, last = wanted(request, "first"), wanted(request, "last")
    if first or last:
        try:
            period = Period(first=date.fromisoformat(first or ""), last=date.fromisoformat(last or ""), zone=zone)
        except PeriodError as error:
            raise HTTPException(400, f"{error} Please choose other days.") from None
        except ValueError:
            raise HTTPException(400, "Please write both days as 2026-03-31.") from None
        return make_report(connection, period, now), OWN
    name = PeriodName(wanted(request, "period", PeriodName) or PeriodName.THIS_MONTH)
    return make_report(connection, named(name, now, zone), now), name


def _share_of(count: int, number: int) -> Proportion:
    return Proportion(count=count, number=number)


def _share_words(count: int, number: int) -> str:
    return f"{100 * count / number:.1f} %" if number else NOTHING


def _labels(report: Report) -> list[str]:
    days = [date.fromisoformat(one.first) for one in report.weeks]
    return [f"{day.day} {day:%b}" for day in days]


def _leads_by_week(report: Report) -> Picture | None:
    names = list(report.weeks[0].leads)
    if not names:
        return None
    series = {name or NOT_SAID: [one.leads[name] for one in report.weeks] for name in names}
    words = f"Leads per week by source: {report.total.speed.arrived} in all. The table below says the same."
    return stacked(words, _labels(report), series)


def _fast_by_week(report: Report) -> Picture | None:
    if not report.total.speed.arrived:
        return None
    speeds = [one.speed for one in report.weeks]
    series = {
        "within 5 minutes": [one.within_5_minutes for one in speeds],
        "within an hour": [one.within_an_hour - one.within_5_minutes for one in speeds],
        "later": [one.answered - one.within_an_hour for one in speeds],
        "not yet": [one.arrived - one.answered for one in speeds],
    }
    return stacked("How soon leads were answered, by week. The table below says the same.", _labels(report), series)


def _answered_by_stage(report: Report) -> Picture | None:
    rows = [row for row in report.stages if row.brought.sent][:CHART_ROWS_MAX]
    if not rows:
        return None
    parts = [shares(row.brought)["replied"] for row in rows]
    words = "The share of messages that people answered, by stage, each with the range in which it lies 19 times in 20."
    return shares_picture(words, [row.name for row in rows], parts)
