"""Endpoints of programs elsewhere: added, changed, paused, given a new secret, tested, replayed and taken away."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.posting import check_url
from engine.domain.incident import IncidentKind
from engine.domain.notice import CHOOSABLE, NoticeType
from engine.flows.incidents import close_incident
from engine.flows.kit import Kit
from engine.flows.telling import body_of
from engine.flows.webhook_secrets import secret_of
from engine.store import audit, webhooks
from engine.store.database import Connection
from engine.store.webhooks import Endpoint

DESCRIPTION_MAX = 200
ENDPOINTS_MAX = 50


class NoSuchEndpoint(LookupError):
    """There is no endpoint of this id."""


class NoSuchDelivery(LookupError):
    """There is no delivery of this id that could be sent again."""


class BadChoice(ValueError):
    """What was asked for an endpoint can't be; the message says what to do."""


class TooMany(BadChoice):
    """There are as many endpoints as there may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeEndpoint:
    """A new endpoint; its *secret* is shown this once."""

    id: str
    secret: str


def add_endpoint(kit: Kit, *, url: str, types: Collection[str], description: str = "", by: str) -> MadeEndpoint:
    """Tell *url* of *types* from now on; raises `BadEndpoint`, `BadChoice` or `TooMany` with what to do."""
    with kit.database.write() as connection:
        endpoint_id = add_within(kit, connection, url=url, types=types, description=description, by=by)
    kit.database.subscriptions.forget()
    return MadeEndpoint(id=endpoint_id, secret=secret_of(kit, endpoint_id, 1))


def add_within(kit: Kit, connection: Connection, *, url: str, types: Collection[str], description: str, by: str) -> str:
    """Do the same in the caller's transaction, who lets subscriptions be forgotten after it; return the id."""
    tidy = _url(kit, url)
    wanted = _types(types)
    endpoint_id = kit.ids.new()
    if len(webhooks.all_of(connection)) >= ENDPOINTS_MAX:
        raise TooMany(f"There are {ENDPOINTS_MAX} endpoints: take one away first.")
    now = kit.database.now(connection)
    about = {"url": tidy, "types": wanted, "description": description[:DESCRIPTION_MAX]}
    row = {
        **about, "id": endpoint_id, "secret_round": 1, "rotated_at": None, "created_at": now, "created_by": by,
        "paused_at": None, "disabled_at": None, "disabled_reason": "", "failing_since": None,
    }  # fmt: skip
    webhooks.add(connection, row)
    _audit(kit, connection, "webhook.added", endpoint_id, by, now, after=about)
    return endpoint_id


def change_endpoint(
    kit: Kit,
    endpoint_id: str,
    *,
    by: str,
    url: str | None = None,
    types: Collection[str] | None = None,
    description: str | None = None,
) -> None:
    """Change what is said; raises `NoSuchEndpoint`, `BadEndpoint` or `BadChoice`."""
    values: dict[str, Any] = {}
    if url is not None:
        values["url"] = _url(kit, url)
    if types is not None:
        values["types"] = _types(types)
    if description is not None:
        values["description"] = description[:DESCRIPTION_MAX]
    _change(kit, endpoint_id, "webhook.changed", by, lambda _endpoint, _now: values)


def pause_endpoint(kit: Kit, endpoint_id: str, *, by: str) -> None:
    """Keep back what an endpoint would be told, until it is resumed."""
    _change(kit, endpoint_id, "webhook.paused", by, lambda one, now: {"paused_at": one.paused_at or now})


def resume_endpoint(kit: Kit, endpoint_id: str, *, by: str) -> None:
    """Tell an endpoint again that was paused or disabled; what was kept back meanwhile goes at once."""
    values: dict[str, Any] = {"paused_at": None, "disabled_at": None, "disabled_reason": "", "failing_since": None}
    _change(kit, endpoint_id, "webhook.resumed", by, lambda _endpoint, _now: values)
    with kit.database.write() as connection:
        close_incident(kit, connection, IncidentKind.WEBHOOK_DISABLED, endpoint_id)


def rotate_secret(kit: Kit, endpoint_id: str, *, by: str) -> str:
    """Give an endpoint a new secret and return it; the one before signs beside it for a day."""
    with kit.database.write() as connection:
        secret_round = rotate_within(kit, connection, endpoint_id, by=by)
    kit.database.subscriptions.forget()
    return secret_of(kit, endpoint_id, secret_round)


def rotate_within(kit: Kit, connection: Connection, endpoint_id: str, *, by: str) -> int:
    """Do the same in the caller's transaction; return which round the new secret is of."""

    def values_of(one: Endpoint, now: datetime) -> Mapping[str, Any]:
        return {"secret_round": one.secret_round + 1, "rotated_at": now}

    return _change_within(kit, connection, endpoint_id, "webhook.rotated", by, values_of).secret_round + 1


def remove_endpoint(kit: Kit, endpoint_id: str, *, by: str) -> None:
    """Tell an endpoint nothing any more, and drop the log of what it was told; raises `NoSuchEndpoint`."""
    with kit.database.write() as connection:
        found = _locked(connection, endpoint_id)
        now = kit.database.now(connection)
        webhooks.remove(connection, endpoint_id)
        before = {"url": found.url, "types": sorted(found.types)}
        _audit(kit, connection, "webhook.removed", endpoint_id, by, now, before=before)
    kit.database.subscriptions.forget()
    with kit.database.write() as connection:
        close_incident(kit, connection, IncidentKind.WEBHOOK_DISABLED, endpoint_id)


def send_test(kit: Kit, endpoint_id: str, *, by: str) -> str:
    """Tell an endpoint of a test, a paused one once it is resumed; return the delivery's id. Raises `NoSuchEndpoint`."""
    delivery_id = kit.ids.new()
    with kit.database.write() as connection:
        _locked(connection, endpoint_id)
        now = kit.database.now(connection)
        body = body_of(NoticeType.WEBHOOK_TEST, now.isoformat(), {"endpoint_id": endpoint_id})
        row = webhooks.new_row(
            delivery_id=delivery_id,
            endpoint_id=endpoint_id,
            kind=NoticeType.WEBHOOK_TEST,
            lead_id=None,
            body=body,
            at=now,
        )
        webhooks.insert(connection, [row])
        _audit(kit, connection, "webhook.tested", endpoint_id, by, now)
    return delivery_id


def replay_delivery(kit: Kit, delivery_id: str, *, by: str) -> None:
    """Send one delivery again, under its own id; raises `NoSuchDelivery` where it waits anyway, or was erased."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        if not webhooks.replay_one(connection, delivery_id, now):
            raise NoSuchDelivery(delivery_id)
        _audit(kit, connection, "webhook.replayed", delivery_id, by, now)


def replay_failed(kit: Kit, endpoint_id: str, since: datetime, *, by: str) -> int:
    """Send all again that an endpoint did not take since then; return how many. Raises `NoSuchEndpoint`."""
    with kit.database.write() as connection:
        _locked(connection, endpoint_id)
        now = kit.database.now(connection)
        count = webhooks.replay_failed(connection, endpoint_id, since, now)
        after = {"since": since.isoformat(), "count": count}
        _audit(kit, connection, "webhook.replayed", endpoint_id, by, now, after=after)
    return count


def _url(kit: Kit, url: str) -> str:
    return check_url(url, may_be_plain=kit.poster is not None and kit.poster.reaches_inward)


def _types(types: Collection[str]) -> list[str]:
    unknown = sorted(set(types) - set(CHOOSABLE))
    if unknown or not types:
        what = f"There is no type {unknown[0]!r}." if unknown else "Choose at least one type."
        raise BadChoice(f"{what} There are: {', '.join(CHOOSABLE)}.")
    return [one.value for one in CHOOSABLE if one in types]


def _locked(connection: Connection, endpoint_id: str) -> Endpoint:
    found = webhooks.lock(connection, endpoint_id)
    if found is None:
        raise NoSuchEndpoint(endpoint_id)
    return found


ValuesOf = Callable[[Endpoint, datetime], Mapping[str, Any]]


def _change(kit: Kit, endpoint_id: str, action: str, by: str, values_of: ValuesOf) -> None:
    """Set what *values_of* says of the endpoint and now."""
    with kit.database.write() as connection:
        _change_within(kit, connection, endpoint_id, action, by, values_of)
    kit.database.subscriptions.forget()


def _change_within(
    kit: Kit, connection: Connection, endpoint_id: str, action: str, by: str, values_of: ValuesOf
) -> Endpoint:
    """Do the same in the caller's transaction; return the endpoint as it was."""
    found = _locked(connection, endpoint_id)
    now = kit.database.now(connection)
    values = values_of(found, now)
    webhooks.change(connection, endpoint_id, values)
    before = {name: _plain(getattr(found, name)) for name in values}
    after = {name: _plain(value) for name, value in values.items()}
    _audit(kit, connection, action, endpoint_id, by, now, before=before, after=after)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


def _audit(  # noqa: PLR0913 - what the audit log asks for
    kit: Kit,
    connection: Connection,
    action: str,
    subject: str,
    by: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action=action, subject=subject, before=before, after=after
    )
