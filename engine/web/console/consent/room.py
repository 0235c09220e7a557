"""What the pages of the consent room share: their tabs, and how a person is named on them."""

from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse

from channels.address import Address, InvalidAddress
from engine.flows.dispute_files import addresses_of, whom
from engine.flows.kit import Kit
from engine.store.database import Connection
from engine.web.console.frame import show

ROOM = "/console/consent"
TABS = (
    (ROOM, "Ledger"),
    (f"{ROOM}/ask", "May we contact them?"),
    (f"{ROOM}/suppressions", "Suppressions"),
    (f"{ROOM}/rules", "Rules"),
    (f"{ROOM}/lists", "Do-not-call lists"),
    (f"{ROOM}/emergencies", "Emergencies"),
    (f"{ROOM}/attestations", "Attestations"),
)
ID_CHARACTERS = 36


def show_tab(request: Request, connection: Connection, name: str, /, *, tab: str, **context: Any) -> HTMLResponse:
    """Return the page *name* with the room's tabs, of which *tab* is open."""
    return show(request, connection, name, room=ROOM, tabs=TABS, tab=tab, **context)


def address_typed(text: str) -> Address:
    """Return the address somebody typed; raises an error page in words."""
    try:
        return Address.email(text) if "@" in text else Address.phone(text)
    except InvalidAddress:
        raise HTTPException(400, "This is no email address, and no number with + and country code.") from None


def person_named(kit: Kit, connection: Connection, text: str) -> tuple[list[str], list[Address]]:
    """Return the leads and addresses that *text* names: an id, an email address or a number."""
    if len(text) == ID_CHARACTERS and text.count("-") == 4:  # noqa: PLR2004 - as in every UUID
        return [text.lower()], addresses_of(connection, text.lower())
    address = address_typed(text)
    return whom(kit, connection, address), [address]
