"""What changed between two revisions."""

from engine.content.differences import Change, StageChange, stage_changes, text_difference
from tests.content.sequence_texts import of_stages, parse

OLD = parse(of_stages("{id: a, email: x}", "{id: b, email: y, after: 1 day}", "{id: c, email: z}"))


def test_stages_are_told_as_added_removed_and_changed() -> None:
    new = parse(of_stages("{id: a, email: x}", "{id: d, sms: t}", "{id: b, email: y, after: 2 days}"))

    assert stage_changes(OLD, new) == [
        StageChange(stage="c", change=Change.REMOVED),
        StageChange(stage="d", change=Change.ADDED),
        StageChange(stage="b", change=Change.CHANGED),
    ]


def test_nothing_changed_is_nothing_to_tell() -> None:
    assert stage_changes(OLD, OLD) == []
    assert text_difference("same", "same", name="email/x") == ""


def test_texts_are_told_line_by_line() -> None:
    told = text_difference("Hello\nAnn\n", "Hello\nBob\n", name="email/x")

    assert told.splitlines() == [
        "--- email/x (current)",
        "+++ email/x (new)",
        "@@ -1,2 +1,2 @@",
        " Hello",
        "-Ann",
        "+Bob",
    ]
