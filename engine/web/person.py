"""Who sits before the console, and what they may do there: every route of it asks for a right."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from engine.domain.access import RIGHTS, Right, Role


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
        if self.right not in person_of(request).rights:
            raise HTTPException(
                403, "Your role does not allow this. Whoever looks after this installation can change it."
            )


def person_of(request: Request) -> Person:
    """Return who sits there."""
    person: Person = getattr(request.state, "person", ANYBODY_HERE)
    return person


ANYBODY_HERE = Person(id="console", name="Whoever sits here", role=Role.ADMIN)
ThisPerson = Annotated[Person, Depends(person_of)]
SEE, WRITE, WORK, STEER, MANAGE = (Depends(Needs(right)) for right in Right)
"""For `dependencies=[...]` of a router or a route."""
