"""Who sits before the console, and what they may do there: every route of it asks for a right."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, HTTPException, Request

from engine.domain.access import RIGHTS, Right, Role, roles_with
from engine.domain.signing_in import HOME
from engine.flows.signing_in import Visit, visit_of
from engine.web.cookies import session_of
from engine.web.edge import edge_of
from engine.web.listing import wants_json

SIGN_IN = "/console/sign-in"
READS = frozenset({"GET", "HEAD"})
PROGRAMS = ("application/json", "text/event-stream")  # what a page's script asks for; a page to sign in is no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who signed in; *id* stands on what they change, in the audit log and on tasks."""

    id: str
    name: str
    role: Role

    @property
    def rights(self) -> frozenset[Right]:
        """What they may do."""
        return RIGHTS[self.role]


class Needs:
    """A dependency that lets a request through to whoever has *right*; a test asks every route for one."""

    def __init__(self, right: Right) -> None:
        self.right = right

    def __call__(self, request: Request) -> None:
        """Refuse whoever has not."""
        person = person_of(request)
        if self.right not in person.rights:
            may = " or ".join(roles_with(self.right))
            raise HTTPException(
                403,
                f"You are signed in as {person.name} ({person.role}). This takes the role {may}. Whoever looks after this "
                "installation can give it to you.",
            )


def person_of(request: Request) -> Person:
    """Return who sits there, asked once a request; whoever has not signed in is sent to do so.

    Raises HTTPException: 303 for a page, 401 for a change or for what a script asked for.
    """
    person = getattr(request.state, "person", None)
    if isinstance(person, Person):
        return person
    visit = visit_in(request)
    if visit is None:
        raise _not_signed_in(request)
    person = Person(id=visit.user_id, name=visit.name, role=visit.role)
    request.state.person, request.state.visit = person, visit
    return person


def visit_in(request: Request) -> Visit | None:
    """Return the session that the request's cookie opens now, or None; always asked of the database.

    What answers for long, such as a stream, asks again from time to time whether its reader is still signed in.
    """
    edge = edge_of(request)
    return visit_of(edge.kit, session_of(request, edge))


def this_visit(request: Request) -> Visit:
    """Return the session of the person who sits there."""
    person_of(request)
    visit = request.state.visit
    assert isinstance(visit, Visit)
    return visit


def _not_signed_in(request: Request) -> HTTPException:
    accepts = request.headers.get("accept", "")
    if request.method not in READS or wants_json(request) or accepts.startswith(PROGRAMS):
        return HTTPException(401, "You are not signed in, or no longer: nothing was done. Sign in and try again.")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    place = SIGN_IN if wanted == HOME else f"{SIGN_IN}?next={quote(wanted, safe='')}"
    return HTTPException(303, headers={"Location": place})


ThisPerson = Annotated[Person, Depends(person_of)]
ThisVisit = Annotated[Visit, Depends(this_visit)]
SEE, WRITE, WORK, STEER, MANAGE = (Depends(Needs(right)) for right in Right)
"""For `dependencies=[...]` of a router or a route."""
