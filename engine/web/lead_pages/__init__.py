"""A lead's own pages: stop emails with one tap, or choose. No login, no cookies, no tracking."""

from fastapi import APIRouter

from engine.web.lead_pages import preferences, stop

router = APIRouter()
router.include_router(stop.router)
router.include_router(preferences.router)
