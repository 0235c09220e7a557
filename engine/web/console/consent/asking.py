"""May we contact this person? Every rule that applies is asked, about a lead or about anybody at a place."""

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from channels.address import Channel
from consent.answer import Answer
from consent.facts import Basis, Purpose
from consent.places import zone_named
from consent.wire import to_json
from engine.domain.lead import LeadId
from engine.flows.explaining import NotAnAddress, Somebody, about_lead, about_somebody
from engine.flows.kit import Kit
from engine.flows.lifting import allowed_from, lifted_by
from engine.store import leads
from engine.store.database import Connection
from engine.web.bodies import Form
from engine.web.console.consent.room import ROOM, person_named, show_tab
from engine.web.console.frame import READS
from engine.web.edge import ThisEdge

TAB = f"{ROOM}/ask"

router = APIRouter(prefix=TAB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What stands in the form."""

    who: str = ""
    country: str = ""
    region: str = ""
    zone: str = ""
    channel: str = Channel.EMAIL
    purpose: str = Purpose.MARKETING
    agreed: str = ""
    at: str = ""


@router.api_route("", methods=READS)
def show_form(request: Request, edge: ThisEdge) -> Response:
    """Show the form; a link may name a lead, by id alone."""
    with edge.kit.database.read() as connection:
        return _page(request, connection, Asked(who=request.query_params.get("lead", "")[:36]), None, None)


# It is posted, so that the address asked about stands in no history and no log. Nothing is changed by it.
@router.post("")
def ask(request: Request, edge: ThisEdge, form: Form) -> Response:
    """Ask every rule that applies."""
    names = ("who", "country", "region", "zone", "channel", "purpose", "agreed", "at")
    asked = Asked(**{name: form[name] for name in names if form.get(name)})
    _check(asked)
    with edge.kit.database.read() as connection:
        now = _instant(asked.at) or edge.kit.database.now(connection)
        answer = _answer(edge.kit, connection, asked, now)
        if form.get("format") == "json":
            return JSONResponse({**to_json(answer), "lifted_by": lifted_by(answer)})
        return _page(request, connection, asked, answer, now)


def _answer(kit: Kit, connection: Connection, asked: Asked, now: datetime) -> Answer:
    channel, purpose, zone = Channel(asked.channel), Purpose(asked.purpose), asked.zone or None
    lead_ids = person_named(kit, connection, asked.who)[0] if asked.who else []
    stored = leads.load(connection, lead_ids[:1])
    if stored:
        lead = stored[LeadId(lead_ids[0])]
        return about_lead(kit, connection, lead, channel=channel, purpose=purpose, zone=zone, now=now)
    if not asked.country and "@" not in asked.who and not asked.who.startswith("+"):
        raise HTTPException(400, "About whom? Write a lead's address, or a country.")
    agreed = Basis(asked.agreed) if asked.agreed else None
    somebody = Somebody(country=asked.country, region=asked.region, zone=zone, address=asked.who or None, agreed=agreed)
    try:
        return about_somebody(kit.rulebook, somebody, channel=channel, purpose=purpose, now=now)
    except NotAnAddress as error:
        raise HTTPException(400, f"{error}.") from None


def _check(asked: Asked) -> None:
    if asked.channel not in set(Channel) or asked.purpose not in set(Purpose) or asked.agreed not in {"", *Basis}:
        raise HTTPException(400, "Please choose what the form offers.")
    if asked.zone and zone_named(asked.zone) is None:
        raise HTTPException(400, "There is no such time zone: write one such as America/New_York.")


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        raise HTTPException(400, "Please write the instant as 2026-03-31T20:00, in UTC.") from None


def _page(
    request: Request, connection: Connection, asked: Asked, answer: Answer | None, now: datetime | None
) -> Response:
    return show_tab(
        request,
        connection,
        "consent_ask.html",
        tab=TAB,
        asked=asked,
        answer=answer,
        now=now,
        lifted=lifted_by(answer) if answer else (),
        allowed_from=allowed_from(answer, now) if answer and now else None,
        choices={"channel": list(Channel), "purpose": list(Purpose), "agreed": list(Basis)},
    )
