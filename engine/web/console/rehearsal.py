"""Rehearse a sequence from the console: a form, and what would come of it. Nothing is sent, and nothing is kept.

It runs in a process of its own, one at a time, bounded in leads, days and seconds: the page that waits is the only one
that does.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from threading import Lock

from fastapi import APIRouter, HTTPException, Request, Response

from engine.clock import SystemClock
from engine.simulation.apart import CannotBeRehearsed, TakesTooLong, try_out_apart
from engine.simulation.apart import Request as Wanted
from engine.simulation.audience import Audience, Installed, Invented
from engine.simulation.behaviour import BEHAVIOURS, TYPICAL
from engine.simulation.trial import Trial
from engine.web.bodies import Form
from engine.web.console.bar_chart import draw_days
from engine.web.console.content.desk import ROOM, Desk, ThisDesk, show_page
from engine.web.console.content.wishes import this_trade
from engine.web.console.frame import READS
from engine.web.edge import Edge
from engine.web.person import WRITE

LEADS_MAX, DAYS_MAX, SECONDS_MAX = 200, 180, 120.0
YEARS = range(2000, 2101)  # holidays and time zones are known for these
SEED = 7
ROWS_MAX = 300  # of the calendar on the page
INVENTED, INSTALLED = "invented", "installed"

router = APIRouter(prefix=f"{ROOM}/sequences")
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the form asks for, within its bounds."""

    leads: int = 25
    days: int = 30
    start: date
    behaviour: str = TYPICAL.name
    whose: str = INVENTED


@router.api_route("/{name}/rehearsal", methods=READS)
def show_form(request: Request, name: str, desk: ThisDesk) -> Response:
    """Show the form; nothing runs before somebody asks for it."""
    _check_name(request, desk, name)
    return _page(request, desk, name, Asked(start=SystemClock().now().date()))


@router.post("/{name}/rehearsal", dependencies=[WRITE])
def rehearse(request: Request, name: str, desk: ThisDesk, form: Form) -> Response:
    """Rehearse as the form asks, and show what came of it."""
    _check_name(request, desk, name)
    asked = _read(form)
    start = datetime.combine(asked.start, time(15, 0), UTC)  # ten in the morning in New York
    wanted = Wanted(
        sequence=name,
        audience=_audience(request, desk, asked),
        start=start,
        days=asked.days,
        seed=SEED,
        behaviour=asked.behaviour,
        templates=desk.bench.folder,
        trade=this_trade(request, desk),
    )
    if not _one_at_a_time.acquire(blocking=False):
        return _page(request, desk, name, asked, problem="Another rehearsal is running. Try again in a minute.")
    try:
        trial = try_out_apart(wanted, seconds=SECONDS_MAX)
    except TakesTooLong:
        problem = (
            f"That would take longer than {SECONDS_MAX:.0f} seconds here. Ask for fewer leads or days, or run "
            f"`fifthtouch simulate {name} --leads {asked.leads} --days {asked.days}`, which takes the time it needs."
        )
        return _page(request, desk, name, asked, problem=problem)
    except CannotBeRehearsed as error:
        return _page(request, desk, name, asked, problem=f"It cannot be rehearsed: {error}")
    finally:
        _one_at_a_time.release()
    return _page(request, desk, name, asked, trial=trial)


def _check_name(request: Request, desk: Desk, name: str) -> None:
    reading = desk.bench.read(this_trade(request, desk))
    if reading.library is None or name not in reading.library.sequences:
        raise HTTPException(404, f"There is no sequence called “{name[:40]}” in this folder that can be used.")


def _read(form: Mapping[str, str]) -> Asked:
    """Return what *form* asks for; refuses what is out of bounds, which the form itself does not offer."""
    behaviour, whose = form.get("behaviour", TYPICAL.name), form.get("whose", INVENTED)
    if behaviour not in BEHAVIOURS or whose not in (INVENTED, INSTALLED):
        raise HTTPException(400, "Please choose one of the ways that the form offers.")
    try:
        start = date.fromisoformat(form.get("start", ""))
    except ValueError:
        raise HTTPException(400, "Please write the first day as 2026-03-02.") from None
    if start.year not in YEARS:
        raise HTTPException(400, "Please choose a first day of this century.")
    return Asked(
        leads=_number(form, "leads", LEADS_MAX),
        days=_number(form, "days", DAYS_MAX),
        start=start,
        behaviour=behaviour,
        whose=whose,
    )


def _number(form: Mapping[str, str], name: str, most: int) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise HTTPException(400, f"Please write a number of {name} from 1 to {most}.")
    return int(text)


def _audience(request: Request, desk: Desk, asked: Asked) -> Audience:
    edge: Edge | None = getattr(request.app.state, "edge", None)
    if asked.whose == INVENTED:
        return Invented(count=asked.leads)
    if edge is None or desk.kit is None:
        raise HTTPException(400, "There is no installation here whose leads could be copied.")
    return Installed(settings=edge.settings, limit=asked.leads)


def _page(
    request: Request, desk: Desk, name: str, asked: Asked, *, trial: Trial | None = None, problem: str = ""
) -> Response:
    why = {(one.reason, one.rule): one.why for one in trial.held} if trial else {}
    untexted = Counter((one.reason, one.rule, one.why) for one in trial.untexted) if trial else Counter()
    return show_page(
        request,
        desk,
        "rehearsal.html",
        name=name,
        query=request.url.query,
        asked=asked,
        problem=problem,
        trial=trial,
        shown=trial.touches[:ROWS_MAX] if trial else (),
        why=why,
        untexted=untexted.most_common(),
        chart=draw_days(trial.volume) if trial else None,
        behaviours=tuple(BEHAVIOURS),
        has_leads=desk.kit is not None,
        leads_max=LEADS_MAX,
        days_max=DAYS_MAX,
    )
