"""Whose link this is: a forged or mistyped one leads nowhere, and says how to stop messages all the same."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import HTTPException, Request

from consent.proof import Proof
from consent.tokens import TokenKind, read
from engine.content.brand import Brand
from engine.domain.lead import LeadId
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import leads
from engine.store.database import Connection
from engine.web.bodies import clean
from engine.web.edge import Edge

USER_AGENT_CHARACTERS_MAX = 300
NOBODY_NAMED = "us"
"""What a page calls the seller before any brand was published."""

BROKEN = "This link is not complete. Please open it from our message again, or answer the message with the word stop."


def lead_of(edge: Edge, token: str, kind: TokenKind) -> str:
    """Return the lead that *token* was made for, or became part of; answers 404 for anything that we did not make."""
    try:
        lead_id = str(UUID(read(token, kind, edge.link_secrets) or ""))
    except ValueError:  # of a token in foreign characters, or of a subject that is no id
        raise HTTPException(404, BROKEN) from None
    with edge.kit.database.read() as connection:
        return leads.survivor_of(connection, lead_id)


def visitor(request: Request) -> Proof:
    """Return what is known of who posted: from where, with which program, on which page, its token left out."""
    agent = clean(request.headers.get("user-agent", ""))[:USER_AGENT_CHARACTERS_MAX]
    page = "/".join(request.url.path.split("/")[:2])
    return Proof(ip=request.client.host if request.client else "", user_agent=agent, page=page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who writes to a lead, as a page tells it, and in which language."""

    seller: str
    legal_name: str
    postal_address: str
    phone: str
    privacy_url: str
    language: str  # the lead's, BCP 47
    brand: Brand | None

    def topic_words(self, topic: str, language: str) -> str:
        """Return what a lead chooses *topic* by."""
        return self.brand.topic_words(topic, language) if self.brand else topic


def writer_to(kit: Kit, lead_id: str) -> Writer:
    """Return who writes to *lead_id*."""
    with kit.database.read() as connection:
        stored = leads.load(connection, [lead_id]).get(LeadId(lead_id))
        brand = _brand(kit, connection)
    facts = brand.variables if brand else {}
    return Writer(
        seller=brand.name if brand else NOBODY_NAMED,
        legal_name=str(facts.get("legal_name") or facts.get("name", "")),
        postal_address=str(facts.get("postal_address", "")),
        phone=str(facts.get("phone", "")),
        privacy_url=str(facts.get("privacy_url", "")),
        language=stored.lead.language if stored else "",
        brand=brand,
    )


def seller(kit: Kit) -> str:
    """Return the name leads know the seller by."""
    with kit.database.read() as connection:
        brand = _brand(kit, connection)
    return brand.name if brand else NOBODY_NAMED


def _brand(kit: Kit, connection: Connection) -> Brand | None:
    try:
        return kit.shelf.current(connection).brand()
    except Missing:
        return None
