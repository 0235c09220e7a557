"""The settings room: who may come in, what programs may do, who changed what, and one's own account."""

from fastapi import APIRouter

from engine.web.console.settings import account, audit, keys, landing, people, second_factor

router = APIRouter()
for part in (landing, account, second_factor, people, keys, audit):
    router.include_router(part.router)
