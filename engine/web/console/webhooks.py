"""Webhooks: programs elsewhere that are told what happens, what they were told, and what they answered."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from channels.posting import BadEndpoint
from engine.domain.notice import CHOOSABLE, DeliveryState, NoticeType
from engine.flows import webhooks as flow
from engine.flows.webhooks import BadChoice, NoSuchDelivery, NoSuchEndpoint
from engine.store import webhooks
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import Edge, ThisEdge
from engine.web.listing import cursor, json_rows, link, start_of, wanted, wants_json
from engine.web.person import MANAGE, ThisPerson

SETTINGS = "/console/settings"
ROOM = f"{SETTINGS}/webhooks"

router = APIRouter(prefix=ROOM, dependencies=[MANAGE])

MEANINGS: Mapping[NoticeType, str] = {
    NoticeType.LEAD_CREATED: "a lead came in for the first time",
    NoticeType.LEAD_UPDATED: "something on record about a lead changed",
    NoticeType.LEAD_STOPPED: "a lead withdrew permission",
    NoticeType.MESSAGE_ACCEPTED: "a provider took a message",
    NoticeType.MESSAGE_DELIVERED: "a message arrived",
    NoticeType.MESSAGE_BOUNCED: "the address is dead, or the mailbox refused it",
    NoticeType.MESSAGE_FAILED: "a provider refused a message for good",
    NoticeType.MESSAGE_UNKNOWN: "nobody knows whether a message left",
    NoticeType.MESSAGE_REPLIED: "a lead answered a message",
    NoticeType.ENROLLMENT_FINISHED: "a lead's walk through a sequence has ended",
    NoticeType.TASK_CREATED: "a person has something to do",
    NoticeType.TASK_CLOSED: "it was done, or is not needed any more",
}


@router.api_route("", methods=READS)
def show_endpoints(request: Request, edge: ThisEdge) -> Response:
    """Show every endpoint, and a form for one more."""
    return _list(request, edge)


@router.post("")
def add(request: Request, edge: ThisEdge, person: ThisPerson, form: Form) -> Response:
    """Add an endpoint, and show its secret this once."""
    try:
        made = flow.add_endpoint(
            edge.kit,
            url=form.get("url", ""),
            types=_types(form),
            description=form.get("description", ""),
            by=person.id,
        )
    except (BadEndpoint, BadChoice) as error:
        return _list(request, edge, problem=str(error), filled=form)
    return _one(request, edge, made.id, secret=made.secret)


@router.api_route("/{endpoint_id}", methods=READS)
def show_endpoint(request: Request, endpoint_id: UUID, edge: ThisEdge) -> Response:
    """Show one endpoint, and what it was told."""
    return _one(request, edge, str(endpoint_id))


@router.post("/{endpoint_id}/change")
def change(request: Request, endpoint_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> Response:
    """Change where it is, and what it is told."""
    try:
        flow.change_endpoint(
            edge.kit,
            str(endpoint_id),
            url=form.get("url", ""),
            types=_types(form),
            description=form.get("description", ""),
            by=person.id,
        )
    except (BadEndpoint, BadChoice) as error:
        return _one(request, edge, str(endpoint_id), problem=str(error))
    except NoSuchEndpoint:
        raise _gone() from None
    return back_to(f"{ROOM}/{endpoint_id}?said=changed")


@router.post("/{endpoint_id}/pause")
def pause(endpoint_id: UUID, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Keep back what it would be told."""
    return _done(endpoint_id, "paused", lambda one: flow.pause_endpoint(edge.kit, one, by=person.id))


@router.post("/{endpoint_id}/resume")
def resume(endpoint_id: UUID, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Tell it again."""
    return _done(endpoint_id, "resumed", lambda one: flow.resume_endpoint(edge.kit, one, by=person.id))


@router.post("/{endpoint_id}/test")
def test(endpoint_id: UUID, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Let it be told of a test."""
    return _done(endpoint_id, "test on its way", lambda one: flow.send_test(edge.kit, one, by=person.id))


@router.post("/{endpoint_id}/rotate")
def rotate(request: Request, endpoint_id: UUID, edge: ThisEdge, person: ThisPerson) -> Response:
    """Give it a new secret, and show it this once."""
    try:
        secret = flow.rotate_secret(edge.kit, str(endpoint_id), by=person.id)
    except NoSuchEndpoint:
        raise _gone() from None
    return _one(request, edge, str(endpoint_id), secret=secret)


@router.post("/{endpoint_id}/remove")
def remove(endpoint_id: UUID, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Tell it nothing any more, and drop its log."""
    try:
        flow.remove_endpoint(edge.kit, str(endpoint_id), by=person.id)
    except NoSuchEndpoint:
        raise _gone() from None
    return back_to(f"{ROOM}?said=removed")


@router.post("/{endpoint_id}/replay")
def replay(endpoint_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Send one delivery again, or all that failed since an instant."""
    delivery_id = form.get("delivery", "")
    try:
        if delivery_id:
            flow.replay_delivery(edge.kit, str(UUID(delivery_id)), by=person.id)
            return back_to(f"{ROOM}/{endpoint_id}?said=on its way again")
        count = flow.replay_failed(edge.kit, str(endpoint_id), _instant(form.get("since", "")), by=person.id)
    except NoSuchEndpoint:
        raise _gone() from None
    except NoSuchDelivery:
        raise HTTPException(409, "It is on its way already, or what it said was erased.") from None
    except ValueError:
        raise HTTPException(400, "That day can't be read: write it as 2026-03-31.") from None
    return back_to(f"{ROOM}/{endpoint_id}?said={count} on their way again")


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _types(form: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("type_") for name in form if name.startswith("type_")]


def _done(endpoint_id: UUID, said: str, act: Callable[[str], object]) -> RedirectResponse:
    try:
        act(str(endpoint_id))
    except NoSuchEndpoint:
        raise _gone() from None
    return back_to(f"{ROOM}/{endpoint_id}?said={said}")


def _gone() -> HTTPException:
    return HTTPException(404, "There is no such endpoint; somebody may have taken it away.")


def _list(request: Request, edge: Edge, *, problem: str = "", filled: Mapping[str, str] | None = None) -> HTMLResponse:
    with edge.kit.database.read() as connection:
        answer = show(
            request,
            connection,
            "webhooks.html",
            room=SETTINGS,
            rows=webhooks.all_of(connection),
            waiting=webhooks.waiting_of(connection),
            meanings=MEANINGS,
            chosen=set(_types(filled)) if filled else set(CHOOSABLE),
            filled=filled or {},
            problem=problem,
        )
    answer.status_code = 422 if problem else 200
    return answer


def _one(request: Request, edge: Edge, endpoint_id: str, **shown: Any) -> Response:
    asked = wanted(request, "state", DeliveryState)
    with edge.kit.database.read() as connection:
        endpoint = webhooks.find(connection, endpoint_id)
        if endpoint is None:
            raise _gone()
        page = webhooks.log_of(connection, endpoint_id, state=asked, start=start_of(request))
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        answer = show(
            request,
            connection,
            "webhook.html",
            room=SETTINGS,
            endpoint=endpoint,
            rows=page.rows,
            meanings=MEANINGS,
            asked={"state": asked},
            choices={"state": list(DeliveryState)},
            secret=shown.get("secret", ""),
            problem=shown.get("problem", ""),
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )
    answer.status_code = 422 if shown.get("problem") else 200
    return answer
