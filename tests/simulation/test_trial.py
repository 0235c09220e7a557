"""A trial shows what a sequence would do to many leads, and leaves nothing behind."""

from pathlib import Path

import pytest

from engine.content.library import load_library
from engine.flows.shelf import Missing
from engine.simulation.trial import Trial, try_out
from tests.databases import START


@pytest.fixture(scope="module")
def trial() -> Trial:
    return try_out(load_library(), "five-days-then-weekly", leads=8, days=14, seed=3, start=START)


def test_everybody_enters_the_sequence_at_once(trial: Trial) -> None:
    first = [touch for touch in trial.touches if touch.stage == "day-1"]

    assert len(first) == 8
    assert {touch.sequence for touch in first} == {"five-days-then-weekly"}
    assert trial.summary.leads == 8


def test_the_calendar_is_in_the_order_of_time(trial: Trial) -> None:
    instants = [touch.at for touch in trial.touches if touch.at is not None]

    assert instants == sorted(instants)
    assert instants[0] >= START


def test_whatever_was_not_sent_has_a_reason(trial: Trial) -> None:
    assert [one for one in trial.touches if one.state in ("skipped", "cancelled", "failed") and not one.reason] == []


def test_holds_are_counted_with_their_rule(trial: Trial) -> None:
    assert all(hold.reason and hold.rule and hold.touches > 0 for hold in trial.holds)


def test_a_trial_keeps_the_promises(trial: Trial) -> None:
    summary = trial.summary

    assert (summary.duplicates, summary.sent_after_opt_out, summary.forgotten) == (0, 0, 0)


def test_an_unknown_sequence_is_named() -> None:
    with pytest.raises(Missing, match="no-such-sequence"):
        try_out(load_library(), "no-such-sequence", leads=1, days=1, seed=1)


def test_nothing_is_left_behind(workdir: Path) -> None:
    try_out(load_library(), "instant-answer", leads=1, days=1, seed=1)

    assert list(workdir.iterdir()) == []
