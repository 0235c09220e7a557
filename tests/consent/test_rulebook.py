"""The rulebook: what the packaged rules are, and what is said of rules that can't be read."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from channels.address import Channel
from consent.facts import Purpose
from consent.reasons import GateReason
from consent.rule import Kind
from consent.rulebook import RulebookError, load_rulebook, rulebook_of
from consent.written import started_on
from tests.shared import shared_file

FAILSAFE = """
  - id: FAILSAFE
    jurisdiction: "*"
    kind: failsafe
    channels: all
    purposes: all
    patience: 14 days
    citation: policy
    verified: true
"""

GOOD = {
    "hours": 'weekdays: "10:00-13:00, 14:00-24:00"\nsaturday: closed\nsunday: closed\nholidays: closed\ncalendars: [FR]',
    "cap": "touches_max: 3\nwithin: 24 hours\ncounts: [sms]",
    "consent": "accepts: {express: always, implied_inquiry: 6 months}",
    "suppression": "reasons: [complaint]",
    "withdrawal": "honour_within: 10 days",
    "review": "every: 24 hours",
    "prohibition": "reason: forbidden",
    "guard": "before_close: 15 minutes",
    "confirmation": "within: 5 minutes\napart: 1 day",
    "registry": "registry: a_list\nfresh_for: 31 days\ncounts_after: 60 days\nexcepts: {express: always}\n"
    "spares_business: true\nsince_grant: false",
    "emergency": "excepts: {express: always}",
    "attestation": "attestation: our-word\nasks: We did it.",
    "content": "checks: [opt_out]",
    "duty": "kept_by: the business",
    "failsafe": "patience: 14 days",
    "note": "",
    "address": "",
}


def written(kind: str, terms: str, *, common: str = "channels: [sms]\ncitation: a law\nverified: true") -> str:
    lines = "\n".join(f"    {line}" for line in f"{common}\n{terms}".splitlines())
    return f"jurisdiction: US\nrules:\n  - id: RULE\n    kind: {kind}\n{lines}\n{FAILSAFE}"


@pytest.mark.parametrize("kind", GOOD)
def test_a_rule_of_every_kind_can_be_written(kind: str) -> None:
    rulebook = rulebook_of({"ours.yaml": written(kind, GOOD[kind])})

    assert [rule.kind for rule in rulebook.rules if rule.id == "RULE"] == [kind]


def without(terms: str, field: str) -> str:
    return "\n".join(line for line in terms.splitlines() if not line.startswith(field))


BAD_TERMS = [
    ("hours", "weekdays", 'weekdays: "9-17"', "10:00-13:00, 14:00-20:00"),
    ("hours", "weekdays", 'weekdays: "14:00-15:00, 10:00-11:00"', "in their order"),
    ("hours", "weekdays", "weekdays: 900", "write `closed`"),
    ("hours", "saturday", 'saturday: "13:00-12:00"', "in their order"),
    ("hours", "sunday", "", "it is missing"),
    ("hours", "holidays", "", "it is missing"),
    ("hours", "calendars", "", "which holidays"),
    ("hours", "calendars", "calendars: US", "write a list"),
    ("hours", "closed_on", 'closed_on: ["31-12"]', "days of the year"),
    ("hours", "zone", "zone: Mars/Olympus", "IANA name"),
    ("cap", "touches_max", "touches_max: 0", "from 1 on"),
    ("cap", "touches_max", "touches_max: true", "from 1 on"),
    ("cap", "within", "within: a while", "24 hours"),
    ("cap", "within", "within: 0 hours", "24 hours"),
    ("cap", "counts", "counts: []", "a list of"),
    ("cap", "counts", "counts: [fax]", "'fax' is none of"),
    ("cap", "full", "full: explode", "'explode' is none of"),
    ("consent", "accepts", "accepts: {}", "each basis"),
    ("consent", "accepts", "accepts: {hope: always}", "'hope' is none of"),
    ("consent", "accepts", "accepts: {express: 0 months}", "6 months"),
    ("consent", "accepts", "accepts: {express: 7}", "6 months"),
    ("consent", "from_business", "from_business: nothing", "each basis"),
    ("prohibition", "reason", "reason: because", "'because' is none of"),
    ("suppression", "reasons", "reasons: [mood]", "'mood' is none of"),
    ("withdrawal", "honour_within", "honour_within: 10", "in quotes"),
    ("review", "every", "every: day", "24 hours"),
    ("guard", "before_close", "before_close: soon", "15 minutes"),
    ("confirmation", "apart", "", "it is missing"),
    ("failsafe", "patience", "patience: 14", "30 days"),
    ("registry", "registry", "registry: [a, b]", "write a text"),
    ("registry", "registry", "", "it is missing"),
    ("registry", "fresh_for", "fresh_for: a month", "30 days"),
    ("registry", "counts_after", "counts_after: 60", "30 days"),
    ("registry", "excepts", "excepts: [express]", "each basis"),
    ("registry", "spares_business", "spares_business: sometimes", "true or false"),
    ("registry", "since_grant", "since_grant: 1", "true or false"),
    ("emergency", "excepts", "excepts: {}", "each basis"),
    ("emergency", "excepts", "", "it is missing"),
    ("attestation", "attestation", "attestation: Our Word", "small letters"),
    ("attestation", "attestation", f"attestation: {'a' * 81}", "small letters"),
    ("attestation", "asks", "", "it is missing"),
    ("content", "checks", "checks: [spelling]", "'spelling' is none of"),
    ("content", "checks", "checks: []", "a list of"),
    ("duty", "kept_by", "", "it is missing"),
]


def test_days_that_are_closed_need_hours_for_holidays() -> None:
    text = written("hours", f'{without(GOOD["hours"], "holidays")}\nholidays: as usual\nclosed_on: ["12-24"]')

    with pytest.raises(RulebookError, match="rule RULE: closed_on: with holidays as usual nothing is closed"):
        rulebook_of({"ours.yaml": text})


@pytest.mark.parametrize(("kind", "field", "line", "remedy"), BAD_TERMS)
def test_a_bad_term_names_file_rule_field_and_remedy(kind: str, field: str, line: str, remedy: str) -> None:
    text = written(kind, f"{without(GOOD[kind], field)}\n{line}")

    with pytest.raises(RulebookError) as error:
        rulebook_of({"ours.yaml": text})

    assert str(error.value).startswith(f"ours.yaml: rule RULE: {field}: ")
    assert remedy in str(error.value)


@pytest.mark.parametrize(
    ("field", "line", "remedy"),
    [
        ("kind", "kind: magic", "'magic' is none of"),
        ("channels", "channels: sms", "a list of"),
        ("purposes", "purposes: [fun]", "'fun' is none of"),
        ("jurisdiction", "jurisdiction: Florida", "US-FL"),
        ("jurisdiction", "jurisdiction: []", "US-FL"),
        ("citation", "citation: 15", "in quotes"),
        ("verified", "verified: perhaps", "true or false"),
        ("from", "from: soon", "2026-08-11"),
        ("until", "until: 2026-08-11T10:00:00", "2026-08-11"),
        ("watch", "watch: [a]", "write a text"),
        ("look_again", "look_again: spring", "2026-08-11"),
    ],
)
def test_a_bad_common_field_is_told_the_same_way(field: str, line: str, remedy: str) -> None:
    common = {"kind": "note", "channels": "[sms]", "citation": "a law", "verified": "true"}
    lines = [f"{name}: {value}" for name, value in common.items() if name != field]
    row = "\n".join(f"    {text}" for text in [*lines, line])

    with pytest.raises(RulebookError) as error:
        rulebook_of({"ours.yaml": f"jurisdiction: US\nrules:\n  - id: RULE\n{row}\n{FAILSAFE}"})

    assert str(error.value).startswith(f"ours.yaml: rule RULE: {field}: ")
    assert remedy in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: [", "ours.yaml: this is no YAML"),
        ("- a list", "ours.yaml: there is no list of rules"),
        ("rules: none", "ours.yaml: there is no list of rules"),
        ("rules: []\ncolour: red", "ours.yaml: unknown field colour"),
        ("rules: []\nloosen: []", "ours.yaml: loosen: only a business's own file may loosen"),
        ("rules: [7]", "ours.yaml: rule 1: it has no id"),
        ("rules: [{kind: note}]", "ours.yaml: rule 1: it has no id"),
        (written("note", "colour: red"), "ours.yaml: rule RULE: colour: a rule of kind note has no such field"),
        (written("note", "") + written("note", "").split("rules:")[1], "rule RULE: it is there twice for sms"),
        ("rules: []", "no failsafe rule"),
    ],
)
def test_a_page_that_is_no_rulebook_says_so(text: str, message: str) -> None:
    with pytest.raises(RulebookError, match=message):
        rulebook_of({"ours.yaml": text})


def test_a_file_of_ones_own_adds_rules_and_changes_the_version(tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        'rules:\n  - {id: OURS, jurisdiction: "*", kind: note, channels: all, citation: policy, verified: true}'
    )

    rulebook = load_rulebook(ours)

    assert len(rulebook.rules) == len(load_rulebook().rules) + 1
    assert rulebook.version != load_rulebook().version


def test_a_file_of_ones_own_can_replace_nothing(tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        "rules:\n  - {id: US-TCPA-PEWC, jurisdiction: US, kind: note, channels: [sms], citation: policy, verified: true}"
    )

    with pytest.raises(RulebookError, match="US-TCPA-PEWC: it is there twice for sms"):
        load_rulebook(ours)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="Name a readable UTF-8 file"):
        load_rulebook(tmp_path / "nowhere.yaml")


def test_the_version_stands_for_the_text() -> None:
    text = written("note", "")

    assert rulebook_of({"a.yaml": text}).version == rulebook_of({"a.yaml": text}).version
    assert rulebook_of({"a.yaml": text}).version != rulebook_of({"a.yaml": text + "# more"}).version


def test_notes_and_duties_are_never_asked() -> None:
    for channel in Channel:
        chosen = load_rulebook().rules_for(channel, Purpose.MARKETING, ("US-OH", "DE", "CA"))
        assert not [rule.id for rule in chosen if rule.kind in {Kind.NOTE, Kind.DUTY}]


def test_every_question_ends_with_the_failsafe() -> None:
    for channel in Channel:
        for purpose in Purpose:
            assert load_rulebook().rules_for(channel, purpose, ("??",))[-1].kind is Kind.FAILSAFE


# One entry of the research names two lists; a rule asks about one.
PART_OF = {"UK-CTPS": "UK-TPS"}


def researched() -> dict[str, dict[str, Any]]:
    rows = yaml.safe_load(shared_file("rules/compliance.yaml").read_text(encoding="utf-8"))["rules"]
    return {row["id"]: row for row in rows}


def test_every_packaged_rule_of_law_is_one_of_the_research() -> None:
    """Ids are the shared ones, so that anyone can look up the sources."""
    ids = researched()

    law = {PART_OF.get(rule.id, rule.id): rule for rule in load_rulebook().rules if not rule.is_house}

    assert set(law) == set(ids)
    assert [rule.id for key, rule in law.items() if rule.verified != ids[key]["verified"]] == []


def test_every_rule_holds_where_the_research_says() -> None:
    ids = researched()

    for rule in load_rulebook().rules:
        if not rule.is_house:
            place = ids[PART_OF.get(rule.id, rule.id)]["jurisdiction"]
            assert rule.jurisdictions <= _places(place), rule.id


def _places(place: str) -> set[str]:
    kind, colon, where = place.partition(":")
    if not colon:
        return {"*"} if place == "internet" else {place, "US-unknown"} if place == "US" else {place}
    return {"*"} if kind == "mailbox" or where == "*" else {"*", *where.split("/")}


def test_no_rule_counts_later_than_the_research_says() -> None:
    ids = researched()

    for rule in load_rulebook().rules:
        if rule.starts_at is not None and "effective_from" in ids[rule.id]:
            assert str(started_on(rule.starts_at)) == ids[rule.id]["effective_from"], rule.id


def test_the_hours_are_those_of_the_research() -> None:
    windows = {key: row["parameters"] for key, row in researched().items() if "mon_fri" in row["parameters"]}
    ours = {
        rule.id: rule.terms
        for rule in load_rulebook().rules
        if rule.id in windows and Channel.VOICEMAIL in rule.channels
    }

    def minutes(intervals: list[str]) -> tuple[tuple[int, int], ...]:
        return tuple((int(text[:2]) * 60 + int(text[3:5]), int(text[6:8]) * 60 + int(text[9:])) for text in intervals)

    assert set(windows) == {rule.id for rule in load_rulebook().rules if rule.id in windows}
    for rule_id, terms in ours.items():
        parameters = windows[rule_id].get("voicemail_drop", windows[rule_id])
        week = [minutes(parameters[day]) for day in ("mon_fri", "sat", "sun")]
        holiday = parameters["holiday"]
        assert [terms.week[0], terms.week[5], terms.week[6]] == week, rule_id  # type: ignore[union-attr]
        assert (terms.holiday is None) == (holiday == "same"), rule_id  # type: ignore[union-attr]


def test_every_reason_a_rule_may_give_is_a_word_of_the_list() -> None:
    assert len({reason.value for reason in GateReason}) == len(GateReason)
