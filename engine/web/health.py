"""Whether this process lives, whether it can do its work, and what it has counted."""

from contextlib import suppress
from hmac import compare_digest
from typing import Any

import redis
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from engine import metrics
from engine.store import incidents, schema
from engine.store.errors import StoreError, Unreachable
from engine.web.access import require_this_machine
from engine.web.edge import ThisEdge

BELL_SECONDS_MAX = 1.0  # a probe must answer; the bell is optional

router = APIRouter()
READS = ["GET", "HEAD"]


@router.api_route("/health/live", methods=READS)
def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "live"}


@router.api_route("/health/ready", methods=READS)
def ready(edge: ThisEdge) -> JSONResponse:
    """Say whether the database answers and is of this release's version; a silent bell only makes things late."""
    reasons: list[str] = []
    try:
        schema.check_version(edge.kit.database)
    except Unreachable:
        reasons.append("the database does not answer")  # its address is nobody else's business
    except StoreError as error:
        reasons.append(str(error))
    found: dict[str, Any] = {"ready": not reasons, "reasons": reasons, "bell": _bell(edge.settings.redis_url)}
    return JSONResponse(found, status_code=503 if reasons else 200)


def may_measure(request: Request, edge: ThisEdge) -> None:
    """Refuse whoever has not the token of /metrics; without one, whoever is not at this machine.

    Behind a proxy everybody may look like this machine, so that there only the token tells.
    """
    token = edge.settings.metrics_token
    if token is not None:
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not compare_digest(told.strip().encode(), token.get_secret_value().encode()):
            raise HTTPException(401, "Send the token of /metrics.", headers={"WWW-Authenticate": "Bearer"})
    elif edge.settings.public_url is not None or edge.settings.trusted_proxies:
        raise HTTPException(403, "Set FIFTHTOUCH_METRICS_TOKEN, and send it as Authorization: Bearer TOKEN.")
    else:
        require_this_machine(request)


@router.api_route("/metrics", methods=READS, dependencies=[Depends(may_measure)])
def show_metrics(edge: ThisEdge) -> Response:
    """Show what this process has counted, and how many incidents are open, for Prometheus; it names nobody."""
    with suppress(StoreError), edge.kit.database.read() as connection:  # without the database, what was last known
        for kind, count in incidents.count_open(connection).items():
            metrics.INCIDENTS.labels(kind).set(count)
    return Response(metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})


def _bell(url: str | None) -> str:
    if url is None:
        return "inside this process"
    try:
        with redis.Redis.from_url(
            url, socket_timeout=BELL_SECONDS_MAX, socket_connect_timeout=BELL_SECONDS_MAX
        ) as bell:
            bell.ping()
    except redis.RedisError:
        return "does not answer: work is found by the clock, seconds later"
    return "answers"
