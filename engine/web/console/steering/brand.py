"""The brand as leads see it: what is published, what is missing and where to write it, and its page in each language."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from engine.content.brand import BRAND_FILE, Brand
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store.database import Connection
from engine.store.history import MACHINE_CHANNELS
from engine.web.console.frame import READS, show
from engine.web.console.steering.sending import ROOM
from engine.web.edge import ThisEdge
from engine.web.lead_pages.speaking import every_language
from engine.web.listing import plain, wants_json

PAGE = f"{ROOM}/brand"

SHOWN: Mapping[str, str] = {
    "name": "Name",
    "legal_name": "Legal name",
    "tagline": "Tagline",
    "logo_text": "Logo, in letters",
    "postal_address": "Postal address",
    "phone": "Telephone",
    "opt_out_phone": "Number that takes stops",
    "hours": "Hours",
    "area": "Where it works",
    "licence": "Licence",
    "website": "Website",
    "booking_url": "Booking link",
    "privacy_url": "Privacy notice",
    "review_url": "Review link",
    "locale": "Language without suffix",
    "currency": "Currency",
}
"""What the page shows of a brand, and how it calls it."""

WHAT_FOR: Mapping[str, str] = {
    "legal_name": "leads can't see which legal entity writes to them",
    "opt_out_phone": "recorded messages in the United States may not be left without such a number",
    "logo_text": "emails begin with the name instead",
    "tagline": "emails have no line under the name",
    "hours": "texts can't say when somebody answers the telephone",
    "area": "texts can't say where you work",
    "licence": "trades that must show a licence number do not show it",
    "privacy_url": "leads find no privacy notice on their pages",
    "review_url": "messages after the sale can't ask for a review",
    "currency": "amounts are written without one",
}
"""What is lost where a field is empty."""

router = APIRouter(prefix=PAGE)


@router.api_route("", methods=READS)
def show_brand(request: Request, edge: ThisEdge) -> Response:
    """Show what brand.yaml says, as it is published."""
    with edge.kit.database.read() as connection:
        brand = _published(edge.kit, connection)
        missing = _missing(brand) if brand else {}
        if wants_json(request):
            return JSONResponse({"brand": plain(brand.to_json()) if brand else None, "missing": missing})
        return show(
            request,
            connection,
            "settings_brand.html",
            room=ROOM,
            brand=brand,
            file=BRAND_FILE,
            facts=[(label, brand.variables[name]) for name, label in SHOWN.items()] if brand else [],
            colors=brand.variables["colors"] if brand else {},
            missing=missing,
            languages=every_language(),
        )


def _published(kit: Kit, connection: Connection) -> Brand | None:
    try:
        return kit.shelf.current(connection).brand()
    except Missing:
        return None


def _missing(brand: Brand) -> dict[str, str]:
    """Return the fields that are empty, each with what is lost by it."""
    empty = {name: lost for name, lost in WHAT_FOR.items() if not brand.variables[name]}
    unsent = {
        f"senders.{channel}": f"nothing of your own goes by {channel}"
        for channel in sorted(MACHINE_CHANNELS - set(brand.senders))
    }
    topics = {} if brand.topics else {"topics": "leads can only stop everything of a channel, not one topic"}
    return {**empty, **unsent, **topics}
