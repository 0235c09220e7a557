"""A business's own file: what it may lift by an attestation, what it may not, and what the gate makes of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from channels.address import Channel
from consent.answer import Answer
from consent.facts import Attestation, GateFacts, TouchFact
from consent.gate import decide
from consent.loosening import LOOSENABLE
from consent.rule import CapTerms, Kind
from consent.rulebook import Rulebook, RulebookError, load_rulebook
from tests.consent import asking

NOW = asking.MONDAY
day = timedelta(days=1)


def book(folder: Path, text: str) -> Rulebook:
    own = folder / "own.yaml"
    own.write_text(text, encoding="utf-8")
    return load_rulebook(own)


def loosen(rule: str, attestation: str = "counsel-2026") -> str:
    return f"loosen:\n  - {{rule: {rule}, attestation: {attestation}, why: Counsel said so.}}\n"


def vouched(name: str = "counsel-2026", *, expires_at_days: int | None = None) -> Attestation:
    expires_at = None if expires_at_days is None else NOW + expires_at_days * day
    return Attestation(id="word", name=name, at=NOW - day, by="Dana", expires_at=expires_at)


def ask_washington(rules: Rulebook, *words: Attestation) -> Answer:
    facts = GateFacts(consents=(asking.granted(Channel.VOICEMAIL),), attestations=words)
    question = asking.request(Channel.VOICEMAIL, "US-WA", zones=("America/Los_Angeles",))
    return decide(question, facts, rules, NOW)


def test_without_the_attestation_nothing_is_loosened(tmp_path: Path) -> None:
    rules = book(tmp_path, loosen("US-WA-ADAD-BAN"))

    assert ask_washington(rules).rule == "US-WA-ADAD-BAN"
    assert ask_washington(rules, vouched("something-else")).rule == "US-WA-ADAD-BAN"
    assert ask_washington(rules, vouched(expires_at_days=0)).rule == "US-WA-ADAD-BAN"


def test_with_the_attestation_the_rule_allows_and_says_by_whose_word(tmp_path: Path) -> None:
    answer = ask_washington(book(tmp_path, loosen("US-WA-ADAD-BAN")), vouched())

    assert asking.rule(answer, "US-WA-ADAD-BAN").inputs["waived_by"] == "counsel-2026"
    assert asking.rule(answer, "US-WA-ADAD-BAN").outcome == "allow"
    # Nine in the morning in Los Angeles: nothing else is in the way.
    assert answer.outcome == "allow"


def test_an_attestation_lifts_nothing_where_no_file_says_so() -> None:
    assert ask_washington(load_rulebook(), vouched()).rule == "US-WA-ADAD-BAN"


def test_lifted_hours_do_not_come_back_by_the_guard(tmp_path: Path) -> None:
    rules = book(tmp_path, loosen("US-FL-HOURS"))
    question = asking.request(Channel.SMS, "US-FL", zones=("America/New_York",))
    evening = NOW.replace(day=24, hour=1)  # 20:00 in New York: Florida has closed, the country not before 21:00
    facts = GateFacts(consents=(asking.granted(),))

    held = decide(question, facts, rules, evening)
    lifted = decide(question, GateFacts(consents=facts.consents, attestations=(vouched(),)), rules, evening)

    assert (held.outcome, held.rule) == ("hold", "US-FL-HOURS")
    assert lifted.outcome == "allow"


@pytest.mark.parametrize(("expires_at_days", "until_hours"), [(None, 1), (0, 13)])
def test_a_hold_reckons_with_what_is_lifted(tmp_path: Path, expires_at_days: int | None, until_hours: int) -> None:
    """A cap frees at 20:00; Florida's hours, if they count, let it wait until 8:00 on the next morning."""
    rules = book(tmp_path, loosen("US-FL-HOURS"))
    question = asking.request(Channel.CALL, "US-FL", zones=("America/New_York",))
    evening = NOW.replace(day=24, hour=0)  # 19:00 in New York
    freed_at = evening + timedelta(hours=1)
    seen = tuple(TouchFact(channel=Channel.CALL, at=freed_at - day) for _ in range(3))
    word = vouched(expires_at_days=expires_at_days)
    facts = GateFacts(consents=(asking.granted(Channel.CALL),), touches=seen, attestations=(word,))

    answer = decide(question, facts, rules, evening)

    assert answer.until == evening + timedelta(hours=until_hours)


def test_an_attestation_that_runs_out_while_waiting_lifts_nothing_then(tmp_path: Path) -> None:
    rules = book(tmp_path, loosen("US-WA-ADAD-BAN"))
    night = NOW.replace(day=24, hour=6)  # 22:00 in Los Angeles
    facts = GateFacts(
        consents=(asking.granted(Channel.VOICEMAIL),),
        attestations=(Attestation(id="word", name="counsel-2026", at=NOW, by="Dana", expires_at=night + day / 4),),
    )
    question = asking.request(Channel.VOICEMAIL, "US-WA", zones=("America/Los_Angeles",))

    answer = decide(question, facts, rules, night)

    assert (answer.outcome, answer.rule) == ("block", "US-WA-ADAD-BAN")


def test_the_version_stands_for_the_own_file_too_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "z").mkdir()
    text = loosen("US-WA-ADAD-BAN")

    versions = [book(folder, text).version for folder in (tmp_path / "a", tmp_path / "z")]

    assert versions[0] == versions[1] != load_rulebook().version


KEEPS_A_REFUSAL = {"FR-4-IN-30"}


def one_of(kind: Kind) -> str:
    rules = (rule for rule in load_rulebook().rules if rule.kind is kind and rule.id not in KEEPS_A_REFUSAL)
    return next(rule.id for rule in rules)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in LOOSENABLE])
def test_other_kinds_can_not_be_loosened(tmp_path: Path, kind: Kind) -> None:
    with pytest.raises(RulebookError, match=rf"own\.yaml: loosen 1: rule: .* of kind {kind} and can't be loosened"):
        book(tmp_path, loosen(one_of(kind)))


@pytest.mark.parametrize("kind", LOOSENABLE)
def test_these_kinds_can_be_loosened(tmp_path: Path, kind: Kind) -> None:
    rule_id = one_of(kind)

    rules = book(tmp_path, loosen(rule_id))

    assert {rule.id for rule in rules.rules if rule.waived_by} == {rule_id}


def test_the_peace_after_a_refusal_can_not_be_loosened(tmp_path: Path) -> None:
    caps = [rule for rule in load_rulebook().rules if isinstance(rule.terms, CapTerms)]
    assert {rule.id for rule in caps if rule.terms.after_refusal is not None} == KEEPS_A_REFUSAL  # type: ignore[union-attr]

    for rule_id in KEEPS_A_REFUSAL:
        with pytest.raises(RulebookError, match="keeps a lead's refusal"):
            book(tmp_path, loosen(rule_id))


def test_what_is_a_duty_for_calls_can_be_loosened_where_it_is_asked(tmp_path: Path) -> None:
    rules = book(tmp_path, loosen("US-NY-DNC-OFFER"))

    assert {rule.kind for rule in rules.rules if rule.waived_by} == {Kind.CONTENT, Kind.DUTY}


GOOD = "{rule: US-WA-ADAD-BAN, attestation: counsel-2026, why: Counsel said so.}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loosen: none", "loosen: this is no list"),
        ("loosen: [7]", "loosen 1: this is no entry"),
        ("loosen: [{rule: US-WA-ADAD-BAN, why: x, until: 2027-01-01}]", "loosen 1: until: there is no such field"),
        ("loosen: [{rule: US-WA-ADAD-BAN, why: x}]", "loosen 1: attestation: it is missing"),
        ("loosen: [{rule: US-WA-ADAD-BAN, attestation: counsel-2026}]", "loosen 1: why: it is missing"),
        ("loosen: [{rule: US-WA-ADAD-BAN, attestation: counsel-2026, why: ' '}]", "loosen 1: why: say in a sentence"),
        ("loosen: [{rule: US-WA-ADAD-BAN, attestation: Counsel!, why: x}]", "loosen 1: attestation: write a name"),
        ("loosen: [{rule: 7, attestation: counsel-2026, why: x}]", "loosen 1: rule: write a text"),
        ("loosen: [{rule: US-NOWHERE, attestation: counsel-2026, why: x}]", "loosen 1: rule: there is no rule"),
        (f"loosen: [{GOOD}, {GOOD}]", "loosen 2: rule: US-WA-ADAD-BAN is loosened twice"),
        ("rules: none", "there is no list of rules"),
    ],
)
def test_a_mistake_is_told_with_its_entry_and_field(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RulebookError) as error:
        book(tmp_path, text)

    assert str(error.value).startswith(f"{tmp_path / 'own.yaml'}: {message}")
