"""Copies of do-not-call lists: taken in as they are handed out, put in force at once, refused where they would loosen."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from consent.rulebook import load_rulebook
from engine.flows import registries as lists
from engine.flows.registries import RefusedCopy, Registry, Taken, known
from engine.store import registries
from engine.store import tables as t
from tests.flows.story import DAY, Story

US = Registry(name="us_national_dnc", country="US", rules=("R",), fresh_for=timedelta(days=31))
ONE, TWO, THREE = "5035550123", "5035550124", "5035550125"
RULES = """\
jurisdiction: US
rules:
  - {id: OWN-LIST, kind: registry, channels: [call], registry: own_list, fresh_for: 10 days, citation: policy, verified: true}
  - {id: OWN-LIST-TEXT, kind: registry, channels: [sms], registry: own_list, fresh_for: 20 days, citation: policy, verified: true}
"""


def take(story: Story, *lines: str, registry: Registry = US, **how: Any) -> Taken:
    usual = {"as_of": story.now() - DAY, "is_full": True, "source": "file", "by": "ann"}
    return lists.take_in(story.kit, registry, lines, **{**usual, **how})


def numbers(story: Story, registry: str = US.name) -> dict[str, datetime]:
    return {row["key"]: row["listed_at"] for row in story.rows(t.registry_entries, registry=registry)}


def keys(story: Story, *national: str) -> set[str]:
    return {story.kit.address_key.key_of("phone", f"+1{one}") for one in national}


def test_a_full_copy_replaces_the_one_before(story: Story) -> None:
    take(story, ONE, TWO)
    story.pass_time(DAY)

    taken = take(story, TWO, THREE)

    assert keys(story, TWO, THREE) == numbers(story).keys()
    assert (taken.entries, taken.lines, taken.bad_count) == (2, 2, 0)
    assert len(story.rows(t.registry_entries)) == 2


def test_a_number_keeps_the_date_of_the_first_copy_that_held_it(story: Story) -> None:
    first = story.now() - DAY
    take(story, ONE)
    story.pass_time(DAY)

    take(story, ONE, TWO)

    assert [first, first + DAY] == sorted(numbers(story).values())


def test_a_date_in_the_list_counts(story: Story) -> None:
    take(story, f"{ONE},2025-06-01", f"{TWO},A,20250602", f"{THREE},6/3/2025")

    assert sorted(f"{at:%m-%d}" for at in numbers(story).values()) == ["06-01", "06-02", "06-03"]


def test_the_same_file_twice_changes_nothing(story: Story) -> None:
    take(story, ONE, TWO, ONE)
    before = numbers(story)

    taken = take(story, ONE, TWO, ONE)

    assert before == numbers(story)
    assert taken.entries == 2


def test_changes_are_added_and_taken_away_and_the_last_word_counts(story: Story) -> None:
    take(story, ONE, TWO)

    taken = take(story, f"{THREE},A", f"{TWO},D", f"{ONE},D", f"{ONE},A", is_full=False, as_of=story.now())

    assert keys(story, ONE, THREE) == numbers(story).keys()
    assert taken.entries == 2
    assert len(story.rows(t.registry_entries)) == 2


def test_the_last_word_counts_over_many_batches(story: Story) -> None:
    take(story, ONE)
    filler = [f"503556{number:04d},A" for number in range(lists.BATCH_MAX)]

    taken = take(story, f"{ONE},D", *filler, f"{ONE},A", is_full=False, as_of=story.now())

    assert keys(story, ONE) <= numbers(story).keys()
    assert taken.entries == lists.BATCH_MAX + 1


@pytest.mark.parametrize(
    ("lines", "how", "told"),
    [
        ([], {}, "no number"),
        (["hello", "not 1 number"], {}, "no number"),
        ([ONE, "12", "13"], {}, "2 of 3 lines"),
        ([ONE, f"{TWO},D"], {}, "1 of 2 lines"),
        ([f"{ONE},A"], {"is_full": False}, "whole list first"),
        ([ONE], {"as_of": datetime.fromisoformat("2030-01-01T00:00:00Z")}, "lies ahead"),
    ],
    ids=["empty", "no list", "half unreadable", "deletes in a full list", "changes to nothing", "tomorrow"],
)
def test_what_is_no_copy_is_refused_and_nothing_stays(
    story: Story, lines: list[str], how: dict[str, Any], told: str
) -> None:
    with pytest.raises(RefusedCopy, match=told):
        take(story, *lines, **how)

    assert [*story.rows(t.registry_entries), *story.rows(t.registry_copies)] == []


def test_an_older_copy_is_refused_unless_somebody_insists_and_then_its_age_counts(story: Story) -> None:
    take(story, ONE)
    story.pass_time(DAY)

    with pytest.raises(RefusedCopy, match="newer"):
        take(story, TWO, as_of=story.now() - 9 * DAY)
    take(story, TWO, as_of=story.now() - 9 * DAY, force=True)

    assert keys(story, TWO) == numbers(story).keys()
    with story.kit.database.read() as connection:
        assert registries.newest_of_all(connection)[US.name]["as_of"] == story.now() - 9 * DAY


def test_a_copy_that_was_cut_off_is_refused_and_the_old_one_stays(story: Story) -> None:
    take(story, *(f"503555{number:04d}" for number in range(10)))

    with pytest.raises(RefusedCopy, match="cut off"):
        take(story, ONE, as_of=story.now())

    assert len(story.rows(t.registry_entries)) == 10


def test_bad_lines_are_counted_with_their_numbers(story: Story) -> None:
    good = [f"503556{number:04d}" for number in range(40)]

    taken = take(story, *good, "what?")

    assert (taken.bad_count, [one.line for one in taken.bad]) == (1, [41])


def test_the_list_is_whole_at_every_moment_of_an_import(story: Story) -> None:
    take(story, ONE, TWO)
    seen = []

    def lines() -> Iterable[str]:
        yield ONE
        seen.append(len(numbers(story)))
        yield THREE

    lists.take_in(story.kit, US, lines(), as_of=story.now(), is_full=True, source="file", by="ann")

    assert seen == [2]
    assert len(numbers(story)) == 2


def test_the_rulebook_says_which_lists_there_are(tmp_path: Path, story: Story) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(RULES)

    found = known(load_rulebook(own))["own_list"]

    assert (found.country, found.rules, found.fresh_for) == ("US", ("OWN-LIST", "OWN-LIST-TEXT"), timedelta(days=10))


def test_a_list_goes_stale_and_says_when(tmp_path: Path, story: Story) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(RULES)
    story.kit = replace(story.kit, rulebook=load_rulebook(own))
    registry = known(story.kit.rulebook)["own_list"]

    def now_held() -> lists.Held:
        with story.kit.database.read() as connection:
            return next(one for one in lists.held(connection, story.kit.rulebook) if one.registry == registry)

    before = now_held()
    take(story, ONE, registry=registry)
    fresh = now_held()

    assert before.is_stale(story.now())
    assert (fresh.entries, fresh.stale_at) == (1, story.now() + 9 * DAY)
    assert not fresh.is_stale(story.now() + 9 * DAY)
    assert fresh.is_stale(story.now() + 9 * DAY + timedelta(seconds=1))
