"""The first page of the settings: every section there is for whoever looks, with a sentence on each."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from engine.domain.access import Right
from engine.web.console.frame import READS, show
from engine.web.edge import ThisEdge
from engine.web.person import ThisPerson

ROOM = "/console/settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One page of the settings, and the right that reading it takes."""

    path: str
    name: str
    says: str
    right: Right = Right.SEE


SECTIONS = (
    Section(path="account", name="Your account", says="Password, second factor, and where you are signed in."),
    Section(path="brand", name="Brand", says="Who you are, as leads read it."),
    Section(path="senders", name="Senders", says="Mailboxes and numbers, their pace, limits and health."),
    Section(path="sending", name="Sending", says="What is paused, and the one switch that stops all sending."),
    Section(path="people", name="People", says="Who may sign in, and what they may do.", right=Right.MANAGE),
    Section(path="keys", name="API keys", says="Programs that may read and write here.", right=Right.MANAGE),
    Section(path="webhooks", name="Webhooks", says="Programs that are told what happens.", right=Right.MANAGE),
    Section(path="audit", name="Audit log", says="Every change, by whom, before and after.", right=Right.MANAGE),
)
"""In the order in which they are shown."""

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_sections(request: Request, edge: ThisEdge, person: ThisPerson) -> Response:
    """Show the sections that this person may read."""
    sections = [section for section in SECTIONS if section.right in person.rights]
    with edge.kit.database.read() as connection:
        return show(request, connection, "settings.html", room=ROOM, sections=sections)
