"""Whose link this is: a forged or mistyped one leads nowhere, and says how to stop messages all the same."""

from uuid import UUID

from fastapi import HTTPException

from consent.tokens import TokenKind, read
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.web.edge import Edge

BROKEN = "This link is not complete. Please open it from our message again, or answer the message with the word stop."


def lead_of(edge: Edge, token: str, kind: TokenKind) -> str:
    """Return the id of the lead that *token* was made for; answers 404 for anything that we did not make."""
    try:
        lead_id = read(token, kind, edge.link_secrets)
        return str(UUID(lead_id or ""))
    except ValueError:  # of a token in foreign characters, or of a subject that is no id
        raise HTTPException(404, BROKEN) from None


def seller(kit: Kit) -> str:
    """Return the name leads know the seller by."""
    with kit.database.read() as connection:
        try:
            return kit.shelf.current(connection).brand().name
        except Missing:
            return "us"
