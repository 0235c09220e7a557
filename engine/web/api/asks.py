"""What integrators send: one model for each request, with an example that works."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from channels.address import Channel
from consent.facts import Basis
from engine.domain.lead import LeadStatus
from engine.flows.happen import OURS
from engine.leadfile.places import region_code
from engine.web.api.texts import (
    Country,
    Custom,
    EmailText,
    End,
    Instant,
    Ip,
    Language,
    Line,
    Name,
    Note,
    NoteText,
    Page,
    PhoneText,
    Program,
    Strict,
    Word,
    Wording,
    Zone,
    read_email,
    read_phone,
    refuse,
)

CONSENTS_MAX = 10
COST_MAX = 2**31 - 1
REACHED_BY = (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL)
EVENT_NAME = r"^[a-z0-9]+(?:[-_.][a-z0-9]+)*$"


def reached_by(channel: Channel) -> Channel:
    """Return *channel*; refuses one by which nobody is asked for consent."""
    if channel not in REACHED_BY:
        raise refuse("Nobody is asked for consent to this.", f"Send one of {', '.join(REACHED_BY)}.")
    return channel


def _is_some(basis: Basis) -> Basis:
    if basis is Basis.NONE:
        raise refuse("This is no consent.", "Leave it out: what was not given is not sent.")
    return basis


class ConsentIn(Strict):
    """Permission as the lead gave it: an unchecked box is no consent, so leave it out."""

    channel: Annotated[Channel, AfterValidator(reached_by)] = Field(description="email, sms, voicemail or call.")
    basis: Annotated[Basis, AfterValidator(_is_some)] = Field(default=Basis.EXPRESS, description="How they agreed.")
    wording: Wording = Field(description="The exact words that were shown beside the box, or said.")
    page: Page = Field(default="", description="The page it was given on.")
    ip: Ip = Field(default="", description="From where, as your server saw it.")
    user_agent: Program = Field(default="", description="With which program, as your server saw it.")
    form: Line = Field(default="", description="The name or number of your form.")
    revision: Line = Field(default="", description="Which version of the form it was: a hash, a date.")
    act: Line = Field(default="", description="What they did: the box they ticked, the name they typed.")
    seller: Line = Field(default="", description="Your company's name as it stood there.")
    evidence: Line = Field(default="", description="Where more is kept: a recording, a certificate.")
    topic: Word | None = Field(default=None, description="What it is about, if it is not about everything.")
    expires_at: End | None = Field(default=None, description="When it ends, if an end was stated.")
    at: Instant | None = Field(default=None, description="When; now, if left out.")


class LeadIn(Strict):
    """A lead: at least an email address or a phone number."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "email": "ann@example.com",
                    "phone": "(503) 555-0123",
                    "country": "US",
                    "region": "OR",
                    "first_name": "Ann",
                    "interest": "heat-pump",
                    "source": "web-form",
                    "consents": [
                        {
                            "channel": "sms",
                            "basis": "express_written",
                            "wording": "Text me about my request. Reply STOP to end.",
                            "page": "https://alderfinch.example.com/contact",
                            "ip": "192.0.2.1",
                        }
                    ],
                }
            ]
        },
    )

    email: EmailText | None = Field(default=None, description="Where to write to.")
    country: Country | None = Field(default=None, description="Where they live: an ISO 3166 code or a name.")
    phone: PhoneText | None = Field(
        default=None, description="With + and the country code, or as dialled in `country`."
    )
    first_name: Name = Field(default="", description="Given name.")
    last_name: Name = Field(default="", description="Family name.")
    company: Line = Field(default="", description="Company.")
    region: Name | None = Field(default=None, description="Part of the country, such as FL.")
    zone: Zone | None = Field(default=None, description="IANA time zone, if they told it.")
    language: Language = Field(default="en", description="BCP 47, such as es.")
    interest: Line = Field(default="", description="What they asked about.")
    source: Word = Field(default="api", description="Where they came from; sequences may ask for it.")
    cost_cents: int = Field(default=0, ge=0, le=COST_MAX, strict=True, description="What this lead cost.")
    custom: Custom = Field(default_factory=dict, description="Further fields, for conditions and templates.")
    note: Note = Field(default="", description="Something to remember.")
    consents: list[ConsentIn] = Field(default=[], max_length=CONSENTS_MAX, description="What they allowed.")

    @field_validator("email")
    @classmethod
    def _email(cls, value: str | None) -> str | None:
        return read_email(value) if value else None

    @field_validator("phone")
    @classmethod
    def _phone(cls, value: str | None, known: ValidationInfo) -> str | None:
        return read_phone(value, known.data.get("country")) if value else None

    @field_validator("region")
    @classmethod
    def _region(cls, value: str | None, known: ValidationInfo) -> str | None:
        return region_code(value, known.data.get("country")) if value else None

    @model_validator(mode="after")
    def _is_reached(self) -> "LeadIn":
        if not self.email and not self.phone:
            raise refuse("A lead needs an address.", "Send an email, a phone, or both.", field="email")
        return self


class LeadPatch(Strict):
    """What to change of a lead: fields left out stay; null or an empty text takes one away."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"company": "Alder & Finch", "custom": {"roof_type": "slate"}},
                {"status": "qualified", "owner": ""},
            ]
        },
    )

    email: EmailText | None = Field(default=None, description="Where to write to; one of both addresses must stay.")
    country: Country | None = Field(default=None, description="Where they live: an ISO 3166 code or a name.")
    phone: PhoneText | None = Field(
        default=None, description="With + and the country code, or as dialled in the country."
    )
    first_name: Name | None = Field(default=None, description="Given name.")
    last_name: Name | None = Field(default=None, description="Family name.")
    company: Line | None = Field(default=None, description="Company.")
    region: Name | None = Field(default=None, description="Part of the country, such as FL.")
    zone: Zone | None = Field(default=None, description="IANA time zone.")
    language: Language | None = Field(default=None, description="BCP 47, such as es; it can't be taken away.")
    interest: Line | None = Field(default=None, description="What they asked about.")
    status: LeadStatus | None = Field(default=None, description="How far they have come; it can't be taken away.")
    owner: Line | None = Field(default=None, description="Who looks after them: a user's id.")
    custom: Custom = Field(
        default_factory=dict, description="Further fields to set, null to take one away; others stay."
    )

    @model_validator(mode="after")
    def _keeps(self) -> "LeadPatch":
        for name in ("language", "status"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise refuse("This can't be taken away.", "Send another, or leave it out.", field=name)
        return self


class NoteIn(Strict):
    """Something to remember."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"body": "Asked for a call after six."}]})

    body: NoteText = Field(description="Plain text.")


class EnrollmentIn(Strict):
    """A sequence to enter."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"sequence": "five-days-then-weekly"}]})

    sequence: Word = Field(description="Its name, as `GET /sequences` tells it.")


def _is_free(name: str) -> str:
    if name in OURS:
        raise refuse(f"'{name}' can't be told from outside.", OURS[name])
    return name


class EventIn(Strict):
    """Something that happened to a lead, by a name of your own."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "visited-pricing", "detail": {"plan": "gold"}},
                {"name": "booked", "detail": {"at": "2026-03-05T14:00:00-05:00"}},
            ]
        },
    )

    name: Annotated[str, AfterValidator(_is_free)] = Field(
        pattern=EVENT_NAME,
        max_length=80,
        description="Small letters, digits and single dashes: what sequences `wait for`, branch on, leave and enter by. "
        "`booked` and `customer` also say how far the lead has come.",
    )
    at: Instant | None = Field(default=None, description="When it happened; now, if left out.")
    detail: Custom = Field(
        default_factory=dict,
        description="What else is worth keeping. `at` is the lead's appointment, as 2026-03-05T14:00:00-05:00, or null where it "
        "was called off; a date of another name that a sequence goes by is set by that name.",
    )
