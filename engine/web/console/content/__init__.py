"""Content: every message and sequence of the templates folder, as leads would get it, before anybody does."""

from fastapi import APIRouter

from engine.web.console.content import listing, messages, sending_tests, sequences

router = APIRouter()
# The sequences come first: their address looks like that of a channel.
for part in (listing, sequences, sending_tests, messages):
    router.include_router(part.router)
