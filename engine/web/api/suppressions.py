"""Suppressions: addresses that must not be used, whoever has them; kept as keyed hashes alone."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from channels.address import Address, AddressKind, Channel, kind_of
from consent.facts import SuppressionReason
from engine.flows.suppress_addresses import Wanted, suppress
from engine.store import dossiers, listings
from engine.store.pages import Row
from engine.web.api.answers import Answer
from engine.web.api.carrying import ThisCarrier
from engine.web.api.paging import ThisOnward, TimedQuery
from engine.web.api.permits import CONSENT_READ, CONSENT_WRITE
from engine.web.api.texts import Country, EmailText, PhoneText, Strict, read_email, read_phone, refuse
from engine.web.edge import ThisEdge

router = APIRouter(tags=["Suppressions"])
CREATED, OK = 201, 200


class SuppressionOut(Answer):
    """One address that must not be used."""

    id: str
    kind: AddressKind
    key: str = Field(
        description="The address as a keyed hash: the same address has the same, and nobody reads it back."
    )
    channel: Channel | None = Field(description="Null for every channel of the address.")
    reason: SuppressionReason
    source: str
    at: datetime


class SuppressionsOut(Answer):
    """Suppressions, the latest first."""

    suppressions: list[SuppressionOut]
    next: str | None = Field(description="Send it as `after` for the earlier ones; null at the end.")


class AddressIn(Strict):
    """One address."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"email": "ann@example.com"}]})

    email: EmailText | None = Field(default=None, description="An email address; or else a phone number.")
    country: Country | None = Field(default=None, description="Where the number is dialled, such as US.")
    phone: PhoneText | None = Field(default=None, description="With + and the country code, or as dialled there.")

    @field_validator("email")
    @classmethod
    def _email(cls, value: str | None) -> str | None:
        return read_email(value) if value else None

    @field_validator("phone")
    @classmethod
    def _phone(cls, value: str | None, known: ValidationInfo) -> str | None:
        return read_phone(value, known.data.get("country")) if value else None

    @model_validator(mode="after")
    def _is_one(self) -> "AddressIn":
        if bool(self.email) == bool(self.phone):
            raise refuse("Name one address.", "Send an email or a phone, and not both.", field="email")
        return self

    @property
    def address(self) -> Address:
        """The address that is meant."""
        return Address.email(self.email) if self.email else Address.phone(self.phone or "")


class SuppressionIn(AddressIn):
    """An address that must not be used any more."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"email": "ann@example.com", "reason": "opted_out"},
                {"phone": "+15035550123", "reason": "wrong_number"},
            ]
        },
    )

    reason: SuppressionReason = Field(description="Why.")
    channel: Channel | None = Field(default=None, description="Only this channel; else every channel of the address.")

    @model_validator(mode="after")
    def _fits(self) -> "SuppressionIn":
        if self.channel is not None and kind_of(self.channel) is not self.address.kind:
            raise refuse(
                "This channel does not go to such an address.", "Leave it out, or name another.", field="channel"
            )
        return self


class SuppressionAddedOut(Answer):
    """What became of it; when this is answered, nothing more can leave to the address."""

    is_new: bool = Field(description="False when the same stood against it already.")


class CheckOut(Answer):
    """Whether an address may be used."""

    is_suppressed: bool
    suppressions: list[SuppressionOut] = Field(description="What stands against it, oldest first.")


class SuppressionQuery(TimedQuery):
    """Which suppressions."""

    kind: AddressKind | None = Field(default=None, description="Of email addresses, or of phone numbers.")
    reason: SuppressionReason | None = Field(default=None, description="For this reason.")


@router.get("/v1/suppressions", summary="List suppressions", dependencies=[CONSENT_READ])
def list_suppressions(
    edge: ThisEdge, onward: ThisOnward, query: Annotated[SuppressionQuery, Query()]
) -> SuppressionsOut:
    """Return the addresses that must not be used, the latest first; each as its keyed hash."""
    wanted = query.wanted(kind=query.kind, reason=query.reason)
    with edge.kit.database.read() as connection:
        page = listings.list_suppressions(connection, wanted, start=query.start, rows=query.limit)
    return SuppressionsOut(suppressions=[_out(row) for row in page.rows], next=onward(page.next))


@router.post(
    "/v1/suppressions",
    status_code=CREATED,
    response_model=SuppressionAddedOut,
    summary="Suppress an address",
    dependencies=[CONSENT_WRITE],
    responses={OK: {"model": SuppressionAddedOut, "description": "The same stood against it already."}},
)
def suppress_address(body: SuppressionIn, carrier: ThisCarrier) -> Response:
    """Stop using an address, for every lead that has it now or later; when this is answered, nothing more can leave."""

    def work() -> tuple[int, SuppressionAddedOut]:
        wanted = Wanted(address=body.address, reason=body.reason, channel=body.channel)
        is_new = suppress(carrier.edge.kit, [wanted], by=carrier.caller.by) > 0
        return CREATED if is_new else OK, SuppressionAddedOut(is_new=is_new)

    return carrier.carry_apart(body, work)


@router.post("/v1/suppressions/check", summary="Check an address", dependencies=[CONSENT_READ])
def check_address(body: AddressIn, edge: ThisEdge) -> CheckOut:
    """Say whether an address may be used. It is sent in the body, so that it stands in no log of addresses."""
    address = body.address
    with edge.kit.database.read() as connection:
        key = edge.kit.address_key.key_of(address.kind, address.value)
        rows = dossiers.suppressions_of_key(connection, address.kind, key)
    return CheckOut(is_suppressed=bool(rows), suppressions=[_out(row) for row in rows])


def _out(row: Row) -> SuppressionOut:
    told = {name: row[name] for name in SuppressionOut.model_fields}
    return SuppressionOut(**{**told, "channel": row["channel"] or None})
