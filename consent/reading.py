"""Read rules from YAML. Every mistake is told with its file, its rule, its field, and what to write instead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import yaml

from channels.address import Channel
from consent.answer import Outcome
from consent.facts import Purpose, SuppressionReason
from consent.reasons import GateReason
from consent.rule import (
    AddressTerms,
    AttestationTerms,
    CapTerms,
    Check,
    ConfirmationTerms,
    ConsentTerms,
    ContentTerms,
    DutyTerms,
    EmergencyTerms,
    FailsafeTerms,
    GuardTerms,
    HoursTerms,
    Kind,
    NoteTerms,
    ProhibitionTerms,
    RegistryTerms,
    ReviewTerms,
    Rule,
    SuppressionTerms,
    Terms,
    WithdrawalTerms,
)
from consent.written import (
    Unreadable,
    bases_of,
    count_of,
    day_of,
    end_of,
    flag_of,
    intervals_of,
    jurisdictions_of,
    month_days_of,
    name_of,
    span_of,
    start_of,
    text_of,
    texts_of,
    why_of,
    word_of,
    words_of,
    zone_of,
)

Row = dict[str, Any]


class RulebookError(ValueError):
    """A rule can't be read; the message names file, rule, field and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosening:
    """One rule that the business lifts by an attestation; *where* is the place in its file, for messages."""

    rule: str
    attestation: str
    why: str
    where: str


def read_rules(text: str, name: str) -> list[Rule]:
    """Return the rules written in *text*, in their order; *name* is the file's, for messages. Raises `RulebookError`."""
    page = _page(text, name)
    if "loosen" in page:
        raise RulebookError(f"{name}: loosen: only a business's own file may loosen; name it by FIFTHTOUCH_RULEBOOK.")
    return _rules(page, name)


def read_own(text: str, name: str) -> tuple[list[Rule], list[Loosening]]:
    """Return the rules of a business's own file, and what it loosens; raises `RulebookError`."""
    page = _page(text, name)
    rows = page.get("loosen", [])
    if not isinstance(rows, list):
        raise RulebookError(
            f"{name}: loosen: this is no list. Write one `- {{rule: ..., attestation: ..., why: ...}}` for each."
        )
    return _rules(page, name), [_loosening(row, f"{name}: loosen {number}") for number, row in enumerate(rows, 1)]


def _page(text: str, name: str) -> Row:
    try:
        page = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RulebookError(f"{name}: this is no YAML: {error}. Mend it there.") from error
    if not isinstance(page, dict) or not isinstance(page.get("rules", [] if "loosen" in page else None), list):
        raise RulebookError(f"{name}: there is no list of rules. Write `rules:` and one `- id: ...` for each.")
    extra = {str(field) for field in page} - {"rules", "jurisdiction", "loosen"}
    if extra:
        raise RulebookError(
            f"{name}: unknown field {min(extra)}. Beside `rules:` only `jurisdiction:` may stand, and in a business's own file `loosen:`."
        )
    return page


def _rules(page: Row, name: str) -> list[Rule]:
    rows = page.get("rules", [])
    return [_rule(row, page.get("jurisdiction"), f"{name}: rule {number}") for number, row in enumerate(rows, 1)]


_LOOSENING = {"rule", "attestation", "why"}


def _loosening(row: object, where: str) -> Loosening:
    if not isinstance(row, dict):
        raise RulebookError(f"{where}: this is no entry. Write `- {{rule: ..., attestation: ..., why: ...}}`.")
    unknown = sorted({str(field) for field in row} - _LOOSENING)
    if unknown:
        raise RulebookError(
            f"{where}: {unknown[0]}: there is no such field. It may have: {', '.join(sorted(_LOOSENING))}."
        )
    return Loosening(
        rule=_field(row, "rule", where, text_of),
        attestation=_field(row, "attestation", where, name_of),
        why=_field(row, "why", where, why_of),
        where=where,
    )


_COMMON = {
    "id", "jurisdiction", "channels", "purposes", "kind", "citation", "verified", "from", "until", "note",
    "watch", "look_again",
}  # fmt: skip


def _rule(row: object, jurisdiction: object, where: str) -> Rule:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise RulebookError(f"{where}: it has no id. Begin it with `- id: YOUR-NAME-FOR-IT`.")
    where = f"{where.rpartition(': ')[0]}: rule {row['id']}"
    kind = _field(row, "kind", where, lambda value: word_of(Kind, value))
    known, read_terms = _KINDS[kind]
    unknown = sorted({str(field) for field in row} - _COMMON - known)
    if unknown:
        fields = ", ".join(sorted(_COMMON | known))
        raise RulebookError(f"{where}: {unknown[0]}: a rule of kind {kind} has no such field. It may have: {fields}.")
    return Rule(
        id=row["id"],
        jurisdictions=_field({"jurisdiction": jurisdiction} | row, "jurisdiction", where, jurisdictions_of),
        channels=_field(row, "channels", where, lambda value: words_of(Channel, value)),
        purposes=_field({"purposes": ["marketing"]} | row, "purposes", where, lambda value: words_of(Purpose, value)),
        kind=kind,
        terms=read_terms(row, where),
        citation=_field(row, "citation", where, text_of),
        verified=_field(row, "verified", where, flag_of),
        starts_at=_field({"from": None} | row, "from", where, start_of),
        ends_at=_field({"until": None} | row, "until", where, end_of),
        note=_field({"note": ""} | row, "note", where, text_of),
        waivers=_field({"waivers": ()} | row, "waivers", where, texts_of),
        watch=_field({"watch": ""} | row, "watch", where, text_of),
        look_again=_field({"look_again": None} | row, "look_again", where, day_of),
    )


_Value = TypeVar("_Value")


def _field(row: Mapping[str, Any], name: str, where: str, read: Callable[[Any], _Value]) -> _Value:
    if name not in row:
        raise RulebookError(f"{where}: {name}: it is missing. Write `{name}: ...`.")
    try:
        return read(row[name])
    except Unreadable as error:
        raise RulebookError(f"{where}: {name}: {error}") from error


# --- terms, by kind ---------------------------------------------------------------------------------------------------


def _suppression(row: Row, where: str) -> SuppressionTerms:
    return SuppressionTerms(reasons=_field(row, "reasons", where, lambda value: words_of(SuppressionReason, value)))


def _withdrawal(row: Row, where: str) -> WithdrawalTerms:
    return WithdrawalTerms(honour_within=_field({"honour_within": ""} | row, "honour_within", where, text_of))


def _review(row: Row, where: str) -> ReviewTerms:
    return ReviewTerms(every=_field(row, "every", where, span_of))


def _prohibition(row: Row, where: str) -> ProhibitionTerms:
    return ProhibitionTerms(reason=_field(row, "reason", where, lambda value: word_of(GateReason, value)))


def _consent(row: Row, where: str) -> ConsentTerms:
    business = row.get("from_business")
    return ConsentTerms(
        accepts=_field(row, "accepts", where, bases_of),
        from_business=None if business in (None, "anything") else _field(row, "from_business", where, bases_of),
        any_business=business == "anything",
    )


def _registry(row: Row, where: str) -> RegistryTerms:
    return RegistryTerms(
        registry=_field(row, "registry", where, text_of),
        fresh_for=_field(row, "fresh_for", where, span_of) if "fresh_for" in row else None,
        counts_after=_field(row, "counts_after", where, span_of) if "counts_after" in row else timedelta(0),
        excepts=_field(row, "excepts", where, bases_of) if "excepts" in row else {},
        spares_business=_field({"spares_business": False} | row, "spares_business", where, flag_of),
        since_grant=_field({"since_grant": False} | row, "since_grant", where, flag_of),
    )


def _emergency(row: Row, where: str) -> EmergencyTerms:
    return EmergencyTerms(excepts=_field(row, "excepts", where, bases_of))


def _attestation(row: Row, where: str) -> AttestationTerms:
    return AttestationTerms(
        attestation=_field(row, "attestation", where, name_of), asks=_field(row, "asks", where, text_of)
    )


def _content(row: Row, where: str) -> ContentTerms:
    return ContentTerms(checks=_field(row, "checks", where, lambda value: words_of(Check, value)))


def _duty(row: Row, where: str) -> DutyTerms:
    return DutyTerms(kept_by=_field(row, "kept_by", where, text_of))


_DAYS = ("weekdays", "saturday", "sunday")


def _hours(row: Row, where: str) -> HoursTerms:
    weekdays, saturday, sunday = (_field(row, day, where, intervals_of) for day in _DAYS)
    holiday = None if row.get("holidays") == "as usual" else _field(row, "holidays", where, intervals_of)
    calendars = _field({"calendars": ()} | row, "calendars", where, texts_of)
    if holiday is not None and not calendars:
        raise RulebookError(f"{where}: calendars: which holidays? Write for example `calendars: [US-FL]`.")
    if holiday is None and "closed_on" in row:
        raise RulebookError(f"{where}: closed_on: with holidays as usual nothing is closed. Write `holidays: closed`.")
    return HoursTerms(
        week=(weekdays,) * 5 + (saturday, sunday),
        holiday=holiday,
        calendars=calendars,
        closed_on=_field({"closed_on": ()} | row, "closed_on", where, month_days_of),
        zone=_field({"zone": None} | row, "zone", where, zone_of),
    )


def _guard(row: Row, where: str) -> GuardTerms:
    return GuardTerms(minutes=_field(row, "before_close", where, span_of) // timedelta(minutes=1))


def _cap(row: Row, where: str) -> CapTerms:
    return CapTerms(
        touches_max=_field(row, "touches_max", where, count_of),
        within=_field(row, "within", where, span_of),
        counts=_field(row, "counts", where, lambda value: words_of(Channel, value)),
        counts_purposes=_field(
            {"counts_purposes": ["marketing", "service"]} | row,
            "counts_purposes",
            where,
            lambda value: words_of(Purpose, value),
        ),
        full=_field({"full": "hold"} | row, "full", where, lambda value: word_of(Outcome, value)),
        after_refusal=_field(row, "after_refusal", where, span_of) if "after_refusal" in row else None,
    )


def _confirmation(row: Row, where: str) -> ConfirmationTerms:
    return ConfirmationTerms(within=_field(row, "within", where, span_of), apart=_field(row, "apart", where, span_of))


def _failsafe(row: Row, where: str) -> FailsafeTerms:
    return FailsafeTerms(patience=_field(row, "patience", where, span_of))


_HOURS_FIELDS = {*_DAYS, "holidays", "calendars", "closed_on", "zone", "waivers"}
_CAP_FIELDS = {"touches_max", "within", "counts", "counts_purposes", "full", "after_refusal", "waivers"}
_KINDS: dict[Kind, tuple[set[str], Callable[[Row, str], Terms]]] = {
    Kind.ADDRESS: (set(), lambda _row, _where: AddressTerms()),
    Kind.SUPPRESSION: ({"reasons"}, _suppression),
    Kind.WITHDRAWAL: ({"honour_within"}, _withdrawal),
    Kind.REVIEW: ({"every"}, _review),
    Kind.PROHIBITION: ({"reason"}, _prohibition),
    Kind.CONSENT: ({"accepts", "from_business", "waivers"}, _consent),
    Kind.REGISTRY: (
        {"registry", "fresh_for", "counts_after", "excepts", "spares_business", "since_grant", "waivers"},
        _registry,
    ),
    Kind.EMERGENCY: ({"excepts", "waivers"}, _emergency),
    Kind.ATTESTATION: ({"attestation", "asks"}, _attestation),
    Kind.CONTENT: ({"checks"}, _content),
    Kind.DUTY: ({"kept_by"}, _duty),
    Kind.HOURS: (_HOURS_FIELDS, _hours),
    Kind.GUARD: ({"before_close"}, _guard),
    Kind.CAP: (_CAP_FIELDS, _cap),
    Kind.CONFIRMATION: ({"within", "apart"}, _confirmation),
    Kind.FAILSAFE: ({"patience"}, _failsafe),
    Kind.NOTE: (set(), lambda _row, _where: NoteTerms()),
}
