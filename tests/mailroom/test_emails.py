"""Every email that ships looks right: in valid MJML, in all clients, on a phone, in the dark, and read aloud."""

import re
from collections import defaultdict
from typing import Any

import pytest

from channels.address import Channel
from engine.content.library import load_library
from tests.mailroom.judges import ask_node, program
from tests.mailroom.shipped import shipped

BYTES_MAX = 100_000
PHONE_WIDTH = 320  # pixels
CLIENTS = (
    "apple-mail.*", "fastmail.*", "gmail.*", "outlook.*", "protonmail.*", "samsung-email.*", "thunderbird.macos",
    "yahoo.*",
)  # fmt: skip
LOSSES = {
    "<body> element": "its colour stands on a <div> inside as well",
    "<style> element": "what stands there only refines: phones and the dark; all else is on the elements",
    "@media": "one column already, and light colours",
    "aria-label attribute": "the mail has no name of its own; its text is read all the same",
    "border-radius": "square corners",
    "color-scheme meta tag": "the client chooses the colours of the dark itself",
    "display:none": "the line shown after the subject stands above the text as well",
    "max-height property": "as display:none",
    "opacity": "as display:none",
    "overflow": "as display:none",
    "role attribute": "tables of layout are named as tables by a screen reader",
    "text-decoration": "links are told by their colour",
    "word-break": "a long word is broken elsewhere",
    "word-spacing": "the usual spacing, which is what we ask for",
}
"""What some client cannot show, and what its reader loses."""


@pytest.fixture(scope="module")
def mails() -> dict[str, str]:
    """Return the HTML part of every email of every trade, by name."""
    return {one.name: one.email().html for one in shipped(Channel.EMAIL, "typical")}


@pytest.fixture(scope="module")
def inspected(mails: dict[str, str]) -> dict[str, Any]:
    """Return what Chromium and axe say of each."""
    told: dict[str, Any] = ask_node("access", {"browser": program("chromium", "google-chrome"), "mails": mails})
    return told


def test_every_mail_is_small_whatever_the_lead_is_called() -> None:
    sizes = {
        one.name: len(one.email().html.encode())
        for one in shipped(Channel.EMAIL, "long name", "right to left", "emoji", "nothing known", "hostile")
    }

    assert {name: size for name, size in sizes.items() if size > BYTES_MAX} == {}


def test_no_mail_loads_anything_from_elsewhere(mails: dict[str, str]) -> None:
    """Fonts, styles and images of others would tell them who reads; images of the business's own are its choice."""
    loads = re.compile(r"@import|<link\b|<script\b|url\(|<img\b|\bsrc=", re.IGNORECASE)

    assert {name: found.group() for name, html in mails.items() if (found := loads.search(html))} == {}


def test_layouts_are_valid_mjml() -> None:
    layouts = {name: text for name, text in load_library().layouts.items() if name.endswith(".mjml")}
    filled = {
        name: re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", "words", re.sub(r"\{\{ *brand\.colors.*?\}\}", "#123456", text)))
        for name, text in layouts.items()
    }  # fmt: skip

    assert ask_node("mjml", filled) == {name: [] for name in layouts}


def test_clients_show_every_mail_or_its_reader_loses_nothing(mails: dict[str, str]) -> None:
    told = ask_node("clients", {"clients": CLIENTS, "mails": mails})

    lost = defaultdict(set)
    for issues in told.values():
        for issue in issues:
            if issue["kind"] == "errors" and issue["title"] not in LOSSES:
                lost[issue["title"]].add(issue["client"])
    assert dict(lost) == {}
    assert len(told) == len(mails)


def test_every_mail_fits_the_narrowest_phone(inspected: dict[str, Any]) -> None:
    assert {name: one["width"] for name, one in inspected.items() if one["width"] > PHONE_WIDTH} == {}


def test_axe_finds_nothing_serious(inspected: dict[str, Any]) -> None:
    """What it asks of a web page besides, such as landmarks, a mail has no place for."""
    serious = {
        f"{name} ({scheme})": one["id"]
        for name, each in inspected.items()
        for scheme in ("light", "dark")
        for one in each[scheme]
        if one["impact"] in {"serious", "critical"}
    }
    assert serious == {}


def test_the_dark_has_colours_of_its_own(inspected: dict[str, Any]) -> None:
    assert [name for name, one in inspected.items() if one["paper"][0] == one["paper"][1]] == []
