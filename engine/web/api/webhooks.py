"""Webhooks: programs elsewhere that are told what happens, and what they were told.

A secret is told once and kept nowhere: an answer that is given again to the same Idempotency-Key has it made anew.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints

from channels.posting import URL_CHARACTERS_MAX, BadEndpoint
from engine.domain.notice import CHOOSABLE, DeliveryState, NoticeType
from engine.flows import webhooks as flow
from engine.flows.kit import Kit
from engine.flows.webhook_secrets import secret_of
from engine.flows.webhooks import NoSuchDelivery, NoSuchEndpoint, TooMany
from engine.store import webhooks
from engine.store.database import Connection
from engine.store.pages import Row
from engine.store.webhooks import Endpoint
from engine.web.api import problems
from engine.web.api.answers import Answer
from engine.web.api.carrying import ThisCarrier
from engine.web.api.paging import Moment, PageQuery, ThisOnward
from engine.web.api.permits import WEBHOOKS_MANAGE, caller_of
from engine.web.api.problems import FieldError, Refused
from engine.web.api.texts import Line, Strict, refuse
from engine.web.edge import ThisEdge

OK, CREATED = 200, 201

NO_WEBHOOK = "There is no such webhook. `GET /v1/webhooks` lists them."
NO_DELIVERY = (
    "This webhook was told nothing under this id. `GET /v1/webhooks/{webhook_id}/deliveries` lists what it was."
)

router = APIRouter(tags=["Webhooks"])


def _is_choosable(kind: NoticeType) -> NoticeType:
    if kind not in CHOOSABLE:
        raise refuse("A test is sent when somebody asks for it.", "Leave it out.")
    return kind


Type = Annotated[NoticeType, AfterValidator(_is_choosable)]
Types = Annotated[list[Type], Field(min_length=1, max_length=len(CHOOSABLE))]
Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=URL_CHARACTERS_MAX),
    BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value),
]


class WebhookOut(Answer):
    """A program elsewhere that is told what happens."""

    id: str
    url: str
    description: str
    types: list[NoticeType] = Field(description="What it is told of.")
    secret_round: int = Field(description="Which secret it has: 1 for its first, one more with each new one.")
    rotated_at: datetime | None = Field(description="When it was given a new secret; the one before signs for a day.")
    created_at: datetime
    paused_at: datetime | None = Field(description="Since when somebody keeps notices back.")
    disabled_at: datetime | None = Field(description="Since when it is told nothing: it was gone, or failed for days.")
    disabled_reason: str = Field(description="`gone` or `failing`; empty while it is told.")
    failing_since: datetime | None = Field(description="Since when nothing gets through; null while it does.")


class WebhooksOut(Answer):
    """Every webhook, the oldest first."""

    webhooks: list[WebhookOut]


class WebhookMadeOut(WebhookOut):
    """A webhook with its new secret."""

    secret: str = Field(description="What signs its notices, as Standard Webhooks writes it. It is told only here.")


class WebhookRemovedOut(Answer):
    """What was taken away."""

    id: str


class WebhookIn(Strict):
    """Who is to be told of what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "url": "https://crm.example.com/hooks",
                    "types": ["message.replied", "lead.stopped"],
                    "description": "the CRM",
                }
            ]
        },
    )

    url: Url = Field(description="Where notices are posted: a public address by https.")
    types: Types = Field(description="What it is told of.")
    description: Line = Field(default="", description="For whoever looks.")


class WebhookPatch(Strict):
    """What to change of a webhook: fields left out stay."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"is_paused": True}, {"types": ["task.created", "task.closed"]}]},
    )

    url: Url = Field(default="", description="Where notices are posted from now on.")
    types: Types = Field(default=[], description="All that it is told of from now on.")
    description: Line = Field(default="", description="For whoever looks.")
    is_paused: bool = Field(
        default=False,
        strict=True,
        description="True keeps notices back; false tells them, also to one that was disabled.",
    )


class DeliveryOut(Answer):
    """One notice to a webhook, and how its telling went."""

    id: str = Field(description="The `webhook-id` that it carries, the same at every try.")
    type: NoticeType
    lead_id: str | None = Field(description="Whom it is about; null for a test.")
    at: datetime = Field(description="When it happened.")
    state: DeliveryState
    due_at: datetime | None = Field(description="When it is sent next; null when it has ended.")
    tries: int
    tried_at: datetime | None = Field(description="When it was last tried.")
    status: int | None = Field(description="The HTTP status of the last try; null without an answer.")
    duration_ms: int | None = Field(description="How long the last try took.")
    answer: str = Field(description="The first part of what the last try was answered.")
    problem: str = Field(description="Why the last try failed; empty where it did not.")
    body: dict[str, Any] | None = Field(description="What is posted; null once the person was erased.")


class DeliveriesOut(Answer):
    """What a webhook was told, the latest first; kept for 30 days."""

    deliveries: list[DeliveryOut]
    next: str | None = Field(description="Send it as `after` for the earlier ones; null at the end.")


class DeliverySentOut(Answer):
    """A notice that is on its way."""

    id: str = Field(description="The delivery.")


class ReplayIn(Strict):
    """Since when to tell again what failed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"since": "2026-03-02T00:00:00Z"}]})

    since: Moment = Field(description="What happened from this instant on, and was given up.")


class ReplayedOut(Answer):
    """How many notices are on their way again."""

    count: int


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    state: DeliveryState | None = Field(default=None, description="That stand so.")


@router.get("/v1/webhooks", summary="List webhooks", dependencies=[WEBHOOKS_MANAGE])
def list_webhooks(edge: ThisEdge) -> WebhooksOut:
    """Return every webhook, the oldest first; there are fifty at most, so this is no list of pages."""
    with edge.kit.database.read() as connection:
        return WebhooksOut(webhooks=[_out(one) for one in webhooks.all_of(connection)])


@router.post(
    "/v1/webhooks",
    status_code=CREATED,
    response_model=WebhookMadeOut,
    summary="Add a webhook",
    dependencies=[WEBHOOKS_MANAGE],
    openapi_extra={"x-problems": ["not-now"]},
)
def add_webhook(body: WebhookIn, carrier: ThisCarrier) -> Response:
    """Let a program be told from now on, and answer the secret that signs what it is told."""

    def work(connection: Connection, _now: datetime) -> tuple[int, WebhookOut]:
        kit, by = carrier.edge.kit, carrier.caller.by
        try:
            made = flow.add_within(kit, connection, url=body.url, types=body.types, description=body.description, by=by)
        except BadEndpoint as error:
            raise _bad_url(error) from error
        except TooMany as error:
            raise Refused(problems.NOT_NOW, str(error), reason="full") from error
        return CREATED, _named(connection, made)

    return _with_secret(carrier.edge.kit, carrier.carry(body, work))


@router.get("/v1/webhooks/{webhook_id}", summary="Read a webhook", dependencies=[WEBHOOKS_MANAGE])
def read_webhook(webhook_id: UUID, edge: ThisEdge) -> WebhookOut:
    """Return one webhook, without its secret."""
    with edge.kit.database.read() as connection:
        return _named(connection, str(webhook_id))


@router.patch(
    "/v1/webhooks/{webhook_id}",
    response_model=WebhookOut,
    summary="Change or pause a webhook",
    dependencies=[WEBHOOKS_MANAGE],
)
def change_webhook(webhook_id: UUID, body: WebhookPatch, carrier: ThisCarrier) -> Response:
    """Change where a program is told and of what, keep notices back, or tell it again; what was kept back then goes at once."""
    kit, by, one = carrier.edge.kit, carrier.caller.by, str(webhook_id)

    def change() -> None:
        said = {name: getattr(body, name) for name in ("url", "types", "description") if name in body.model_fields_set}
        if said:
            flow.change_endpoint(kit, one, by=by, **said)
        if "is_paused" in body.model_fields_set:
            turn = flow.pause_endpoint if body.is_paused else flow.resume_endpoint
            turn(kit, one, by=by)

    return carrier.carry_apart(body, lambda: (OK, _after(kit, one, change)))


@router.delete("/v1/webhooks/{webhook_id}", summary="Remove a webhook", dependencies=[WEBHOOKS_MANAGE])
def remove_webhook(webhook_id: UUID, request: Request, edge: ThisEdge) -> WebhookRemovedOut:
    """Tell a program nothing any more, and drop the log of what it was told."""
    try:
        flow.remove_endpoint(edge.kit, str(webhook_id), by=caller_of(request).by)
    except NoSuchEndpoint as error:
        raise Refused(problems.NOT_FOUND, NO_WEBHOOK) from error
    return WebhookRemovedOut(id=str(webhook_id))


@router.post(
    "/v1/webhooks/{webhook_id}/rotate",
    response_model=WebhookMadeOut,
    summary="Give a webhook a new secret",
    dependencies=[WEBHOOKS_MANAGE],
)
def rotate_secret(webhook_id: UUID, carrier: ThisCarrier) -> Response:
    """Make a new secret, and answer it; the one before signs beside it for a day."""

    def work(connection: Connection, _now: datetime) -> tuple[int, WebhookOut]:
        try:
            flow.rotate_within(carrier.edge.kit, connection, str(webhook_id), by=carrier.caller.by)
        except NoSuchEndpoint as error:
            raise Refused(problems.NOT_FOUND, NO_WEBHOOK) from error
        return OK, _named(connection, str(webhook_id))

    return _with_secret(carrier.edge.kit, carrier.carry(None, work))


@router.post(
    "/v1/webhooks/{webhook_id}/test",
    status_code=CREATED,
    response_model=DeliverySentOut,
    summary="Send a webhook a test",
    dependencies=[WEBHOOKS_MANAGE],
)
def send_test(webhook_id: UUID, carrier: ThisCarrier) -> Response:
    """Tell a program of a test, whatever types it chose; a paused one once it is resumed."""

    def work() -> tuple[int, DeliverySentOut]:
        try:
            sent = flow.send_test(carrier.edge.kit, str(webhook_id), by=carrier.caller.by)
        except NoSuchEndpoint as error:
            raise Refused(problems.NOT_FOUND, NO_WEBHOOK) from error
        return CREATED, DeliverySentOut(id=sent)

    return carrier.carry_apart(None, work)


@router.get(
    "/v1/webhooks/{webhook_id}/deliveries", summary="List what a webhook was told", dependencies=[WEBHOOKS_MANAGE]
)
def list_deliveries(
    webhook_id: UUID, edge: ThisEdge, onward: ThisOnward, query: Annotated[DeliveryQuery, Query()]
) -> DeliveriesOut:
    """Return what a program was told and what it answered, the latest first."""
    with edge.kit.database.read() as connection:
        _named(connection, str(webhook_id))
        page = webhooks.log_of(connection, str(webhook_id), state=query.state, start=query.start, rows=query.limit)
    return DeliveriesOut(deliveries=[_delivery(row) for row in page.rows], next=onward(page.next))


@router.post(
    "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    response_model=DeliverySentOut,
    summary="Tell a webhook one notice again",
    dependencies=[WEBHOOKS_MANAGE],
    openapi_extra={"x-problems": ["not-now"]},
)
def replay_delivery(webhook_id: UUID, delivery_id: UUID, carrier: ThisCarrier) -> Response:
    """Send one notice again under its own id: one that was given up, or one that your program lost."""

    def work() -> tuple[int, DeliverySentOut]:
        kit, one = carrier.edge.kit, str(delivery_id)
        with kit.database.read() as connection:
            found = webhooks.find_delivery(connection, one)
        if found is None or found["endpoint_id"] != str(webhook_id):
            raise Refused(problems.NOT_FOUND, NO_DELIVERY)
        try:
            flow.replay_delivery(kit, one, by=carrier.caller.by)
        except NoSuchDelivery as error:
            reason = "erased" if found["body"] is None else DeliveryState.WAITING
            detail = "What it said was erased." if found["body"] is None else "It is on its way already."
            raise Refused(problems.NOT_NOW, detail, reason=reason) from error
        return OK, DeliverySentOut(id=one)

    return carrier.carry_apart(None, work)


@router.post(
    "/v1/webhooks/{webhook_id}/replay",
    response_model=ReplayedOut,
    summary="Tell a webhook again what failed",
    dependencies=[WEBHOOKS_MANAGE],
)
def replay_failed(webhook_id: UUID, body: ReplayIn, carrier: ThisCarrier) -> Response:
    """Send again, under their own ids, all notices since an instant that were given up."""

    def work() -> tuple[int, ReplayedOut]:
        try:
            count = flow.replay_failed(carrier.edge.kit, str(webhook_id), body.since, by=carrier.caller.by)
        except NoSuchEndpoint as error:
            raise Refused(problems.NOT_FOUND, NO_WEBHOOK) from error
        return OK, ReplayedOut(count=count)

    return carrier.carry_apart(body, work)


def _after(kit: Kit, webhook_id: str, change: Callable[[], None]) -> WebhookOut:
    """Return the webhook as it is after *change*."""
    try:
        change()
    except BadEndpoint as error:
        raise _bad_url(error) from error
    except NoSuchEndpoint as error:
        raise Refused(problems.NOT_FOUND, NO_WEBHOOK) from error
    with kit.database.read() as connection:
        return _named(connection, webhook_id)


def _with_secret(kit: Kit, answer: Response) -> Response:
    """Return *answer* with the secret of the round that it names; what is kept of it for a repetition has none."""
    kit.database.subscriptions.forget()
    told = WebhookOut.model_validate_json(bytes(answer.body))
    made = WebhookMadeOut(**told.model_dump(), secret=secret_of(kit, told.id, told.secret_round))
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return Response(made.model_dump_json(), status_code=answer.status_code, headers=headers)


def _bad_url(error: BadEndpoint) -> Refused:
    found = FieldError(field="url", message=str(error), remedy="Send a public https address that your program answers.")
    return Refused(problems.INVALID, errors=[found])


def _named(connection: Connection, webhook_id: str) -> WebhookOut:
    found = webhooks.find(connection, webhook_id)
    if found is None:
        raise Refused(problems.NOT_FOUND, NO_WEBHOOK)
    return _out(found)


def _out(one: Endpoint) -> WebhookOut:
    told = {name: getattr(one, name) for name in WebhookOut.model_fields if name != "types"}
    return WebhookOut(**told, types=[kind for kind in CHOOSABLE if kind in one.types])


def _delivery(row: Row) -> DeliveryOut:
    return DeliveryOut(**{name: row[name] for name in DeliveryOut.model_fields})
