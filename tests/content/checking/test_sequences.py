"""Every finding about a sequence as a plan: one that has it, and the same mended."""

from pathlib import Path

import pytest

from engine.content.checking.sequences import check_sequences, look_over_sequence
from engine.content.codes import Code
from engine.content.library import Library
from engine.content.problems import Problem, Severity
from tests.content.builders import BRAND, email, library

VOICEMAIL = "Fern & Co, (503) 555-0100, no calls: (800) 555-0100."
FILES: dict[str, str | bytes] = {
    "brand.yaml": BRAND + "topics: {tips: {en: Tips}}\n",
    "email/x.md": email("Hi"),
    "email/receipt.md": email("Hi", purpose="service"),
    "sms/x.txt": "Fern & Co: hi. Reply STOP to stop",
    "voicemail/x.md": VOICEMAIL,
    "calls/x.md": "Say hello.",
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library with one message for each channel."""
    return library(tmp_path_factory.mktemp("templates"), FILES)


def _plan(*stages: str, head: str = "") -> str:
    return f"name: plan\n{head}stages:\n" + "".join(f"  - {{{stage}}}\n" for stage in stages)


def _found(shelf: Library, text: str) -> tuple[Problem, ...]:
    sequence, problems = look_over_sequence(shelf, text, "sequences/plan.yaml")
    assert sequence is not None or problems
    return problems


CASES: dict[Code, list[tuple[str, str]]] = {
    Code.DEAD_END: [
        (_plan("id: a, email: x", "id: w, wait for: replied, timeout: 1 day"),
         _plan("id: a, email: x", "id: w, wait for: replied, timeout: 1 day, then: end", "id: b, email: x")),
        (_plan("id: a, email: x", "id: i, if: lead.clicked(), then: end, else: end"),
         _plan("id: a, email: x", "id: i, after: 2 days, if: lead.clicked(), then: end, else: end")),
    ],
    Code.DECIDES_NOTHING: [
        (_plan("id: i, if: lead.clicked(), then: a, else: a", "id: a, email: x"),
         _plan("id: i, if: lead.clicked(), then: a, else: end", "id: a, email: x")),
    ],
    Code.NO_END: [
        (_plan("id: a, email: x, after: 1 month", "id: r, repeat: a"),
         _plan("id: a, email: x, after: 1 month", "id: r, repeat: a, times: 3")),
        (_plan("id: a, email: x, after: 1 month", "id: r, repeat: a", head="leave: []\n"),
         _plan("id: a, email: x", head="leave: []\n")),
    ],
    Code.OVER_CAP: [
        (_plan("id: a, email: x", "id: b, email: x, after: 2 hours"),
         _plan("id: a, email: x", "id: b, email: x, after: 1 day")),
        (_plan(*(f"id: s{n}, call: x, after: 3 hours" for n in range(6))),
         _plan(*(f"id: s{n}, call: x, after: 2 days" for n in range(6)))),
        (_plan("id: a, email: x", "id: b, email: x, after: 1 hour"),
         _plan("id: a, email: x", "id: b, email: x, after: 1 hour", head="purpose: service\n")),
        (_plan("id: a, email: x", "id: b, email: x, after: 1 hour"),
         _plan("id: a, email: x, if: lead.clicked()", "id: b, email: x, after: 1 hour")),
    ],
    Code.ONLY_TEXTS: [
        (_plan("id: a, sms: x", "id: b, voicemail: x, after: 1 day"),
         _plan("id: a, sms: x, otherwise: e", "id: b, voicemail: x, after: 1 day", "id: e, email: x")),
    ],
    Code.ENDS_WITHOUT_TEXTS: [
        (_plan("id: c, call: x", "id: a, sms: x, otherwise: end", "id: b, email: x, after: 1 day"),
         _plan("id: c, call: x", "id: a, sms: x, otherwise: skip", "id: b, email: x, after: 1 day")),
    ],
    Code.WINDOW_IN_QUIET_HOURS: [
        (_plan("id: a, sms: x", "id: b, email: x", head="window: {days: every day, hours: 22:00-06:00}\n"),
         _plan("id: b, email: x", head="window: {days: every day, hours: 22:00-06:00}\n")),
        (_plan("id: b, email: x", "id: a, call: x, window: {days: weekdays, hours: 05:00-06:30}"),
         _plan("id: b, email: x", "id: a, call: x, window: {days: weekdays, hours: 05:00-09:30}")),
    ],
    Code.TIME_OUTSIDE_WINDOW: [
        (_plan("id: a, email: x, after: 1 day at 19:00", head="window: {days: weekdays, hours: 09:00-17:00}\n"),
         _plan("id: a, email: x, after: 1 day at 16:00", head="window: {days: weekdays, hours: 09:00-17:00}\n")),
    ],
    Code.WRONG_PURPOSE: [
        (_plan("id: a, email: x", head="purpose: service\n"), _plan("id: a, email: receipt", head="purpose: service\n")),
        (_plan("id: a, email: receipt"), _plan("id: a, email: x")),
    ],
    Code.UNKNOWN_TOPIC: [
        (_plan("id: a, email: x", head="topic: tipps\n"), _plan("id: a, email: x", head="topic: tips\n")),
    ],
    Code.EVENT_CANNOT_HAPPEN: [
        (_plan("id: w, wait for: opened, timeout: 1 day, then: end", "id: a, email: x"),
         _plan("id: a, email: x", "id: w, wait for: opened, timeout: 1 day, then: end", "id: b, email: x, after: 1 day")),
        (_plan("id: a, email: x", "id: w, wait for: human, timeout: 1 day, then: end", "id: b, email: x, after: 1 day"),
         _plan("id: a, voicemail: x", "id: w, wait for: human, timeout: 1 day, then: end", "id: b, email: x")),
    ],
    Code.UNKNOWN_EVENT: [
        (_plan("id: a, email: x", "id: w, wait for: repplied, timeout: 1 day, then: end", "id: b, email: x"),
         _plan("id: a, email: x", "id: w, wait for: replied, timeout: 1 day, then: end", "id: b, email: x")),
        (_plan("id: a, email: x", head="leave: [boooked]\n"), _plan("id: a, email: x", head="leave: [booked]\n")),
    ],
    Code.MISSING_SEQUENCE: [
        (_plan("id: a, email: x", "id: b, enroll: nowhere"), _plan("id: a, email: x")),
    ],
    Code.MISSING_TEMPLATE: [(_plan("id: a, email: y"), _plan("id: a, email: x"))],
    Code.WRONG_TARGET: [(_plan("id: a, email: x, otherwise: z"), _plan("id: a, email: x, otherwise: end"))],
    Code.WRONG_CONDITION: [(_plan("id: a, email: x, if: lead.x"), _plan("id: a, email: x, if: lead.clicked()"))],
    Code.LOOP_WITHOUT_WAIT: [
        (_plan("id: a, email: x", "id: r, repeat: a"), _plan("id: a, email: x, after: 1 week", "id: r, repeat: a")),
    ],
    Code.UNREACHABLE_STAGE: [
        (_plan("id: a, if: lead.clicked(), then: c, else: end", "id: b, email: x", "id: c, email: x"),
         _plan("id: a, if: lead.clicked(), then: c, else: b", "id: b, email: x", "id: c, email: x")),
    ],
}  # fmt: skip
TABLE = [(code, bad, good) for code, pairs in CASES.items() for bad, good in pairs]


@pytest.mark.parametrize(
    ("code", "bad", "good"), TABLE, ids=[f"{code}-{place}" for place, (code, _, _) in enumerate(TABLE)]
)
def test_a_sequence_has_the_finding_and_the_mended_one_has_not(shelf: Library, code: Code, bad: str, good: str) -> None:
    found = [one for one in _found(shelf, bad) if one.code is code]

    assert found, _found(shelf, bad)
    assert all(one.message and one.remedy and one.line for one in found)
    assert [str(one) for one in _found(shelf, good) if one.code is code] == []


def test_a_cap_is_told_with_the_stage_the_rule_and_its_figures(shelf: Library) -> None:
    text = _plan("id: a, email: x", "id: b, email: x, after: 2 hours")

    [found] = [one for one in _found(shelf, text) if one.code is Code.OVER_CAP]

    assert (found.line, found.severity) == (4, Severity.WARNING)
    assert found.message == (
        "Stage b would always be held, 14 hours at least: HOUSE-EMAIL-A-DAY allows 1 of email in 16 hours."
    )


def test_what_never_ends_and_is_never_left_is_an_error(shelf: Library) -> None:
    stages = ("id: a, email: x, after: 1 month", "id: r, repeat: a")

    severities = {
        head: {one.severity for one in _found(shelf, _plan(*stages, head=head)) if one.code is Code.NO_END}
        for head in ("", "leave: []\n")
    }

    assert severities == {"": {Severity.NOTE}, "leave: []\n": {Severity.ERROR}}


def test_an_accepted_finding_bears_the_reason_and_leaves_the_revision_as_it_was(shelf: Library) -> None:
    plain = _plan("id: a, email: x", head="purpose: service\n")
    accepting = plain.replace("stages:", "accept: {wrong-purpose: It is no advertising.}\nstages:")

    before, _ = look_over_sequence(shelf, plain, "sequences/plan.yaml")
    after, problems = look_over_sequence(shelf, accepting, "sequences/plan.yaml")

    assert [(one.code, one.accepted) for one in problems] == [(Code.WRONG_PURPOSE, "It is no advertising.")]
    assert before is not None
    assert after is not None
    assert after.revision == before.revision


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("{over-cap: It is wanted.}", Code.UNNEEDED_ACCEPTANCE),
        ("{missing-template: Later.}", Code.UNKNOWN_ACCEPTANCE),
        ("{overcap: It is wanted.}", Code.UNKNOWN_ACCEPTANCE),
        ("over-cap", Code.BROKEN),
    ],
)
def test_an_acceptance_that_accepts_nothing_is_a_finding_itself(shelf: Library, accepted: str, code: Code) -> None:
    problems = _found(shelf, _plan("id: a, email: x", head=f"accept: {accepted}\n"))

    assert [(one.code, one.line) for one in problems] == [(code, 2)]


def test_a_plan_of_many_ways_is_looked_over_in_no_time(shelf: Library) -> None:
    """Two hundred stages that each lead two ways have more ways through than anybody can walk."""
    stages = [f"id: s{n}, if: lead.clicked(), then: s{n + 1}, else: s{n + 2}" for n in range(197)]
    text = _plan("id: first, email: x", *stages, "id: s197, email: x", "id: s198, email: x, after: 1 day")

    assert _found(shelf, text) is not None


def test_a_library_is_looked_over_whole(tmp_path: Path) -> None:
    found = check_sequences(library(tmp_path, {**FILES, "sequences/a.yaml": _plan("id: a, email: y")}))

    assert [(one.file, one.code) for one in found] == [("sequences/a.yaml", Code.MISSING_TEMPLATE)]
