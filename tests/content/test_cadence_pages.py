"""Every sequence that ships has a page that says what it does, and the page says so still."""

from pathlib import Path

import pytest

from engine.content.library import load_library
from engine.content.sequences import parse_sequence
from engine.domain.sequence import Handover, SendTouch, Sequence, Split, TaskTouch

PAGES = Path(__file__).parents[2] / "docs" / "cadences"
LIBRARY = load_library()
SEQUENCES = {name: parse_sequence(text, file=f"sequences/{name}.yaml") for name, text in LIBRARY.sequences.items()}


def named(sequence: Sequence) -> set[str]:
    """Return every message and sequence that a lead may meet in *sequence*."""
    names: set[str] = set()
    for stage in sequence.stages:
        touches = stage.step.variants.values() if isinstance(stage.step, Split) else [stage.step]
        for touch in touches:
            match touch:
                case SendTouch():
                    names.add(touch.template)
                case TaskTouch():
                    names.add(touch.script)
                case Handover():
                    names.add(touch.sequence)
                case _:
                    pass
    return names


@pytest.mark.parametrize("name", SEQUENCES)
def test_every_sequence_has_a_page_that_names_all_its_messages(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")

    assert {one for one in named(SEQUENCES[name]) if one not in page} == set()


@pytest.mark.parametrize("name", SEQUENCES)
def test_every_page_says_for_whom_why_and_what_to_change(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")

    assert {part for part in ("Whom it is for", "Why this rhythm", "What to change first") if part not in page} == set()


def test_the_table_lists_every_page_once() -> None:
    table = (PAGES / "README.md").read_text(encoding="utf-8")

    assert {name: table.count(f"]({name}.md) |") for name in SEQUENCES} == dict.fromkeys(SEQUENCES, 1)
