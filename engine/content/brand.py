"""The brand: who is writing, as `brand.yaml` says it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.content.front_matter import read_mapping
from engine.content.problems import ContentErrors, Problem, did_you_mean
from engine.domain.timing import SendWindow, TimingError, parse_window
from engine.domain.timing.places import zone_info

BRAND_FILE = "brand.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A salesperson as leads meet them; *id* is what `lead.owner` holds."""

    id: str
    name: str
    title: str = ""
    phone: str = ""
    email: str = ""

    def variables(self) -> dict[str, str]:
        """Return what templates may say of the owner."""
        first_name = self.name.split()[0]
        return {
            "name": self.name,
            "first_name": first_name,
            "title": self.title,
            "phone": self.phone,
            "email": self.email,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderIdentity:
    """Who a channel's messages come from: a mailbox or a number, and the name shown with it."""

    address: str
    name: str = ""
    reply_to: str = ""


OFFICE_HOURS: Mapping[str, str] = {"days": "weekdays", "hours": "09:00-17:00"}
"""When a telephone is answered where the brand does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The seller in its own words.

    *variables* is what templates see as `brand`; *senders* is by channel name; *interests* gives each value of
    `lead.interest` the words a sentence can use; *answering* says when somebody answers the telephone, and by which
    clock; *topics* gives each topic of a sequence the words a lead chooses by, by language; *trade* names the folder in
    `trades/` whose files stand before those at the top.
    """

    variables: Mapping[str, Any]
    owners: tuple[Owner, ...]
    senders: Mapping[str, SenderIdentity] = field(default_factory=dict)
    interests: Mapping[str, str] = field(default_factory=dict)
    answering: Mapping[str, Any] = field(default_factory=dict)
    topics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    domains: tuple[str, ...] = ()  # the seller's web domains beside those of its pages
    trade: str = ""

    @staticmethod
    def names() -> frozenset[str]:
        """Return the names that templates may use of a brand."""
        return _TEXTS | {"colors"}

    @property
    def constants(self) -> dict[str, str]:
        """What the brand says, by the placeholder that asks for it."""
        colors = {f"brand.colors.{name}": color for name, color in self.variables["colors"].items()}
        return {f"brand.{name}": text for name, text in self.variables.items() if name != "colors" and text} | colors

    @property
    def name(self) -> str:
        """The name leads know the seller by."""
        return str(self.variables["name"])

    @property
    def locale(self) -> str:
        """The language of templates without a suffix."""
        return str(self.variables["locale"])

    @property
    def postal_address(self) -> str:
        """Where the seller gets paper mail; every marketing email must show it."""
        return str(self.variables["postal_address"])

    @property
    def opt_out_phone(self) -> str:
        """A toll-free number where a machine takes stops day and night; recorded messages in the US must say one."""
        return str(self.variables["opt_out_phone"])

    @property
    def booking_url(self) -> str:
        """Where a lead picks a time."""
        return str(self.variables["booking_url"])

    @property
    def answering_window(self) -> SendWindow:
        """When somebody answers the telephone."""
        return _window(self.answering or OFFICE_HOURS)

    @property
    def answering_zone(self) -> str | None:
        """The clock that counts for it; None where the brand names none."""
        zone: str | None = self.answering.get("zone")
        return zone

    def topic_words(self, topic: str, language: str) -> str:
        """Return what a lead chooses *topic* by, in *language* or the brand's own; its name where nobody wrote any."""
        said = self.topics.get(topic, {})
        plain = topic.replace("-", " ").replace("_", " ").capitalize()
        return said.get(language.partition("-")[0]) or said.get(self.locale) or next(iter(said.values()), plain)

    def owner(self, owner_id: str) -> Owner:
        """Return the owner with that id, else the first: somebody always signs."""
        return next((owner for owner in self.owners if owner.id == owner_id), self.owners[0])

    def to_json(self) -> dict[str, Any]:
        """Return the brand in the shape of its file."""
        texts = {name: value for name, value in self.variables.items() if value != ""}
        return {
            **texts,
            "owners": [_filled(owner, ("id", "name", "title", "phone", "email")) for owner in self.owners],
            "senders": {
                channel: _filled(sender, ("address", "name", "reply_to")) for channel, sender in self.senders.items()
            },
            "interests": dict(self.interests),
            "answering": dict(self.answering),
            **({"domains": list(self.domains)} if self.domains else {}),
            **({"trade": self.trade} if self.trade else {}),
            **({"topics": {topic: dict(said) for topic, said in self.topics.items()}} if self.topics else {}),
        }


_MUST = frozenset({"name", "postal_address", "phone", "website", "booking_url", "locale"})
_TEXTS = _MUST | {
    "legal_name",
    "opt_out_phone",
    "voice",
    "logo_text",
    "tagline",
    "hours",
    "area",
    "currency",
    "privacy_url",
    "licence",
    "review_url",
}
_REST = frozenset({"colors", "owners", "senders", "interests", "answering", "topics", "domains", "trade"})


def parse_brand(text: str, file: str = BRAND_FILE) -> Brand:
    """Read the brand from the YAML of *file*; raises `ContentErrors` naming every fault."""
    found = read_mapping(text, file)
    return brand_from(found.values, found.lines, file)


def brand_from(values: Mapping[str, Any], lines: Mapping[str, int] | None = None, file: str = BRAND_FILE) -> Brand:
    """Return the brand that *values* describe, in the shape of the file; raises `ContentErrors`."""
    lines = lines or {}
    problems = [
        Problem(file=file, line=lines.get(key), message=message, remedy=remedy)
        for key, message, remedy in _faults(values)
    ]
    if problems:
        raise ContentErrors(problems)
    texts = {name: str(values.get(name, "")).strip() for name in sorted(_TEXTS)}
    return Brand(
        variables={**texts, "colors": dict(values.get("colors", {}))},
        owners=tuple(Owner(**owner) for owner in values["owners"]),
        senders={channel: SenderIdentity(**sender) for channel, sender in values.get("senders", {}).items()},
        interests=dict(values.get("interests", {})),
        answering=dict(values.get("answering", {})),
        domains=tuple(domain.lower() for domain in values.get("domains", ())),
        trade=values.get("trade", ""),
        topics={topic: dict(said) for topic, said in values.get("topics", {}).items()},
    )


def _says_by_language(said: Any) -> bool:
    return (
        isinstance(said, Mapping)
        and bool(said)
        and all(isinstance(word, str) for pair in said.items() for word in pair)
    )


def _faults(values: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return each fault as key, message and remedy."""
    known = _TEXTS | _REST
    faults = [(key, f"Unknown field {key}.", did_you_mean(key, known)) for key in values if key not in known]
    faults += [(key, f"The brand has no {key}.", f"Add {key}: ...") for key in sorted(_MUST - _said(values))]
    faults += [
        (key, f"{key} must be text.", "Put the value in quotes.")
        for key in sorted(_TEXTS & set(values))
        if not isinstance(values[key], str | int | float)
    ]
    if not isinstance(values.get("owners"), list) or not values["owners"]:
        faults.append(("owners", "The brand has no owners.", "List at least one person who looks after leads."))
    else:
        for owner in values["owners"]:
            faults += _entry_faults("owners", owner, {"id", "name", "title", "phone", "email"}, {"id", "name"})
    for key in ("senders", "interests", "colors"):
        if not isinstance(values.get(key, {}), Mapping):
            faults.append((key, f"{key} must be a mapping.", f"Write `name: value` lines under {key}."))
        elif key == "senders":
            for sender in values.get(key, {}).values():
                faults += _entry_faults(key, sender, {"address", "name", "reply_to"}, {"address"})
        else:
            texts = values.get(key, {}).values()
            faults += [
                (key, f"{key} must hold texts.", "Put the value in quotes.") for v in texts if not isinstance(v, str)
            ]
    return faults + _form_faults(values) + _answering_faults(values.get("answering", {}))


def _form_faults(values: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what is wrong with the fields that must have a form of their own."""
    faults: list[tuple[str, str, str]] = []
    domains = values.get("domains", [])
    if not isinstance(domains, list) or not all(isinstance(domain, str) for domain in domains):
        faults.append(("domains", "domains must be a list of web domains.", "Write `domains: [example.com]`."))
    if not re.fullmatch("([A-Z]{3})?", str(values.get("currency", ""))):
        faults.append(
            ("currency", "currency must be three capital letters.", "Write `currency: USD`, as ISO 4217 has it.")
        )
    if not isinstance(values.get("trade", ""), str):
        faults.append(("trade", "trade must be text.", "Name a folder of trades/, such as `trade: home-services`."))
    topics = values.get("topics", {})
    if not isinstance(topics, Mapping) or not all(_says_by_language(said) for said in topics.values()):
        faults.append(("topics", "topics must hold words by language.", "Write `tips: {en: Tips and guides}`."))
    return faults


def _answering_faults(answering: Any) -> list[tuple[str, str, str]]:
    remedy = 'Write it as answering: {days: weekdays, hours: "08:00-17:00", zone: America/New_York}.'
    if not isinstance(answering, Mapping) or not set(answering) <= {"days", "hours", "zone"}:
        return [("answering", "answering must say days, hours and zone.", remedy)]
    try:
        if answering:
            _window(answering)
            zone_info(str(answering.get("zone", "UTC")))
    except TimingError as error:
        return [("answering", f"answering can't be read: {error}.", remedy)]
    return []


def _window(answering: Mapping[str, Any]) -> SendWindow:
    said = {name: value for name, value in answering.items() if name != "zone"}
    return parse_window(said or "any")


def _said(values: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(key for key, value in values.items() if value not in (None, "", [], {}))


def _entry_faults(key: str, entry: Any, known: set[str], must: set[str]) -> list[tuple[str, str, str]]:
    if not isinstance(entry, Mapping) or not all(isinstance(value, str) and value.strip() for value in entry.values()):
        return [(key, f"An entry of {key} must be a mapping of texts.", f"Give it {', '.join(sorted(must))}.")]
    faults = [
        (key, f"Unknown field {name} in {key}.", did_you_mean(str(name), known)) for name in entry if name not in known
    ]
    faults += [(key, f"An entry of {key} has no {name}.", f"Add {name}: ...") for name in sorted(must - set(entry))]
    return faults


def _filled(value: Owner | SenderIdentity, names: tuple[str, ...]) -> dict[str, str]:
    return {name: text for name in names if (text := getattr(value, name))}
