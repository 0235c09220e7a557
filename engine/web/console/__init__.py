"""The console: what an operator and a salesperson see. For now it opens only on the machine it runs on."""

from fastapi import APIRouter, Depends

from engine.web.access import require_own_form, require_this_machine
from engine.web.console import content, leads, live, messages, rehearsal, sandbox, tasks, today
from engine.web.person import SEE

router = APIRouter(dependencies=[Depends(require_this_machine), Depends(require_own_form), SEE])
for room in (live, today, messages, leads, tasks, rehearsal, content, sandbox):
    router.include_router(room.router)
