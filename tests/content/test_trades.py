"""One folder, several trades: what stands before what, what is said once, and which brand counts."""

from pathlib import Path
from typing import Any

import pytest

from engine.content.brand import brand_from
from engine.content.checks import check_library
from engine.content.compile import compile_message
from engine.content.library import Library, load_library
from engine.content.problems import ContentErrors
from engine.content.trades import load_every_library, say_once
from tests.content.builders import BRAND, EMAIL, email, lead, library
from tests.content.builders import compiled as compiled_alone

OWN = BRAND + "trade: roofs\n"
SHOP = BRAND.replace("Fern & Co", "Bolt & Nut")
FILES: dict[str, str | bytes] = {
    "brand.yaml": OWN,
    "email/hello.md": email('{% include "answer" %}'),
    "email/bye.md": email("Bye"),
    "snippets/answer.md": "From the top.",
    "trades/roofs/snippets/answer.md": "From the roof.",
    "trades/shop/brand.yaml": SHOP,
    "trades/shop/snippets/answer.md": "From the shop.",
    "trades/shop/email/bye.md": email("Bye from the shop"),
    "trades/shop/email/basket.md": email("Your basket"),
}


def _said(found: Library, name: str = "hello") -> str:
    return compile_message(found, found.need(EMAIL, name)).parts["text"]


@pytest.mark.parametrize(
    ("trade", "said", "brand"),
    [(None, "From the roof.", "Fern & Co"), ("shop", "From the shop.", "Bolt & Nut"), ("roofs", "roof", "Fern & Co")],
)
def test_a_trades_file_stands_before_that_of_the_top(tmp_path: Path, trade: str | None, said: str, brand: str) -> None:
    library(tmp_path, FILES)

    found = load_library(tmp_path, trade=trade)

    assert not found.problems
    assert said in _said(found)
    assert (found.brand.name, found.brand.trade) == (brand, trade or "roofs")


def test_a_trade_adds_messages_and_replaces_them(tmp_path: Path) -> None:
    top = library(tmp_path, FILES)
    shop = load_library(tmp_path, trade="shop")

    assert top.names(EMAIL) == {"hello", "bye"}
    assert shop.names(EMAIL) == {"hello", "bye", "basket"}
    assert "Bye from the shop" in _said(shop, "bye")
    assert shop.need(EMAIL, "bye").file == "trades/shop/email/bye.md"
    assert shop.file("snippets/answer.md") == "trades/shop/snippets/answer.md"


def test_a_brand_without_a_trade_has_no_overlay(tmp_path: Path) -> None:
    found = library(tmp_path, {**FILES, "brand.yaml": BRAND})

    assert "From the top." in _said(found)
    assert found.brand.trade == ""


def test_a_folder_of_one_trade_may_name_it(tmp_path: Path) -> None:
    found = library(tmp_path, {"brand.yaml": OWN, "email/hello.md": email("Hello")})

    assert not found.problems
    assert found.brand.trade == "roofs"


def test_a_trade_that_is_not_there_is_a_problem_with_a_remedy(tmp_path: Path) -> None:
    found = library(tmp_path, {**FILES, "brand.yaml": BRAND + "trade: shoop\n"})

    assert [str(problem) for problem in found.problems] == ["trades: There is no trade shoop. Did you mean shop?"]
    with pytest.raises(ContentErrors, match=r"no trade \.\./\.\."):
        load_library(tmp_path, trade="../..")


@pytest.mark.parametrize("trade", ["[a]", "12", "{a: b}"])
def test_a_trade_is_text(tmp_path: Path, trade: str) -> None:
    with pytest.raises(ContentErrors, match="trade must be text"):
        library(tmp_path, {"brand.yaml": f"{BRAND}trade: {trade}\n"})


def test_a_fault_in_a_trades_file_is_told_where_it_stands(tmp_path: Path) -> None:
    library(
        tmp_path,
        {**FILES, "trades/shop/email/basket.md": "---\ncolour: red\n---\nHello", "trades/shop/sms/x.txt": b"\xff"},
    )

    files = [problem.file for problem in load_library(tmp_path, trade="shop").problems]

    assert files == ["trades/shop/sms/x.txt", "trades/shop/email/basket.md", "trades/shop/email/basket.md"]


def test_a_trades_brand_that_cannot_be_read_is_told_by_its_own_name(tmp_path: Path) -> None:
    library(tmp_path, {**FILES, "trades/shop/brand.yaml": SHOP.replace("phone: (503) 555-0100\n", "")})

    with pytest.raises(ContentErrors) as raised:
        load_library(tmp_path, trade="shop")

    assert raised.value.problems[0].file == "trades/shop/brand.yaml"


def test_the_trade_stays_with_the_brand_that_is_kept(tmp_path: Path) -> None:
    kept: dict[str, Any] = library(tmp_path, FILES).brand.to_json()

    assert brand_from(kept).trade == "roofs"
    assert "trade" not in compiled_alone(tmp_path / "alone", email("Hi")).brand.to_json()


def test_what_every_trade_has_is_said_once_and_what_one_has_names_it(tmp_path: Path) -> None:
    everywhere = "{{ lead.fist_name or 'you' }}"
    library(tmp_path, {
        **FILES,
        "email/bye.md": email(everywhere),
        "email/more.md": email('{% include "extra" %}'),
        "trades/shop/email/bye.md": email("Bye"),
        "snippets/answer.md": everywhere,
        "trades/shop/snippets/extra.md": "More.",
        "email/wrong.md": email(everywhere),
    })  # fmt: skip

    libraries = load_every_library(tmp_path)
    found = say_once({trade: check_library(one) for trade, one in libraries.items()})

    assert set(libraries) == {"roofs", "shop"}
    assert [(problem.file, problem.trades) for problem in found] == [
        ("email/bye.md", ("roofs",)),
        ("email/more.md", ("roofs",)),
        ("email/wrong.md", ()),
    ]
    assert str(found[0]).startswith("email/bye.md:5 (only roofs): There is no variable lead.fist_name.")


def test_a_brand_without_a_trade_is_checked_beside_the_trades(tmp_path: Path) -> None:
    library(tmp_path, {**FILES, "brand.yaml": BRAND})

    assert set(load_every_library(tmp_path)) == {"", "roofs", "shop"}


def test_leads_of_two_trades_get_messages_of_two_revisions(tmp_path: Path) -> None:
    library(tmp_path, FILES)
    one, other = (load_library(tmp_path, trade=trade) for trade in ("roofs", "shop"))

    revisions = {compile_message(found, found.need(EMAIL, "hello", lead().language)).revision for found in (one, other)}

    assert len(revisions) == 2
