"""Sequences as texts, and what is wrong with them."""

import pytest

from channels.address import Channel
from engine.content.problems import ContentErrors, Problem
from engine.content.sequences import parse_sequence
from engine.domain.sequence import Sequence

FILE = "sequences/plan.yaml"


def parse(text: str) -> Sequence:
    return parse_sequence(text, file=FILE)


def of_stages(*lines: str) -> str:
    """Return a sequence of which stage number n stands on line n + 2."""
    return "name: plan\nstages:\n" + "".join(f"  - {line}\n" for line in lines)


def faults(text: str, templates: set[tuple[Channel, str]] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ContentErrors) as caught:
        parse_sequence(text, file=FILE, templates=templates)
    return caught.value.problems
