"""Sequences from YAML: what they mean, and every fault told at once with file, line and remedy."""

from datetime import time as time_of_day
from pathlib import Path

import pytest

from channels.address import Channel
from consent.facts import Purpose
from engine.content.sequences import read_sequence
from engine.domain.sequence import (
    END,
    NEXT,
    Await,
    Branch,
    Handover,
    Overdue,
    OverdueThen,
    Repeat,
    SendTouch,
    Split,
    StageId,
    TaskTouch,
    Trigger,
)
from engine.domain.task import TaskKind
from engine.domain.timing import ANY, Delay, Unit, parse_delay, parse_window
from tests.content.sequence_texts import FILE, faults, of_stages, parse
from tests.domain.walks import EMAIL, stage

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "sequence-format.md"
EXAMPLE = REFERENCE.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]


def test_the_example_of_the_reference_is_a_sequence_without_a_warning() -> None:
    sequence, warnings = read_sequence(EXAMPLE, file=FILE)

    assert warnings == ()
    assert {type(one.step) for one in sequence.stages} == {
        SendTouch, TaskTouch, Split, Branch, Await, Handover, Repeat
    }  # fmt: skip


def test_a_sequence_has_sensible_values_where_nothing_is_said() -> None:
    sequence = parse(of_stages("{id: a, email: hello}"))

    assert sequence.purpose is Purpose.MARKETING
    assert sequence.enter.when is Trigger.MANUAL
    assert sequence.leave == {"booked", "customer", "opted_out"}
    assert sequence.exclusive
    assert sequence.window == ANY
    assert sequence.stages == (stage("a", EMAIL),)


def test_the_head_of_a_sequence_is_read() -> None:
    sequence = parse(
        "name: plan\npurpose: service\nexclusive: no\nleave: [booked, moved-away]\n"
        "window: {days: [mon, tue], hours: 10:30-12:00}\n"
        "enter: {when: event, event: visited, if: lead.source == 'web', again: after 90 days}\n"
        "stages: [{id: a, email: hello}]\n"
    )

    assert (sequence.purpose, sequence.exclusive) == (Purpose.SERVICE, False)
    assert sequence.leave == {"booked", "moved-away"}
    assert sequence.window == parse_window({"days": ["mon", "tue"], "hours": "10:30-12:00"})
    assert (sequence.enter.when, sequence.enter.event) == (Trigger.EVENT, "visited")
    assert sequence.enter.condition == "lead.source == 'web'"
    assert sequence.enter.again == Delay(amount=90, unit=Unit.DAYS)


def test_touch_stages_are_read() -> None:
    text = of_stages(
        "{id: a, sms: hi, after: 1 day at 10:30, window: any, otherwise: end, if: lead.replied()}",
        "{id: b, call: script, due: 5 minutes, wait: no}",
        "{id: c, letter: script, patience: 2 weeks, outcomes: {done: end, none: a}, after: 1 day}",
        "{id: d, split: {x: {email: one}, y: {voicemail: two, weight: 3}}, otherwise: skip}",
    )

    a, b, c, d = parse(text).stages

    assert a.step == SendTouch(channel=Channel.SMS, template="hi")
    assert a.after == Delay(amount=1, unit=Unit.DAYS, at=time_of_day(10, 30))
    assert (a.window, a.otherwise, a.condition) == (ANY, END, "lead.replied()")
    assert b.step == TaskTouch(kind=TaskKind.CALL, script="script", due=parse_delay("5 minutes"), waits=False)
    assert c.step == TaskTouch(
        kind=TaskKind.LETTER,
        script="script",
        patience=parse_delay("2 weeks"),
        outcomes={"done": END, "none": StageId("a")},
    )
    assert isinstance(d.step, Split)
    assert d.step.weights == {"x": 1, "y": 3}
    assert d.otherwise == NEXT


def test_a_voicemail_may_wait_for_how_its_call_ends() -> None:
    text = of_stages(
        "{id: a, voicemail: tip, patience: 2 hours, outcomes: {human: b, machine: next, none: end}}",
        "{id: b, split: {x: {voicemail: tip, outcomes: {busy: end}}, y: {email: one}}}",
    )

    a, b = parse(text).stages

    assert a.step == SendTouch(
        channel=Channel.VOICEMAIL,
        template="tip",
        patience=parse_delay("2 hours"),
        outcomes={"human": StageId("b"), "machine": NEXT, "none": END},
    )
    assert isinstance(b.step, Split)
    assert b.step.variants["x"] == SendTouch(channel=Channel.VOICEMAIL, template="tip", outcomes={"busy": END})


def test_the_other_stages_are_read() -> None:
    text = of_stages(
        "{id: a, email: hello, after: 1 day}",
        "{id: b, if: lead.replied(), then: d}",
        "{id: c, wait for: visited, timeout: 3 days, else: e}",
        "{id: d, repeat: a, times: 4}",
        "{id: e, enroll: long-game, after: 2 weeks}",
    )

    _, b, c, d, e = parse(text).stages

    assert b.step == Branch(condition="lead.replied()", then=StageId("d"), otherwise=NEXT)
    assert c.step == Await(event="visited", timeout=parse_delay("3 days"), then=NEXT, otherwise=StageId("e"))
    assert d.step == Repeat(to=StageId("a"), times=4)
    assert (e.step, e.after) == (Handover(sequence="long-game"), parse_delay("2 weeks"))


@pytest.mark.parametrize(
    ("word", "waits"), [("no", False), ("No", False), ("false", False), ('"no"', False), ("yes", True), ("true", True)]
)
def test_yes_and_no_are_read_however_they_are_written(word: str, waits: bool) -> None:  # noqa: FBT001 - a table's column
    step = parse(of_stages(f"{{id: a, call: x, wait: {word}}}")).stages[0].step

    assert isinstance(step, TaskTouch)
    assert step.waits is waits


def test_words_that_yaml_would_change_stay_what_they_are() -> None:
    sequence = parse("name: on\nwindow: {hours: 10:30-12:00}\nstages:\n  - {id: 1.0, email: 2026-01-05}\n")

    assert (sequence.name, sequence.stages[0].id) == ("on", "1.0")
    assert sequence.stages[0].step == SendTouch(channel=Channel.EMAIL, template="2026-01-05")


def test_a_stage_may_say_what_becomes_of_a_message_that_is_late() -> None:
    text = of_stages(
        "{id: a, email: one, overdue: {after: 2 days, then: skip}}",
        "{id: b, split: {x: {email: two}, y: {sms: hi}}, overdue: {after: 3 hours, then: ask}}",
        "{id: c, email: three}",
    )

    a, b, c = parse(text).stages

    assert a.overdue == Overdue(after=Delay(amount=2, unit=Unit.DAYS), then=OverdueThen.SKIP)
    assert b.overdue == Overdue(after=Delay(amount=3, unit=Unit.HOURS), then=OverdueThen.ASK)
    assert c.overdue is None


STAGE_FAULTS = [
    ("{id: a, email: x, overdue: 2 days}", "must be a mapping", "then: skip"),
    ("{id: a, email: x, overdue: {after: 2 days}}", "'then' is missing", "send, skip or ask"),
    ("{id: a, email: x, overdue: {then: skip}}", "'after' is missing", "delay"),
    ("{id: a, email: x, overdue: {after: 2 days, then: drop}}", "'then' cannot be 'drop'", "skip"),
    ("{id: a, email: x, overdue: {after: 0 days, then: skip}}", "late at once", "2 days"),
    ("{id: a, email: x, overdue: {after: 2 days, then: skip, when: now}}", "Unknown field 'when'", ""),
    ("{id: a, call: x, overdue: {after: 2 days, then: skip}}", "'overdue' does not belong", "split"),
    ("{id: a, if: lead.replied(), then: end, overdue: {after: 2 days, then: skip}}", "'overdue' does not belong", ""),
    ("{id: a, email: x, aftr: 1 day}", "Unknown field 'aftr'", "after"),
    ("{id: a, emial: x}", "Unknown field 'emial'", "email"),
    ("{id: a, telegram: x}", "no channel or step 'telegram'", "email, sms"),
    ("{id: a}", "does nothing", "email"),
    ("{email: x}", "'id' is missing", "name"),
    ("{id: Day 2, email: x}", "cannot be a name", "small letters"),
    ("{id: skip, email: x}", "cannot be called 'skip'", "another"),
    ("{id: a, email: x, sms: y}", "both email and sms", "two stages"),
    ("{id: a, email:}", "'email' is missing", "template"),
    ("{id: a, email: [x]}", "'email' must be a text", "template"),
    ("{id: a, email: x, after: soon}", "cannot read the delay 'soon'", "10 minutes"),
    ("{id: a, email: x, after: -1 days}", "cannot read the delay", "10 minutes"),
    ("{id: a, email: x, after: 999999 days}", "out of range", "10 years"),
    ("{id: a, email: x, after: [1, 2]}", "'after' must be a text", "10 minutes"),
    ("{id: a, email: x, window: {hours: 9-5}}", "cannot read the hours", "09:00-18:00"),
    ("{id: a, email: x, window: {days: [moonday]}}", "no day of the week", "mon"),
    ("{id: a, email: x, window: always}", "cannot read the window", "any"),
    ("{id: a, email: x, otherwise: b}", "'b', which does not exist", "Known"),
    ("{id: a, email: x, due: 1 day}", "'due' does not belong", "call"),
    ("{id: a, email: x, then: end}", "'then' does not belong", "wait for"),
    ("{id: a, email: x, if: lead.replied}", "is a question", "lead.replied()"),
    ("{id: a, email: x, if: leed.source}", "Nothing is called 'leed'", "lead"),
    ("{id: a, if: lead.replied()}", "goes nowhere", "then:"),
    ("{id: a, if: '1 ==', then: end}", "cannot be read", "expression"),
    ("{id: a, call: x, wait: maybe}", "'wait' cannot be 'maybe'", "yes or no"),
    ("{id: a, call: x, outcomes: {reachd: end}}", "Unknown field 'reachd'", "reached"),
    ("{id: a, call: x, outcomes: end}", "must be a mapping", "outcomes:"),
    ("{id: a, call: x, outcomes: {reached: nowhere}}", "'nowhere', which does not exist", "Known"),
    ("{id: a, call: x, wait: no, outcomes: {reached: end}}", "means nothing with wait: no", "wait: yes"),
    ("{id: a, call: x, patience: 0 days}", "no time", "3 days"),
    ("{id: a, voicemail: x, outcomes: {humen: end}}", "Unknown field 'humen'", "human"),
    ("{id: a, voicemail: x, outcomes: {reached: end}}", "Unknown field 'reached'", "machine"),
    ("{id: a, voicemail: x, outcomes: {human: nowhere}}", "'nowhere', which does not exist", "Known"),
    ("{id: a, voicemail: x, outcomes: {busy: a}}", "a → a has no wait", "after: 1 week"),
    ("{id: a, voicemail: x, patience: 2 hours}", "means nothing without outcomes", "outcomes"),
    ("{id: a, voicemail: x, patience: 0 hours, outcomes: {busy: end}}", "takes its time", "1 hour"),
    ("{id: a, sms: x, outcomes: {human: end}}", "'outcomes' does not belong", "voicemail"),
    ("{id: a, voicemail: x, due: 1 day}", "'due' does not belong", "call"),
    ("{id: a, split: {x: {email: y}}}", "at least two", "split:"),
    ("{id: a, split: {x: {email: y}, y: {sms: z, weight: 0}}}", "'weight' cannot be '0'", "1 to"),
    ("{id: a, split: {x: {email: y}, y: {fax: z}}}", "needs exactly one touch", "email"),
    ("{id: a, split: {x: {email: y}, y: {sms: z, after: 1 day}}}", "'after' does not belong", ""),
    ("{id: a, wait for: replied}", "'timeout' is missing", "delay"),
    ("{id: a, wait for: replied, timeout: 0 days}", "before it begins", "3 days"),
    ("{id: a, wait for: replied, timeout: 1 day, after: 1 day}", "'after' does not belong", "timeout"),
    ("{id: a, enroll: plan}", "its own sequence", "repeat"),
    ("{id: a, repeat: b}", "'b', which does not exist", "Known"),
    ("{id: a, repeat: a}", "does not stand before it", "earlier"),
    ("{id: a, repeat: end}", "does not stand before it", "earlier"),
    ("{id: a, if: lead.replied(), then: a}", "a → a has no wait", "after: 1 week"),
    ("just words", "must be a mapping", "id:"),
]


@pytest.mark.parametrize(("line", "message", "remedy"), STAGE_FAULTS, ids=[fault[0] for fault in STAGE_FAULTS])
def test_a_fault_in_a_stage_names_its_line_and_a_remedy(line: str, message: str, remedy: str) -> None:
    found = faults(of_stages("{id: first, email: x}", line))

    matching = [problem for problem in found if message in problem.message]
    assert len(matching) == 1, [str(problem) for problem in found]
    assert (matching[0].file, matching[0].line) == (FILE, 4)
    assert matching[0].remedy
    assert remedy in matching[0].remedy


HEAD_FAULTS = [
    ("nmae: x", "Unknown field 'nmae'", 1),
    ("purpose: confirmation", "'purpose' cannot be", 1),
    ("exclusive: sometimes", "'exclusive' cannot be", 1),
    ("enter: always", "'enter' must be a mapping", 1),
    ("enter:\n  when: tomorrow", "'when' cannot be", 2),
    ("enter:\n  wehn: event", "Unknown field 'wehn'", 2),
    ("enter:\n  when: event", "has no name", 2),
    ("enter:\n  event: x", "something else starts it", 2),
    ("enter:\n  again: sometimes", "cannot read the delay", 2),
    ("enter:\n  if: leed.x", "Nothing is called 'leed'", 1),
    ("leave: [{a: b}]", "must be a list of names", 1),
    ("window:\n  hours: 25:00-26:00", "cannot read the time", 1),
]


@pytest.mark.parametrize(("head", "message", "line"), HEAD_FAULTS, ids=[fault[0] for fault in HEAD_FAULTS])
def test_a_fault_in_the_head_names_its_line_and_a_remedy(head: str, message: str, line: int) -> None:
    found = faults(f"{head}\nname: plan\nstages: [{{id: a, email: x}}]\n")

    assert [problem.line for problem in found if message in problem.message] == [line]
    assert all(problem.remedy for problem in found)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "empty", None),
        ("# nothing\n", "empty", None),
        ("- a\n- b\n", "must be a mapping", 1),
        ("stages: [{id: a, email: x}]\n", "'name' is missing", 1),
        ("name: plan\n", "no list of stages", 1),
        ("name: plan\nstages: []\n", "no list of stages", 2),
        ("name: plan\nstages: {a: b}\n", "no list of stages", 2),
        ("name: plan\nname: plan\n", "stands here twice", 2),
        ("name: plan\nstages:\n  - {id: a, email: x\n", "not YAML", 4),
        ("name: plan\n\tstages: x\n", "not YAML", 2),
        ("name: plan\nstages: *later\n", "Nothing is marked as &later", 2),
        ("name: !!python/object:os.system x\n", "Tags such as", 1),
        ("name: plan\n---\nname: other\n", "second document", 2),
        ("name: pl\0an\n", "no text", 1),
        ("? [a, b]\n: c\n", "must be a word", 1),
        ("a: " + "[" * 50 + "]" * 50, "too deeply", 1),
        ("name: " + "x" * 70_000, "longer than", None),
        ('name: "\\UFFFFFFFF"\n', "not YAML", None),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_file_that_is_no_sequence_is_refused_in_one_sentence(text: str, message: str, line: int | None) -> None:
    found = faults(text)

    assert any(message in problem.message and problem.line == line for problem in found), [*map(str, found)]
    assert all(problem.remedy for problem in found)


def test_aliases_are_read_but_not_when_they_stand_for_too_much() -> None:
    shared = "name: plan\nwindow: &day {hours: 09:00-12:00}\nstages: [{id: a, email: x, window: *day}]\n"
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{this}: &{this} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, this in zip("abcdefg", "bcdefgh", strict=True)
    )

    assert parse(shared).stages[0].window == parse_window({"hours": "09:00-12:00"})
    assert "too many values" in faults(bomb)[0].message


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    text = "nmae: x\nname: plan\nstages:\n  - {id: a, emial: x}\n  - {id: a, sms: y, after: soon}\n  - {id: b, if: lead.x, then: c}\n"

    found = faults(text)

    assert [problem.line for problem in found] == [1, 4, 5, 5, 6, 6]
    assert "two stages called 'a'" in found[2].message
    assert "first on line 4" in found[2].message
