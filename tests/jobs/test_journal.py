"""The journal: what it names has started; what it does not name has not, if it is whole and of this boot."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.ids import SystemIds
from engine.journal import FileJournal, boot_id, never_started

pytestmark = pytest.mark.skipif(boot_id() == "unknown-boot", reason="this system does not tell its boots apart")


def test_what_is_noted_has_started_and_nothing_else(tmp_path: Path) -> None:
    journal, noted, other = FileJournal(tmp_path, "one"), SystemIds().new(), SystemIds().new()

    journal.note(noted)

    assert not never_started(tmp_path, journal.name, noted)
    assert never_started(tmp_path, journal.name, other)


def test_an_empty_journal_proves_that_nothing_started(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, "one")

    assert never_started(tmp_path, journal.name, SystemIds().new())


def test_a_closed_journal_still_proves(tmp_path: Path) -> None:
    journal, noted = FileJournal(tmp_path, "one"), SystemIds().new()
    journal.note(noted)
    journal.close()

    assert not never_started(tmp_path, journal.name, noted)
    assert never_started(tmp_path, journal.name, SystemIds().new())


@pytest.mark.parametrize("name", ["memory", "", "another-boot.one", "../one"])
def test_a_journal_of_another_boot_or_none_proves_nothing(tmp_path: Path, name: str) -> None:
    FileJournal(tmp_path, "one")

    assert not never_started(tmp_path, name, SystemIds().new())


def test_a_journal_that_is_gone_proves_nothing(tmp_path: Path) -> None:
    assert not never_started(tmp_path, f"{boot_id()}.gone", SystemIds().new())


def test_a_journal_that_was_cut_off_proves_nothing(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, "one")
    journal.note(SystemIds().new())
    path = tmp_path / journal.name
    path.write_bytes(path.read_bytes()[:-5])

    assert not never_started(tmp_path, journal.name, SystemIds().new())


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    journal, ids = FileJournal(tmp_path, "one"), [SystemIds().new() for _ in range(500)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(journal.note, ids))

    assert sorted((tmp_path / journal.name).read_text().split()) == sorted(ids)
