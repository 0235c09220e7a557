"""Tell programs elsewhere what happened: make notices ready, post them, and note what came of it.

At least once, in no promised order: whoever dies between a post and its note lets it be posted again, under the same id.
Nothing here is waited for by anything that sends.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog

from channels.posting import Answered, Post
from engine.domain.incident import IncidentKind
from engine.domain.notice import (
    FIELDS,
    ROTATION,
    VERSION,
    DeliveryState,
    NoticeType,
    after_failure,
    is_hopeless,
)
from engine.domain.retry import TryAgain
from engine.flows.incidents import raise_incident
from engine.flows.kit import Kit
from engine.flows.webhook_secrets import secrets_of
from engine.store import notices, webhooks
from engine.store.database import Connection
from engine.store.pages import Row
from engine.store.webhooks import Endpoint

log = structlog.get_logger(__name__)

READY_MAX = 500
EACH_MAX = 20  # deliveries of one endpoint at a time: more would only wait for each other
LEASE = timedelta(seconds=60)  # well beyond the time limit of a post
GONE, FAILING = "gone", "failing"

TABLES = {"lead": "leads", "message": "messages", "enrollment": "enrollments", "task": "tasks"}
"""Where the subject of a type's notices is, by the type's first word."""


def is_anything_to_tell(kit: Kit) -> bool:
    """Return whether `tell_programs` would find anything."""
    with kit.database.read() as connection:
        return notices.is_any(connection) or webhooks.is_due(connection, kit.database.now(connection))


def tell_programs(kit: Kit) -> int:
    """Make ready what happened, and post what is due; return how many deliveries were tried or made ready."""
    if kit.poster is None:
        return 0
    ready = make_ready(kit)
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        lease_until = now + LEASE
        claimed = webhooks.claim(connection, now, lease_until=lease_until, each=EACH_MAX)
        endpoints = {one.id: one for one in webhooks.all_of(connection)} if claimed else {}
    posts = [_post(kit, row, endpoints[row["endpoint_id"]]) for row in claimed]
    answers = kit.poster.post(posts, now)
    if claimed:
        _note(kit, claimed, answers, lease_until)
    return ready + len(claimed)


def make_ready(kit: Kit) -> int:
    """Turn notices into deliveries, one for each endpoint that wants it; return how many notices there were."""
    with kit.database.write() as connection:
        told = notices.take(connection, READY_MAX)
        if not told:
            return 0
        wanting = [one for one in webhooks.all_of(connection) if one.disabled_at is None]
        bodies = _bodies(connection, told)
        rows = [
            webhooks.new_row(
                delivery_id=kit.ids.new(),
                endpoint_id=one.id,
                kind=row["type"],
                lead_id=bodies[row["number"]]["data"].get("lead_id"),
                body=bodies[row["number"]],
                at=row["at"],
            )
            for row in told
            if row["number"] in bodies
            for one in wanting
            if row["type"] in one.types
        ]
        webhooks.insert(connection, rows)
        notices.drop(connection, [row["number"] for row in told])
    return len(told)


def body_of(kind: NoticeType, at: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is posted: the type, when it was written, the version of this shape, and the facts."""
    return {"type": kind.value, "timestamp": at, "version": VERSION, "data": dict(data)}


def _bodies(connection: Connection, told: Sequence[Row]) -> dict[int, dict[str, Any]]:
    """Return the body of each notice by its number; who was about something that is gone has none."""
    ids: dict[str, list[str]] = {}
    for row in told:
        ids.setdefault(_table(row["type"]), []).append(row["subject"])
    subjects = {table: webhooks.subjects(connection, table, wanted) for table, wanted in ids.items()}
    found = {}
    for row in told:
        subject = subjects[_table(row["type"])].get(row["subject"])
        if subject is not None:
            kind = NoticeType(row["type"])
            found[row["number"]] = body_of(kind, row["at"].isoformat(), _data(kind, subject, row["detail"] or {}))
    return found


def _table(kind: str) -> str:
    return TABLES[kind.partition(".")[0]]


def _data(kind: NoticeType, subject: Row, detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of *kind*: what was noted with the fact, else what the subject's row says."""
    noun = kind.partition(".")[0]
    own = {f"{noun}_id": subject["id"]} | ({"lead_id": subject["id"]} if noun == "lead" else {})
    return {name: _plain(detail.get(name, own.get(name, subject.get(name)))) for name in FIELDS[kind]}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _post(kit: Kit, row: Row, endpoint: Endpoint) -> Post:
    body = json.dumps(row["body"], sort_keys=True, separators=(",", ":")).encode()
    return Post(id=row["id"], url=endpoint.url, body=body, secrets=secrets_of(kit, endpoint, within=ROTATION))


def _note(kit: Kit, claimed: Sequence[Row], answers: Mapping[str, Answered], lease_until: Any) -> None:
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        # Endpoints before deliveries, as everybody takes these locks.
        mine: dict[str, list[Row]] = {}
        for row in claimed:
            mine.setdefault(row["endpoint_id"], []).append(row)
        endpoints = {endpoint_id: webhooks.lock(connection, endpoint_id) for endpoint_id in sorted(mine)}
        still = webhooks.lock_claimed(connection, [row["id"] for row in claimed], lease_until)
        webhooks.settle(connection, [_settled(row, answers[row["id"]], now) for row in claimed if row["id"] in still])
        for endpoint_id, endpoint in endpoints.items():
            if endpoint is not None:
                _judge(kit, connection, endpoint, [answers[row["id"]] for row in mine[endpoint_id]], now)
    for row in claimed:
        answer = answers[row["id"]]
        log.info("webhook.posted", delivery_id=row["id"], type=row["type"], status=answer.status, ms=answer.duration_ms)


def _settled(row: Row, answer: Answered, now: Any) -> dict[str, Any]:
    first = row["first_tried_at"] or now
    state, due_at = DeliveryState.DELIVERED, None
    if not answer.is_taken:
        verdict = after_failure(
            tries=row["tries"] + 1,
            first_tried_at=first,
            now=now,
            key=row["id"],
            retry_after_seconds=answer.retry_after_seconds,
        )
        is_over = answer.is_gone or not isinstance(verdict, TryAgain)
        state = DeliveryState.FAILED if is_over else DeliveryState.WAITING
        due_at = verdict.at if isinstance(verdict, TryAgain) and not answer.is_gone else None
    return {
        "id": row["id"],
        "state": state,
        "due_at": due_at,
        "tries": row["tries"] + 1,
        "first_tried_at": first,
        "tried_at": now,
        "status": answer.status,
        "duration_ms": answer.duration_ms,
        "answer": answer.text,
        "problem": answer.problem,
    }


def _judge(kit: Kit, connection: Connection, endpoint: Endpoint, answers: Sequence[Answered], now: Any) -> None:
    """Note whether anything gets through to *endpoint*; disable one that is gone, or has failed for days."""
    if any(one.is_taken for one in answers):
        if endpoint.failing_since is not None:
            webhooks.change(connection, endpoint.id, {"failing_since": None})
        return
    if endpoint.failing_since is None:
        webhooks.change(connection, endpoint.id, {"failing_since": now})
    is_gone = any(one.is_gone for one in answers)
    if endpoint.disabled_at is not None or not (is_gone or is_hopeless(endpoint.failing_since, now)):
        return
    reason = GONE if is_gone else FAILING
    webhooks.change(connection, endpoint.id, {"disabled_at": now, "disabled_reason": reason})
    kit.database.subscriptions.forget()
    why = (
        "it said 410 Gone" if is_gone else f"nothing has got through since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC"
    )
    detail = f"{urlsplit(endpoint.url).hostname} is told nothing any more: {why}"
    log.warning("webhook.disabled", endpoint_id=endpoint.id, reason=reason)
    raise_incident(kit, connection, IncidentKind.WEBHOOK_DISABLED, endpoint.id, detail)
