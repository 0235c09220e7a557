"""What tells open pages that something changed, as server-sent events: never what, only about which topic.

The page then asks for itself again, with whatever rights its reader still has. An answer ends after a while and the
browser comes back by itself, so that nobody listens for longer than that after their session has ended.
"""

from collections.abc import AsyncIterator, Mapping
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from engine.store.changes import Topic
from engine.web.edge import ThisEdge
from engine.web.watch import Watch

LISTEN_SECONDS_MAX = 50.0
AGAIN_AFTER_MS = 1_000
BUSY_SECONDS = 30
SEPARATOR = "."

router = APIRouter(prefix="/console/live")


def topics_of(topics: str = "") -> frozenset[Topic]:
    """Return the topics of a request, such as `?topics=messages,tasks`; refuses what is none."""
    try:
        found = frozenset(Topic(name) for name in topics.split(",") if name)
    except ValueError:
        found = frozenset()
    if not found:
        raise HTTPException(400, f"Say which topics, such as ?topics={Topic.MESSAGES},{Topic.TASKS}.")
    return found


def watch_of(request: Request, edge: ThisEdge) -> Watch:
    """Return the watch of this process, which is made when first asked for; refuses where too many listen already."""
    state = request.app.state
    if not hasattr(state, "watch"):
        state.watch = Watch(edge.kit.database)
    watch: Watch = state.watch
    if not watch.has_room:
        raise HTTPException(503, "Too many pages are open.", headers={"Retry-After": str(BUSY_SECONDS)})
    return watch


@router.get("", response_class=EventSourceResponse)
async def listen(
    request: Request,
    topics: Annotated[frozenset[Topic], Depends(topics_of)],
    watch: Annotated[Watch, Depends(watch_of)],
) -> AsyncIterator[ServerSentEvent]:
    """Tell which of *topics* changed, from where the browser heard last; where it has not yet, say that we listen."""
    ends = monotonic() + LISTEN_SECONDS_MAX
    seen = read_place(request.headers.get("last-event-id", ""))
    is_new = seen is None
    yield ServerSentEvent(retry=AGAIN_AFTER_MS)
    with watch.listener(topics, seen) as listener:
        while not listener.is_over and (left := ends - monotonic()) > 0:
            changed, settled = await listener.changed(left)
            if changed or (is_new and settled):
                name = "changed" if changed else "listening"
                yield ServerSentEvent(event=name, id=write_place(settled), data=sorted(changed))
                is_new = False


def write_place(seen: Mapping[Topic, int]) -> str:
    """Return how far each topic was seen, as the id of an event, which the browser sends when it comes back."""
    return SEPARATOR.join(str(seen.get(topic, 0)) for topic in Topic)


def read_place(text: str) -> dict[Topic, int] | None:
    """Return what `write_place` wrote; None where it is not ours."""
    parts = text.split(SEPARATOR)
    if len(parts) != len(Topic) or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return dict(zip(Topic, (int(part[:19]) for part in parts), strict=True))
