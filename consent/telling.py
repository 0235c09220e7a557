"""Say in words what a rule asks, for lists and reference pages. The gate's own answers are values, and made elsewhere."""

from collections.abc import Mapping
from datetime import timedelta
from typing import assert_never

from consent.facts import Basis
from consent.rule import (
    AttestationTerms,
    CapTerms,
    ConfirmationTerms,
    ConsentTerms,
    ContentTerms,
    DutyTerms,
    EmergencyTerms,
    FailsafeTerms,
    GuardTerms,
    HoursTerms,
    Interval,
    ProhibitionTerms,
    RegistryTerms,
    ReviewTerms,
    Rule,
    SuppressionTerms,
    WithdrawalTerms,
)
from consent.written import ended_on, started_on


def asks_of(rule: Rule) -> str:
    """Return what *rule* asks, as a phrase without a full stop."""
    match rule.terms:
        case ProhibitionTerms(reason=reason):
            return f"never: {_words(reason)}"
        case ConsentTerms() as terms:
            return _consent(terms)
        case RegistryTerms() as terms:
            return _registry(terms)
        case EmergencyTerms(excepts=excepts):
            return f"no declared emergency, except after: {_bases(excepts)}"
        case AttestationTerms(attestation=name, asks=asks):
            return f"somebody vouches as `{name}`: {asks.rstrip('.')}"
        case ContentTerms(checks=checks):
            return f"the message passes: {_listed(checks)}"
        case DutyTerms(kept_by=kept_by):
            return f"kept by {kept_by}"
        case SuppressionTerms() | WithdrawalTerms() | ReviewTerms() as terms:
            return _of_the_lead(terms)
        case _:
            return _time_of(rule)


def _of_the_lead(terms: SuppressionTerms | WithdrawalTerms | ReviewTerms) -> str:
    match terms:
        case SuppressionTerms(reasons=reasons):
            return f"not suppressed for: {_listed(reasons)}"
        case WithdrawalTerms(honour_within=within):
            return "no stop" + (f" (the law allows: {within})" if within not in {"", "at once"} else "")
        case ReviewTerms(every=every):
            return f"nothing unread from the lead; asked again every {_span(every)}"
    assert_never(terms)


def _time_of(rule: Rule) -> str:
    match rule.terms:
        case HoursTerms() as terms:
            return _hours(terms)
        case GuardTerms(minutes=minutes):
            return f"{minutes} minutes before the hours close, nothing more"
        case CapTerms() as terms:
            peace = f"; {_span(terms.after_refusal)} of peace after a refusal" if terms.after_refusal else ""
            return f"at most {terms.touches_max} in {_span(terms.within)}, counting {_listed(terms.counts)}{peace}"
        case ConfirmationTerms(within=within, apart=apart):
            return f"one answer, within {_span(within)}, the next after {_span(apart)}"
        case FailsafeTerms(patience=patience):
            return f"given up after {_span(patience)}"
        case _:
            return "explains other rules" if rule.kind == "note" else "an address"


def in_force(rule: Rule) -> str:
    """Return from when and until when *rule* counts, as dates; empty where it has no limits."""
    since = f"from {started_on(rule.starts_at)}" if rule.starts_at else ""
    until = f"until {ended_on(rule.ends_at)}" if rule.ends_at else ""
    return f"{since} {until}".strip()


def _consent(terms: ConsentTerms) -> str:
    if terms.any_business:
        return f"{_bases(terms.accepts)}; nothing of a company"
    if terms.from_business:
        return f"{_bases(terms.accepts)}; of a company: {_bases(terms.from_business)}"
    return _bases(terms.accepts)


def _registry(terms: RegistryTerms) -> str:
    told = [f"not on `{terms.registry}`"]
    if terms.counts_after:
        told.append(f"a listing counts after {_span(terms.counts_after)}")
    if terms.fresh_for is not None:
        told.append(f"a copy no older than {_span(terms.fresh_for)}")
    if terms.since_grant:
        told.append("only a listing since the newest consent counts")
    if terms.excepts:
        told.append(f"except after: {_bases(terms.excepts)}")
    if terms.spares_business:
        told.append("companies are not asked about")
    return "; ".join(told)


def _hours(terms: HoursTerms) -> str:
    told = [f"weekdays {_day(terms.week[0])}", f"Saturday {_day(terms.week[5])}", f"Sunday {_day(terms.week[6])}"]
    if terms.holiday is not None:
        told.append(f"holidays of {', '.join(terms.calendars)} {_day(terms.holiday)}")
    if terms.closed_on:
        told.append("closed on " + ", ".join(f"{month:02}-{day:02}" for month, day in sorted(terms.closed_on)))
    if terms.zone:
        told.append(f"by the clock of {terms.zone}")
    return "; ".join(told)


def _day(intervals: tuple[Interval, ...]) -> str:
    return ", ".join(f"{_clock(start)} to {_clock(end)}" for start, end in intervals) or "closed"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _bases(bases: Mapping[Basis, int | None]) -> str:
    return ", ".join(
        _words(basis) if months is None else f"{_words(basis)} for {_counted(months, 'month')}"
        for basis, months in bases.items()
    )


def _listed(words: frozenset[str]) -> str:
    return ", ".join(_words(word) for word in sorted(words))


def _words(word: str) -> str:
    return word.replace("_", " ")


def _span(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        if minutes % size == 0:
            return _counted(minutes // size, unit)
    return _counted(minutes, "minute")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"
