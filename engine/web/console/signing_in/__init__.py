"""Signing in and out: the pages of the console that whoever is not signed in may see."""

from fastapi import APIRouter, Depends

from engine.web.access import require_own_form
from engine.web.console.signing_in import entering, welcome

router = APIRouter(dependencies=[Depends(require_own_form)])
for part in (entering, welcome):
    router.include_router(part.router)
