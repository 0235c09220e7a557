"""Conditions: what they can ask, what they refuse, and that asking never fails."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.condition_syntax import ConditionError
from engine.domain.conditions import compile_condition, evaluate, holds
from engine.domain.history import Facts
from engine.domain.lead import LeadStatus
from engine.domain.message import Delivery, MessageState
from engine.domain.task import TaskOutcome, TaskState
from tests.domain.walks import DAY, MONDAY, facts, happening, message, task

KNOWN = facts(
    lead={
        "source": "web-form",
        "interest": "solar",
        "status": LeadStatus.WORKING,
        "custom": {"budget": 5000, "tags": ["roof", "battery"], "nothing": None, "odd name": "x"},
    },
    messages=(
        message("a", template="guide", opened_at=MONDAY),
        message("b", template="question", delivery=Delivery.BOUNCED),
    ),
    earlier=(message("z", template="old", clicked_at=MONDAY, replied_at=MONDAY),),
    tasks=(task("c", TaskState.DONE, outcome=TaskOutcome.NO_ANSWER, ended_at=MONDAY),),
    happenings=(happening("visited-pricing", MONDAY - 3 * DAY),),
)


@pytest.mark.parametrize(
    "source",
    [
        "lead.source in ['web-form', 'missed-call']",
        "lead.source == 'web-form' and not lead.interest == 'wind'",
        "lead.status == 'working'",
        "lead.interest|upper == 'SOLAR'",
        "lead.custom.budget >= 5000 or false",
        "lead.custom['odd name'] == 'x'",
        "'roof' in lead.custom.tags",
        "lead.custom.tags|length == 2",
        "lead.custom.missing is undefined",
        "lead.custom.nothing is none",
        "lead.custom.missing|default(3) == 3",
        "lead.opened('guide') and lead.opened()",
        "lead.opened('old')",
        "not lead.clicked('guide')",
        "lead.replied() and lead.replied('old')",
        "lead.received('guide') and not lead.received('question')",
        "lead.bounced('question')",
        "lead.happened('no_answer') and lead.happened('visited-pricing')",
        "not lead.booked()",
        "lead.touches() == 4",
        "lead.days_since('visited-pricing') == 3",
        "lead.days_since('created') == 1",
        "lead.days_since('booked') > 10000",
        "(1 if lead.phone else 0) + 1 == 2",
    ],
)
def test_a_condition_reads_the_lead_and_what_happened(source: str) -> None:
    assert evaluate(source, KNOWN, MONDAY).problem == ""
    assert holds(source, KNOWN, MONDAY)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "empty"),
        ("lead.source ==", "cannot be read"),
        ("lead.source == 'a' }} {{ x", "goes on after its end"),
        ("leed.source == 'a'", "Nothing is called 'leed'"),
        ("lead.sorce == 'a'", "Did you mean source?"),
        ("lead.cliked('a')", "Did you mean clicked?"),
        ("lead.replied", "lead.replied()"),
        ("lead.source()", "without brackets"),
        ("lead.clicked(lead.source)", "a name in quotes"),
        ("lead.clicked('a', 'b')", "at most one name"),
        ("lead.happened()", "one name"),
        ("lead.booked('x')", "nothing in its brackets"),
        ("lead", "the whole lead"),
        ("lead.custom", "Name one"),
        ("lead.custom.a.b", "a part called 'b'"),
        ("lead.custom.items()", "Only the lead can be asked"),
        ("range(10)", "Only the lead can be asked"),
        ("'a' * 1000000000", "multiplication"),
        ("2 ** 100000", "powers"),
        ("lead.source ~ 'x'", "~"),
        ("lead.source|format", "no filter"),
        ("lead.source is divisibleby(2)", "no test"),
        ("lead['source']", "brackets"),
        ("lead.source.__class__.__mro__", "part"),
        ("(" * 300 + "1" + ")" * 150, "nested"),
        ("not " * 100 + "1", "too long to follow"),
        ("1 == 1 or " * 60 + "1", "longer than"),
    ],
)
def test_what_is_not_allowed_is_refused_with_a_remedy(source: str, said: str) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_condition(source)

    assert said in str(caught.value)
    assert caught.value.remedy
    assert not holds(source, KNOWN, MONDAY)


@pytest.mark.parametrize("source", ["lead.custom.missing > 3", "lead.custom.tags > 3", "lead.zone < 1"])
def test_a_comparison_of_unlike_things_does_not_hold_and_says_why(source: str) -> None:
    verdict = evaluate(source, KNOWN, MONDAY)

    assert not verdict.holds
    assert verdict.problem


def test_a_condition_knows_the_templates_it_asks_about() -> None:
    condition = compile_condition("lead.opened('guide') or lead.clicked('offer') or lead.happened('visit')")

    assert condition.templates == {"guide", "offer"}


def test_a_message_that_did_not_leave_was_not_received() -> None:
    known = facts(messages=(message("a", MessageState.SKIPPED, template="guide"),))

    assert not holds("lead.received('guide')", known, MONDAY)


WORDS = st.sampled_from(
    ["lead", ".", "custom", "x", "(", ")", "[", "]", "'a'", "1", "==", "and", "not", "in", "|", "lower", "opened", ",",
     "if", "else", "-", "+", "*", "{", "}", "is", "none", "~", ":", "%", '"', "\\", "#"]
)  # fmt: skip
CUSTOM: st.SearchStrategy[Any] = st.none() | st.integers() | st.text() | st.lists(st.integers())


@given(
    st.text(max_size=60) | st.lists(WORDS, max_size=20).map(" ".join) | st.lists(WORDS, max_size=20).map("".join),
    CUSTOM,
)
def test_asking_never_fails(source: str, custom: object) -> None:
    known = Facts(lead=facts(lead={"custom": {"x": custom}}).lead)

    assert isinstance(holds(source, known, MONDAY), bool)
