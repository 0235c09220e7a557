"""The console: what an operator and a salesperson see. Whoever sees any of it has signed in."""

from fastapi import APIRouter, Depends

from engine.web.access import require_own_form
from engine.web.console import (
    consent,
    content,
    forms,
    imports,
    inbox,
    leads,
    live,
    messages,
    rehearsal,
    reports,
    sandbox,
    settings,
    steering,
    tasks,
    today,
    webhooks,
)
from engine.web.person import SEE

router = APIRouter(dependencies=[Depends(require_own_form), SEE])
for room in (
    live,
    today,
    inbox,
    messages,
    imports,
    forms,
    leads,
    tasks,
    rehearsal,
    content,
    steering,
    sandbox,
    settings,
    webhooks,
    reports,
    consent,
):
    router.include_router(room.router)
