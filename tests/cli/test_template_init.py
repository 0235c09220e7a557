"""A business takes a trade's content and makes it its own."""

from pathlib import Path

import pytest

from engine.content.compile import compile_library
from engine.content.library import load_library
from tests.cli.conftest import Shell
from tests.content.builders import BRAND, email, library

SHOP = BRAND.replace("Fern & Co", "Bolt & Nut")


@pytest.fixture
def shelf(tmp_path: Path) -> str:
    """Return a folder of two trades."""
    root = tmp_path / "shelf"
    library(root, {
        "brand.yaml": BRAND + "trade: roofs\n",
        "email/hello.md": email('{% include "answer" %}'),
        "snippets/answer.md": "From the top.",
        "trades/roofs/snippets/answer.md": "From the roof.",
        "trades/shop/brand.yaml": SHOP,
        "trades/shop/snippets/answer.md": "From the shop. ¿Sí?",
        "trades/shop/email/basket.md": email("Your basket"),
    })  # fmt: skip
    return str(root)


def test_a_trade_becomes_one_flat_folder(bare: Shell, shelf: str) -> None:
    told = bare.good("template", "init", "mine", "--templates", shelf, "--trade", "shop")

    mine = bare.folder / "mine"
    found = load_library(mine)
    assert (mine / "snippets/answer.md").read_text() == "From the shop. ¿Sí?"
    assert not (mine / "trades").exists()
    assert (found.brand.name, found.brand.trade) == ("Bolt & Nut", "")
    there = load_library(Path(shelf), trade="shop")
    assert {one.name for one in found.messages} == {one.name for one in there.messages}
    parts = {one.name: one.parts["subject"] for one in compile_library(found)}
    assert set(parts) == {"hello", "basket"}
    assert "6 files are in mine." in told
    assert "fifthtouch template check --templates mine" in told


def test_without_a_trade_it_is_the_one_the_brand_names(bare: Shell, shelf: str) -> None:
    assert bare.answer("template", "init", "mine", "--templates", shelf)["files"] == 5

    assert (bare.folder / "mine/snippets/answer.md").read_text() == "From the roof."
    assert (bare.folder / "mine/brand.yaml").read_text() == BRAND


def test_nothing_of_yours_is_written_over(bare: Shell, shelf: str) -> None:
    bare.write("mine/note.txt", "Mine.")
    bare.write("file", "Mine.")

    for folder in ("mine", "file"):
        assert "not empty" in bare.refusal("template", "init", folder, "--templates", shelf)
    assert [path.name for path in (bare.folder / "mine").iterdir()] == ["note.txt"]


def test_an_empty_folder_will_do(bare: Shell, shelf: str) -> None:
    (bare.folder / "mine").mkdir()

    bare.good("template", "init", "mine", "--templates", shelf, "--trade", "shop")


def test_an_unknown_trade_writes_nothing(bare: Shell, shelf: str) -> None:
    assert "Did you mean shop?" in bare.refusal("template", "init", "mine", "--templates", shelf, "--trade", "shoop")
    assert not (bare.folder / "mine").exists()


def test_a_file_that_cannot_be_read_stops_it(bare: Shell, shelf: str) -> None:
    (Path(shelf) / "snippets" / "bad.md").write_bytes(b"\xff")

    assert "snippets/bad.md: Byte 0" in bare.refusal("template", "init", "mine", "--templates", shelf)
    assert not (bare.folder / "mine").exists()


@pytest.mark.parametrize("trade", ["home-services", "professional-services", "online-shop"])
def test_what_is_shipped_is_whole_once_it_is_flat(bare: Shell, trade: str) -> None:
    bare.good("template", "init", "templates", "--trade", trade)

    assert compile_library(load_library(bare.folder / "templates"))


def test_another_trade_is_taken_from_the_program_where_a_folder_of_ones_own_stands(bare: Shell) -> None:
    bare.good("template", "init", "templates", "--trade", "home-services")

    bare.good("template", "init", "other", "--trade", "online-shop")

    assert "Known: home-services, online-shop, professional-services." in bare.refusal(
        "template", "init", "third", "--trade", "bakery"
    )
