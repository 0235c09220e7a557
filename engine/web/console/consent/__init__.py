"""The consent room: the ledger, suppressions, rules, lists, emergencies and attestations, and what the gate would answer."""

from fastapi import APIRouter

from engine.web.console.consent import asking, emergencies, ledger, lists, rules, suppressions, vouching

__all__ = ["router"]

router = APIRouter()
for part in (asking, suppressions, rules, lists, emergencies, vouching, ledger):
    router.include_router(part.router)
