"""What sends and how: the page of all that is stopped, the senders with their gauges, and the brand as leads see it."""

from fastapi import APIRouter

from engine.web.console.steering import brand, senders, sending

router = APIRouter()
for page in (sending, senders, brand):
    router.include_router(page.router)
