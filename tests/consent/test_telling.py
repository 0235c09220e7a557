"""What a rule asks, told in words: lists and the reference page are read by people who have no code before them."""

import pytest

from consent.reading import read_rules
from consent.rule import Kind, Rule
from consent.rulebook import load_rulebook
from consent.telling import asks_of, in_force

HOURS = 'weekdays: "09:00-13:00, 14:05-24:00"\nsaturday: "10:00-12:00"\nsunday: closed'
REGISTRY = "registry: a_list"
CAP = "touches_max: 3\nwithin: 90 minutes\ncounts: [sms, call]"


def one(kind: str, terms: str, dates: str = "") -> Rule:
    lines = "\n".join(f"    {line}" for line in f"{terms}\n{dates}".splitlines())
    text = (
        "rules:\n  - id: RULE\n    jurisdiction: US\n    channels: [sms]\n    citation: a law\n    verified: true\n"
        f"    kind: {kind}\n{lines}\n"
    )
    [rule] = read_rules(text, "ours.yaml")
    return rule


TOLD = [
    ("address", "", "an address"),
    ("note", "", "explains other rules"),
    ("suppression", "reasons: [wrong_number, complaint]", "not suppressed for: complaint, wrong number"),
    ("withdrawal", "", "no stop"),
    ("withdrawal", "honour_within: at once", "no stop"),
    ("withdrawal", "honour_within: 10 days", "no stop (the law allows: 10 days)"),
    ("review", "every: 24 hours", "nothing unread from the lead; asked again every 1 day"),
    ("prohibition", "reason: unknown_country", "never: unknown country"),
    ("consent", "accepts: {express: always, implied_inquiry: 6 months}", "express, implied inquiry for 6 months"),
    ("consent", "accepts: {express: always}\nfrom_business: anything", "express; nothing of a company"),
    (
        "consent",
        "accepts: {express: always}\nfrom_business: {soft_opt_in: 1 month}",
        "express; of a company: soft opt in for 1 month",
    ),
    ("registry", REGISTRY, "not on `a_list`"),
    (
        "registry",
        (
            f"{REGISTRY}\ncounts_after: 28 days\nfresh_for: 12 hours\nsince_grant: true\nexcepts: {{express: always}}\n"
            "spares_business: true"
        ),
        (
            "not on `a_list`; a listing counts after 28 days; a copy no older than 12 hours; "
            "only a listing since the newest consent counts; except after: express; companies are not asked about"
        ),
    ),
    ("emergency", "excepts: {express: always}", "no declared emergency, except after: express"),
    ("attestation", "attestation: our-word\nasks: We did it.", "somebody vouches as `our-word`: We did it"),
    ("content", "checks: [seller_named, opt_out]", "the message passes: opt out, seller named"),
    ("duty", "kept_by: the business", "kept by the business"),
    (
        "hours",
        f"{HOURS}\nholidays: as usual",
        "weekdays 9:00 to 13:00, 14:05 to 24:00; Saturday 10:00 to 12:00; Sunday closed",
    ),
    (
        "hours",
        f'{HOURS}\nholidays: closed\ncalendars: [US, US-FL]\nclosed_on: ["12-24", "01-08"]\nzone: America/Chicago',
        (
            "weekdays 9:00 to 13:00, 14:05 to 24:00; Saturday 10:00 to 12:00; Sunday closed; holidays of US, US-FL closed; "
            "closed on 01-08, 12-24; by the clock of America/Chicago"
        ),
    ),
    ("guard", "before_close: 15 minutes", "15 minutes before the hours close, nothing more"),
    ("cap", CAP, "at most 3 in 90 minutes, counting call, sms"),
    (
        "cap",
        f"{CAP}\nafter_refusal: 60 days",
        "at most 3 in 90 minutes, counting call, sms; 60 days of peace after a refusal",
    ),
    (
        "confirmation",
        "within: 5 minutes\napart: 1 hour",
        "one answer, within 5 minutes, the next after 1 hour",
    ),
    ("failsafe", "patience: 14 days", "given up after 14 days"),
]


@pytest.mark.parametrize(("kind", "terms", "told"), TOLD)
def test_terms_are_told_as_they_were_written(kind: str, terms: str, told: str) -> None:
    assert asks_of(one(kind, terms)) == told


def test_every_kind_is_told() -> None:
    assert {kind for kind, _, _ in TOLD} == set(Kind)


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        ("", ""),
        ("from: 2026-08-11", "from 2026-08-11"),
        ("until: 2027-01-31", "until 2027-01-31"),
        ("from: 2026-08-11\nuntil: 2027-01-31", "from 2026-08-11 until 2027-01-31"),
    ],
)
def test_dates_are_told_as_they_were_written(dates: str, told: str) -> None:
    assert in_force(one("note", "", dates)) == told


def test_no_packaged_rule_is_told_as_something_it_is_not() -> None:
    rules = load_rulebook().rules
    vague = {asks_of(rule): rule.kind for rule in rules if asks_of(rule) in {"an address", "explains other rules"}}

    assert vague == {"an address": Kind.ADDRESS, "explains other rules": Kind.NOTE}
