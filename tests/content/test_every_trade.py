"""Each trade that comes with Fifth Touch says everything it must, in texts and voicemails that fit, for every interest."""

import re
from dataclasses import replace

import pytest

from channels.address import Channel
from channels.message import TextContent, VoicemailContent
from channels.segments import Encoding, count_segments
from consent.rule import Check
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.forms import parse_form
from engine.content.judging import laid_before
from engine.content.legal_lines import mended
from engine.content.library import Library, load_library
from engine.content.preview import HARD_CASES, PREVIEW_LINKS, preview
from engine.content.render import render_lines
from engine.content.variables import build_variables
from engine.domain.lead import Lead
from tests.content.builders import lead

TRADES = ("home-services", "professional-services", "online-shop")
LIBRARIES = {trade: load_library(trade=trade) for trade in TRADES}

# What messages at the top include; a trade without one of them would leave them empty.
SNIPPETS = {
    "answer", "price", "what-happens", "proof", "one-tip", "first-question", "visit-word", "thing-word", "care-tip",
    "seasonal-tip", "why-ask-later",
}  # fmt: skip
IN_SPANISH = {"answer", "price", "what-happens", "one-tip", "first-question", "visit-word", "why-ask-later"}
LETTERS = {
    "small-care", "true-cost", "how-long-it-lasts", "better-habit", "warning-signs", "hidden-waste", "right-fit", "stay-safe",
}  # fmt: skip


def spoken_to(library: Library) -> dict[str, Lead]:
    """Return a lead for each interest of the brand, and one of whom nothing is known."""
    known = {key: lead(first_name="Dana", interest=key) for key in library.brand.interests}
    return {**known, "nothing known": HARD_CASES["nothing known"]}


def compiled(trade: str, channel: Channel) -> list[Compiled]:
    """Return every message of *channel* as *trade* has it."""
    library = LIBRARIES[trade]
    return [compile_message(library, source) for source in library.messages if source.channel is channel]


@pytest.mark.parametrize("trade", TRADES)
def test_every_trade_has_four_interests_and_what_messages_include(trade: str) -> None:
    library = LIBRARIES[trade]

    assert len(library.brand.interests) == 4
    assert set(library.snippets) >= SNIPPETS
    assert {f"{name}.es" for name in IN_SPANISH} <= set(library.snippets)
    for interest in library.brand.interests:
        assert {f"answer+{interest}", f"first-question+{interest}", f"one-tip+{interest}"} & set(library.snippets)


@pytest.mark.parametrize("trade", TRADES)
def test_every_trade_asks_for_the_interests_it_has(trade: str) -> None:
    library = LIBRARIES[trade]

    form = parse_form(library.forms["contact"], name="contact")

    (asked,) = (field for field in form.fields if field.name == "interest")
    assert set(asked.options) == set(library.brand.interests)
    assert all(library.brand.name in consent.wording for consent in form.consents)


@pytest.mark.parametrize("trade", TRADES)
def test_one_snippet_asks_and_the_others_tell(trade: str) -> None:
    """A message asks one question; a second one hidden in a snippet would spoil it."""
    asking = {
        name.partition("+")[0].partition(".")[0] for name, text in LIBRARIES[trade].snippets.items() if "?" in text
    }

    assert asking == {"first-question"}


@pytest.mark.parametrize("trade", TRADES)
def test_every_letter_of_the_long_game_is_the_trades_own_and_long_enough_to_teach(trade: str) -> None:
    letters = {source.name: source for source in LIBRARIES[trade].messages if source.name in LETTERS}

    assert set(letters) == LETTERS
    for name, source in letters.items():
        assert 150 <= len(source.body.split()) <= 300, name
        assert source.file == f"trades/{trade}/email/{name}.md"


@pytest.mark.parametrize("trade", TRADES)
def test_every_text_of_every_trade_fits_two_segments_as_a_first_text(trade: str) -> None:
    library = LIBRARIES[trade]
    too_long = []
    for message in compiled(trade, Channel.SMS):
        for case, known in spoken_to(library).items():
            content = preview(message, known)
            assert isinstance(content, TextContent)
            lines = render_lines(message, build_variables(known, library.brand, PREVIEW_LINKS))
            said = replace(laid_before(content, library.brand, PREVIEW_LINKS), is_first=True)
            first = mended(said, (Check.FIRST_TEXT, Check.CONTACT, Check.OPT_OUT), lines).content
            assert isinstance(first, TextContent)
            counted = count_segments(first.body)
            if counted.encoding is not Encoding.GSM_7 or counted.segments > 2:
                too_long.append((message.file, case, counted.characters, counted.non_gsm))

    assert too_long == []


@pytest.mark.parametrize("trade", TRADES)
def test_every_voicemail_of_every_trade_lasts_about_half_a_minute(trade: str) -> None:
    odd = []
    for message in compiled(trade, Channel.VOICEMAIL):
        for case, known in spoken_to(LIBRARIES[trade]).items():
            content = preview(message, known)
            assert isinstance(content, VoicemailContent)
            # A phone number is one word on paper and ten when spoken.
            spoken = len(content.script.split()) + 8 * len(re.findall(r"555-", content.script))
            if not 20 <= spoken / 165 * 60 <= 34:
                odd.append((message.file, case, round(spoken / 165 * 60)))

    assert odd == []
