"""`sequence publish`, `move` and `list`: what a publication changes, who stays where, and how leads are moved."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.content.builders import email, library

PLAN = """\
name: course
stages:
  - {id: one, email: hello}
  - {id: two, email: news, after: 2 days}
"""


@pytest.fixture
def folder(bare: Shell, tmp_path: Path) -> Path:
    """Return a small templates folder, published, of which Ann walks the one sequence."""
    made = tmp_path / "templates"
    made.mkdir()
    library(made, {"email/hello.md": email("Hello."), "email/news.md": email("News."), "sequences/course.yaml": PLAN})
    bare.good("sequence", "publish", "--accept-findings")
    bare.good("lead", "add", "--email", "ann@example.com", "--country", "US")
    bare.good("enroll", "ann@example.com", "course")
    bare.good("work", "--once")
    return made


@pytest.fixture
def rewrite(folder: Path) -> Callable[[str, str], None]:
    """Return how to change the sequence: a text and what stands there instead."""

    def write(old: str, new: str) -> None:
        path = folder / "sequences" / "course.yaml"
        path.write_text(path.read_text().replace(old, new))

    return write


def test_a_publication_shows_what_changes_and_who_stays_where(
    bare: Shell, folder: Path, rewrite: Callable[[str, str], None]
) -> None:
    rewrite("id: two, email: news, after: 2 days", "id: second, email: news, after: 3 days")
    (folder / "email" / "news.md").write_text((folder / "email" / "news.md").read_text().replace("News.", "New words."))

    told = bare.good("sequence", "publish", "--accept-findings", "--dry-run")

    assert "sequence course changed." in told
    assert "stage two removed" in told
    assert "stage second added" in told
    assert "1 at two" in told
    assert "-News." in told
    assert "+New words." in told
    assert "2 pieces would change; nothing was changed." in told
    assert bare.answer("sequence", "publish", "--accept-findings", "--dry-run")["changed"] == 2
    answer = bare.answer("sequence", "publish", "--accept-findings")
    assert [(one["kind"], one["name"], one["change"]) for one in answer["changes"]] == [
        ("email", "news", "changed"),
        ("sequence", "course", "changed"),
    ]
    assert answer["changes"][1]["standing"] == {answer["changes"][1]["before"]: {"two": 1}}
    assert bare.answer("sequence", "publish", "--accept-findings")["changes"] == []


def test_leads_are_moved_when_that_is_wanted(bare: Shell, folder: Path, rewrite: Callable[[str, str], None]) -> None:
    assert folder.is_dir()
    rewrite("id: two", "id: second")
    bare.good("sequence", "publish", "--accept-findings")
    assert bare.answer("sequence", "list")["leads_on_older"] == 1

    assert "stays" in bare.good("sequence", "move", "course")
    shown = bare.answer("sequence", "move", "course", "--stage", "two=second")
    assert (shown["done"], shown["moved"], shown["moves"][0]["to"]) == (False, 0, "second")
    assert "1 leads would be moved" in bare.good("sequence", "move", "course", "--stage", "two=second")
    assert "1 leads were moved" in bare.good("sequence", "move", "course", "--stage", "two=second", "--yes")

    listed = bare.answer("sequence", "list")
    assert (listed["leads"], listed["leads_on_older"]) == (1, 0)
    assert list(listed["standing"].values()) == [{"second": 1}]
    assert "Nobody walks an older revision" in bare.good("sequence", "move", "course")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "no sequence 'nothing'"),
        (("course", "--stage", "two"), "cannot read 'two'"),
        (("course", "--stage", "two=nowhere"), "no stage 'nowhere'"),
        (("course", "--from", "ffff"), "nobody walks an older revision 'ffff'"),
    ],
)
def test_a_move_that_cannot_be_made_is_refused(
    bare: Shell, folder: Path, rewrite: Callable[[str, str], None], words: tuple[str, ...], said: str
) -> None:
    assert folder.is_dir()
    rewrite("id: two", "id: second")
    bare.good("sequence", "publish", "--accept-findings")

    assert said in bare.refusal("sequence", "move", *words)
