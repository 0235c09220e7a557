"""Content of any kind is looked over to the end: a check finds what it finds and never crashes or hangs."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.content.checking.audience import Reader, check_audience
from engine.content.checking.sequences import look_over_sequence
from engine.content.checks import check_message
from engine.content.library import Library
from engine.content.preview import HARD_CASES
from engine.content.problems import ContentErrors, Problem
from engine.content.source import parse_source
from tests.content.builders import email, library
from tests.fuzz import seeds
from tests.fuzz.bending import bent

# Each example is rendered for every hard case and laid before the rules of six countries.
patiently = settings(
    deadline=20_000, max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)

MESSAGES = (
    *seeds.MESSAGES,
    (
        b"---\naccept: {shouting: x}\nsubject: A [b](http://c)\n---\nACT NOW TODAY!! [www.a.com](https://bit.ly/x) "
        b"![](data:x)\n\n## When?\n\n<p style='color:#fff'>\n\nJust checking in. \xe2\x80\x8b How? mailto:a tel:1 \xc2\xa0\n"
    ),
)
PLAN = (
    b"name: plan\naccept: {no-end: x}\npurpose: service\ntopic: tips\nstages:\n  - {id: a, sms: x, after: 1 day at 22:00, "
    b"otherwise: end}\n  - {id: w, wait for: opened, timeout: 1 day, then: a}\n  - {id: b, email: x, after: 1 week}\n"
    b"  - {id: r, repeat: b, times: 9}\n"
)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a brand with a layout and a message or two, to check with."""
    files: dict[str, str | bytes] = {"email/x.md": email("Hi"), "sms/x.txt": "Fern & Co: hi. Reply STOP to stop"}
    return library(tmp_path_factory.mktemp("templates"), files)


def _are_told(problems: tuple[Problem, ...]) -> bool:
    return all(one.message and one.file and one.code for one in problems)


@patiently
@given(bent(MESSAGES), st.sampled_from(["email/y.md", "email/y.mjml", "sms/y.txt", "voicemail/y.md", "calls/y.md"]))
def test_a_message(shelf: Library, text: bytes, file: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        problems = check_message(shelf, parse_source(file, text.decode("utf-8", "replace")))
    except ContentErrors as refused:
        problems = refused.problems

    assert _are_told(problems)


@patiently
@given(bent((*seeds.SEQUENCES, PLAN)))
def test_a_sequence(shelf: Library, text: bytes) -> None:
    readers = [Reader(lead=lead) for lead in HARD_CASES.values()]

    sequence, problems = look_over_sequence(shelf, text.decode("utf-8", "replace"), "sequences/plan.yaml", readers)

    assert _are_told(problems)
    assert sequence is not None or problems


def test_the_good_ones_are_looked_over(shelf: Library) -> None:
    """What is bent must be good to begin with, or nothing but the first refusal is tried."""
    found = {one.code for one in check_message(shelf, parse_source("email/y.md", MESSAGES[-1].decode()))}
    plan = look_over_sequence(shelf, PLAN.decode(), "sequences/plan.yaml")[0]

    assert {"shouting", "exclamation-marks", "stock-phrase", "hidden-character"} <= {str(code) for code in found}
    assert plan is not None
    assert _are_told(check_audience(shelf, [Reader(lead=lead) for lead in HARD_CASES.values()]))
