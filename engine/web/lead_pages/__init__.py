"""Where a lead's links lead: stop emails with one tap, choose, or go on to a page. No login, no cookies."""

from fastapi import APIRouter

from engine.web.lead_pages import confirm, dress, preferences, stop, tracked, who

router = APIRouter()
router.include_router(stop.router)
router.include_router(preferences.router)
router.include_router(tracked.router)
router.include_router(confirm.router)
router.include_router(who.router)
router.include_router(dress.router)
