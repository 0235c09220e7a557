"""Ids of leads that were joined with another: whoever asks for one is led to the lead it became part of."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from engine.store import leads
from engine.web.edge import ThisEdge


class Joined(Exception):
    """The lead asked for is part of another by now; *path* is where that one is found."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def follow_joined(request: Request, edge: ThisEdge) -> None:
    """Lead whoever asks for a double to the lead it became part of, method and body included."""
    asked = request.path_params.get("lead_id")
    try:
        lead_id = str(UUID(asked or ""))
    except ValueError:
        return  # not about a lead, or refused by its field
    with edge.kit.database.read() as connection:
        survivor = leads.survivor_of(connection, lead_id)
    if survivor != lead_id:
        raise Joined(
            str(request.url.replace(path=request.url.path.replace(str(asked), survivor), scheme="", netloc=""))
        )


def tell_joined(_request: Request, error: Exception) -> Response:
    """Answer with where the lead is found: 308 keeps method and body (RFC 9110 15.4.9)."""
    assert isinstance(error, Joined)
    return RedirectResponse(error.path, status_code=308)
