"""What a key was made for: every operation asks for a scope. And what a request may ask: only what is named."""

from fastapi import Depends, Request
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from engine.content.problems import did_you_mean
from engine.domain.access import Scope
from engine.flows.keys import Caller
from engine.web.api import problems
from engine.web.api.problems import FieldError, Refused


class Permits:
    """A dependency that lets a request through to whoever has *scope*; a test asks every operation for one."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(self, request: Request) -> None:
        """Refuse a key that was made for other things."""
        ask_for(self.scope, caller_of(request))


def ask_for(scope: Scope, caller: Caller) -> None:
    """Refuse *caller* whose key was not made for *scope*: also where a part of the body asks for more than the operation."""
    if scope not in caller.scopes:
        detail = f"This key was not made for `{scope}`. Make one that is: `fifthtouch apikey create NAME"
        raise Refused(problems.OUT_OF_SCOPE, f"{detail} --scope {scope}`.", scope=scope)


def caller_of(request: Request) -> Caller:
    """Return which program asks."""
    caller: Caller = request.state.caller
    return caller


def only_known(request: Request) -> None:
    """Refuse a query parameter that the operation does not know, or that is given twice: a slip must not widen a search."""
    route = request.scope.get("route")
    known = _asked(route.dependant) if isinstance(route, APIRoute) else []
    names = [name for name, _ in request.query_params.multi_items()]
    errors = [
        FieldError(field=name[:200], message="Unknown query parameter.", remedy=did_you_mean(name[:200], known))
        for name in dict.fromkeys(names)
        if name not in known
    ]
    errors += [
        FieldError(field=name, message="This is given more than once.", remedy="Give it once.")
        for name in known
        if names.count(name) > 1
    ]
    if errors:
        raise Refused(problems.INVALID, errors=errors)


def _asked(dependant: Dependant) -> list[str]:
    """Return the query parameters that an operation, or anything it depends on, asks for."""
    own = [name for one in dependant.query_params for name in _names(one)]
    return [*own, *(name for inner in dependant.dependencies for name in _asked(inner))]


def _names(field: ModelField) -> list[str]:
    model = field.field_info.annotation
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else [field.alias]


LEADS_READ, LEADS_WRITE = Depends(Permits(Scope.LEADS_READ)), Depends(Permits(Scope.LEADS_WRITE))
MESSAGES_READ, MESSAGES_WRITE = Depends(Permits(Scope.MESSAGES_READ)), Depends(Permits(Scope.MESSAGES_WRITE))
TASKS_READ, TASKS_WRITE = Depends(Permits(Scope.TASKS_READ)), Depends(Permits(Scope.TASKS_WRITE))
CONSENT_READ, CONSENT_WRITE = Depends(Permits(Scope.CONSENT_READ)), Depends(Permits(Scope.CONSENT_WRITE))
SEQUENCES_READ, SEQUENCES_WRITE = Depends(Permits(Scope.SEQUENCES_READ)), Depends(Permits(Scope.SEQUENCES_WRITE))
EVENTS_WRITE, REPORTS_READ = Depends(Permits(Scope.EVENTS_WRITE)), Depends(Permits(Scope.REPORTS_READ))
WEBHOOKS_MANAGE = Depends(Permits(Scope.WEBHOOKS_MANAGE))
"""For `dependencies=[...]` of a route."""


def scope_of(route: APIRoute) -> Scope | None:
    """Return the scope that *route* asks for."""
    asked = [one.dependency.scope for one in route.dependencies if isinstance(one.dependency, Permits)]
    return asked[0] if asked else None
