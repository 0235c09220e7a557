"""The model that weighs a reply's words, and how its vote is settled with what the rules heard."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.replies import Label, classify
from consent.replies.agreement import settle
from consent.replies.model import WORDS_MAX, Vote, Weights, features, scaled, shipped, softmax, vote

AT = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)

SMALL = Weights(
    labels=(Label.OPT_OUT, Label.POSITIVE),
    bias=(0.0, 0.5),
    weights={"w stop": (2.0, -2.0), "w thanks": (-1.0, 1.0), "h other-stop": (-4.0, 0.0)},
)


def _vote(known: float = 1.0, **chances: float) -> Vote:
    """A vote with the *chances* named and nothing for the other labels."""
    return Vote(chances={label: chances.get(label.value, 0.0) for label in Label}, known=known, evidence=())


def test_a_reply_shows_words_neighbours_letters_and_signs() -> None:
    assert features("Stop 🛑 it") == {
        "w stop": 1.0, "w it": 1.0, "b ^ stop": 1.0, "b stop it": 1.0, "b it $": 1.0,
        "c ^sto": 0.35, "c stop": 0.35, "c top$": 0.35, "e 🛑": 1.0,
    }  # fmt: skip


def test_numbers_are_all_one_word() -> None:
    assert set(features("at 9")) == set(features("at 17"))


def test_a_very_long_reply_is_weighed_by_its_beginning() -> None:
    assert features("stop " * WORDS_MAX) == {**features("stop " * (WORDS_MAX + 50))}


def test_the_likeliest_label_is_the_one_its_words_speak_for() -> None:
    assert vote("stop", model=SMALL).label is Label.OPT_OUT
    assert vote("thanks", model=SMALL).label is Label.POSITIVE


def test_an_aside_takes_its_word_back() -> None:
    assert vote("stop", ["other-stop"], model=SMALL).label is Label.POSITIVE


def test_the_evidence_is_the_words_that_spoke_for_the_label() -> None:
    assert vote("stop thanks", model=SMALL).evidence == ("weighed: stop",)


def test_unknown_words_leave_the_model_unknowing() -> None:
    assert vote("zażółć", model=SMALL).known == 0.0
    assert vote("", model=SMALL).known == 0.0
    assert vote("stop zażółć", model=SMALL).known == 0.5


def test_chances_add_up_however_large_the_sums() -> None:
    assert softmax([1000.0, 0.0]) == [1.0, 0.0]


@given(st.text(max_size=200))
def test_every_text_gets_chances(text: str) -> None:
    chances = vote(text).chances

    assert set(chances) == set(Label)
    assert sum(chances.values()) == pytest.approx(1.0)


def test_a_reply_without_features_is_scaled_to_nothing() -> None:
    assert scaled({}) == {}
    assert scaled({"w a": 2.0}) == {"w a": 3.0}


def test_the_shipped_weights_know_every_label() -> None:
    model = shipped()

    assert set(model.labels) == set(Label)
    assert {len(row) for row in model.weights.values()} == {len(model.labels)}


@pytest.mark.parametrize(
    ("ruled", "sure", "heard", "weighed", "label", "is_sure"),
    [
        pytest.param(Label.OPT_OUT, True, True, _vote(opt_out=0.9), Label.OPT_OUT, True, id="both-hear-a-stop"),
        pytest.param(Label.OPT_OUT, True, True, _vote(opt_out=0.2, neutral=0.8), Label.OPT_OUT, False, id="rule-leans"),
        pytest.param(Label.NEUTRAL, False, False, _vote(opt_out=0.9), Label.OPT_OUT, True, id="model-alone"),
        pytest.param(Label.QUESTION, True, True, _vote(opt_out=0.9), Label.OPT_OUT, False, id="rule-against-a-stop"),
        pytest.param(Label.OPT_OUT, True, True, _vote(positive=1.0), Label.POSITIVE, False, id="absurd-stop-is-doubt"),
        pytest.param(Label.OPT_OUT, True, True, _vote(opt_in=1.0), Label.OPT_OUT, False, id="no-permission-from-a-model"),
        pytest.param(Label.POSITIVE, True, True, _vote(positive=0.9), Label.POSITIVE, True, id="both-agree"),
        pytest.param(Label.POSITIVE, True, True, _vote(positive=0.7, opt_out=0.3), Label.POSITIVE, False, id="maybe-stop"),
        pytest.param(Label.NOT_NOW, True, True, _vote(interested=0.5), Label.NOT_NOW, False, id="a-weak-model-yields"),
        pytest.param(Label.NOT_NOW, True, True, _vote(interested=0.8), Label.INTERESTED, False, id="a-strong-one-wins"),
        pytest.param(Label.NEUTRAL, False, False, _vote(interested=0.95), Label.INTERESTED, True, id="no-rule-spoke"),
        pytest.param(Label.NEUTRAL, True, True, _vote(known=0.2, positive=1.0), Label.NEUTRAL, True, id="foreign-to-the-model"),
        pytest.param(Label.NEUTRAL, True, False, _vote(known=0.2, positive=1.0), Label.NEUTRAL, False, id="foreign-to-both"),
    ],
)  # fmt: skip
def test_doubt_is_said_wherever_the_readers_differ(
    *, ruled: Label, sure: bool, heard: bool, weighed: Vote, label: Label, is_sure: bool
) -> None:
    verdict = settle(ruled, sure=sure, heard=heard, vote=weighed)

    assert (verdict.label, verdict.sure) == (label, is_sure)


def test_a_model_on_trial_reads_in_place_of_the_shipped_one() -> None:
    contrary = Weights(
        labels=tuple(Label), bias=tuple(9.0 if one is Label.POSITIVE else 0.0 for one in Label),
        weights={"w meet": (0.0,) * len(Label), "w you": (0.0,) * len(Label), "w tomorrow": (0.0,) * len(Label)},
    )  # fmt: skip

    assert classify("meet you tomorrow", AT, model=contrary).label is Label.POSITIVE
