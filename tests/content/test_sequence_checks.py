"""What is checked of a whole sequence: templates, reach, loops; and texts nobody would write."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from engine.content.problems import ContentErrors, Severity
from engine.content.sequences import check_sequence, parse_sequence, read_sequence
from engine.domain.sequence import (
    StageId,
)
from tests.content.sequence_texts import FILE, faults, of_stages, parse
from tests.domain.walks import EMAIL, plan, stage

TEMPLATES = {(Channel.EMAIL, "useful-guide"), (Channel.CALL, "first-call"), (Channel.SMS, "useful-text")}


def test_a_missing_template_is_told_with_the_nearest_one_of_its_channel() -> None:
    text = of_stages(
        "{id: a, email: usefull-guide}",
        "{id: b, call: first-cal}",
        "id: c\n    split:\n      x: {email: useful-guide}\n      y:\n        sms: useful-txt\n",
        "{id: d, voicemail: hello}",
    )

    found = faults(text, TEMPLATES)

    assert [(problem.line, problem.remedy) for problem in found] == [
        (3, "Did you mean useful-guide?"),
        (4, "Did you mean first-call?"),
        (9, "Did you mean useful-text?"),
        (11, "There is none for this channel yet: write it."),
    ]


def test_a_condition_about_an_unknown_template_is_a_warning() -> None:
    text = of_stages("{id: a, email: useful-guide}", "{id: b, if: lead.opened('usefull-guide'), then: end}")

    _, warnings = read_sequence(text, file=FILE, templates=TEMPLATES)

    assert [(one.severity, one.line, one.remedy) for one in warnings] == [
        (Severity.WARNING, 4, "Did you mean useful-guide or useful-text?")
    ]


def test_a_stage_that_nobody_reaches_is_a_warning() -> None:
    text = of_stages("{id: a, email: x, after: 1 day}", "{id: r, repeat: a}", "{id: b, sms: y}", "{id: c, sms: y}")

    _, warnings = read_sequence(text, file=FILE)

    assert [(one.severity, one.line) for one in warnings] == [(Severity.WARNING, 5), (Severity.WARNING, 6)]


@pytest.mark.parametrize(
    "lines",
    [
        ("{id: a, email: x}", "{id: r, repeat: a}"),
        ("{id: a, email: x}", "{id: r, repeat: a, times: 2}"),
        ("{id: a, email: x}", "{id: b, if: lead.opened(), then: a, else: end}"),
        ("{id: a, email: x, otherwise: a}",),
        ("{id: a, call: x, outcomes: {no_answer: a}}",),
        ("{id: a, email: x, after: 0 days at 9:00}", "{id: r, repeat: a}"),
        ("{id: a, wait for: customer, timeout: 1 day, then: a}",),
        ("{id: a, email: x, after: 1 day}", "{id: b, sms: y, otherwise: c}", "{id: c, if: 1 == 1, then: b}"),
    ],
    ids=" | ".join,
)
def test_a_loop_without_a_wait_is_an_error(lines: tuple[str, ...]) -> None:
    found = faults(of_stages(*lines))

    assert any("has no wait" in problem.message for problem in found), [*map(str, found)]


@pytest.mark.parametrize(
    "lines",
    [
        ("{id: a, email: x, after: 1 month}", "{id: r, repeat: a}"),
        ("{id: a, email: x}", "{id: r, repeat: a, after: 1 month}"),
        ("{id: a, email: x}", "{id: w, wait for: replied, timeout: 1 day}", "{id: r, repeat: a}"),
        ("{id: a, email: x}", "{id: b, if: lead.opened(), then: d}", "{id: d, sms: x}"),
    ],
    ids=" | ".join,
)
def test_a_loop_with_a_wait_is_fine(lines: tuple[str, ...]) -> None:
    assert parse(of_stages(*lines)).stages


def test_a_sequence_made_in_code_is_checked_by_the_same_rules() -> None:
    problems = check_sequence(plan(stage("a", EMAIL, otherwise=StageId("b"), condition="lead.x")))

    assert [str(problem) for problem in problems] == [
        "sequences/plan.yaml: Stage a goes to 'b', which does not exist. Known: a, end.",
        f"sequences/plan.yaml: A lead has no 'x'. {problems[1].remedy}",
    ]


def test_the_revision_is_of_what_is_said_and_not_of_how() -> None:
    first = parse("name: plan\nstages:\n  - {id: a, email: x, after: 1 day}\n")
    same = parse("# a comment\nstages:\n  - after: 1 days\n    email: x\n    id: a\nname: 'plan'\n")
    other = parse("name: plan\nstages:\n  - {id: a, email: x, after: 2 days}\n")

    assert first.revision == same.revision
    assert first.revision != other.revision
    assert len(first.revision) == 64
    assert replace(first, revision="") == replace(same, revision="")


PIECES = st.sampled_from(
    ["name: a\n", "stages:\n", "  - ", "{", "}", "[", "]", "id: a", "email: x", ", ", "\n", "after: ", "1 day", ": ",
     "&a ", "*a", "!x ", "- ", "? ", "|\n", ">-\n", "'", '"', "\\", "#", "%YAML 1.1\n", "---\n", "...\n", "\t", "~",
     "if: lead.replied()", "then: a", "repeat: a", "split: ", "wait for: x", "timeout: 1 day", "\x85", "\ufeff", "<<: "]
)  # fmt: skip


@given(st.text(max_size=200) | st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_a_sequence_or_is_refused_with_problems(text: str) -> None:
    try:
        sequence = parse(text)
    except ContentErrors as error:
        assert all(problem.message for problem in error.problems)  # noqa: PT017 - either outcome is right
    else:
        assert sequence.stages


VALUES = st.recursive(
    st.sampled_from(["a", "b", "1 day", "lead.replied()", "no", "any", "", "~", "-1", "email"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(["email", "sms", "weight", "days", "hours", "x"]), inner, max_size=3).map(
            lambda fields: "{" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}"
        )
    ),
    max_leaves=6,
)
STAGES = st.dictionaries(
    st.sampled_from(
        ["id", "email", "call", "split", "if", "then", "else", "after", "window", "otherwise", "due", "wait", "patience",
         "outcomes", "wait for", "await", "timeout", "enroll", "repeat", "times"]
    ),
    VALUES,
    max_size=5,
)  # fmt: skip


@given(st.lists(STAGES, max_size=4), st.dictionaries(st.sampled_from(["enter", "leave", "window", "purpose"]), VALUES))
def test_any_mixture_of_fields_is_a_sequence_or_is_refused_by_line(
    stages: list[dict[str, str]], head: dict[str, str]
) -> None:
    lines = ["{" + ", ".join(f"{key}: {value}" for key, value in one.items()) + "}" for one in stages]
    text = "".join(f"{key}: {value}\n" for key, value in head.items()) + of_stages(*lines)

    try:
        parse_sequence(text, file=FILE, templates=set())
    except ContentErrors as error:
        assert all(problem.line for problem in error.problems)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    "text",
    [
        of_stages(*(f"{{id: s{number}, if: '1 == 1', then: s{(number * 7) % 199}}}" for number in range(199))),
        "a: " + "- " * 25_000,
        "{" * 50_000,
        "a: '" + "x\n" * 25_000,
        "? " * 25_000,
        "".join(f"k{number}: v\n" for number in range(6_000)),
    ],
    ids=["tangle", "dashes", "braces", "open quote", "question marks", "many keys"],
)
def test_reading_takes_bounded_time(text: str) -> None:
    started = time.process_time()

    faults(text)

    assert time.process_time() - started < 5
