"""A rehearsal in a process of its own: its answer comes back, and what takes too long is ended and cleared away."""

import tempfile
from pathlib import Path

import pytest

from engine.simulation.apart import CannotBeRehearsed, Request, TakesTooLong, try_out_apart
from engine.simulation.audience import Invented
from tests.content.builders import library
from tests.databases import START
from tests.flows.content import FILES

PLAN = "name: plan\nstages:\n  - {id: hello, email: hello}\n"


def request(folder: Path, sequence: str = "plan") -> Request:
    library(folder, {**FILES, "sequences/plan.yaml": PLAN})
    people = Invented(count=2)
    return Request(
        sequence=sequence, audience=people, start=START, days=2, seed=1, behaviour="silent", templates=folder
    )


def test_its_answer_comes_back(tmp_path: Path) -> None:
    trial = try_out_apart(request(tmp_path), seconds=300)

    assert [touch.stage for touch in trial.touches] == ["hello", "hello"]


def test_why_there_is_none_comes_back(tmp_path: Path) -> None:
    with pytest.raises(CannotBeRehearsed, match="nothing-of-the-kind"):
        try_out_apart(request(tmp_path, "nothing-of-the-kind"), seconds=300)


def test_what_takes_too_long_is_ended_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "places").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "places"))

    with pytest.raises(TakesTooLong):
        try_out_apart(request(tmp_path / "templates"), seconds=0.0)

    assert list((tmp_path / "places").iterdir()) == []
