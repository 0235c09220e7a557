"""What every web request may use, put together once when the app is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from engine.flows.entrance import Entrance
from engine.flows.kit import Kit
from engine.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The kit, the settings, the secrets of lead links, what lets people in, and the bell to ring after a commit."""

    kit: Kit
    entrance: Entrance
    settings: Settings
    link_secrets: tuple[bytes, ...]
    ring: Callable[[], object]


def edge_of(request: Request) -> Edge:
    """Return the edge of the app that serves *request*."""
    edge: Edge = request.app.state.edge
    return edge


ThisEdge = Annotated[Edge, Depends(edge_of)]
