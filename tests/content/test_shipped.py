"""The messages that come with Fifth Touch are fit to send: for every lead, on every channel."""

import re
from dataclasses import replace

import pytest

from channels.address import Channel
from channels.message import EmailContent, TextContent, VoicemailContent
from channels.segments import Encoding, count_segments
from consent.facts import Purpose
from consent.rule import Check
from engine.content.checks import check_library
from engine.content.compile import compile_library
from engine.content.compiled import Compiled
from engine.content.judging import laid_before
from engine.content.legal_lines import mended
from engine.content.library import load_library
from engine.content.preview import HARD_CASES, PREVIEW_LINKS, preview
from engine.content.render import Script, render_lines
from engine.content.sequences import parse_sequence
from engine.content.variables import build_variables
from engine.domain.lead import Lead
from engine.flows import double_opt_in
from engine.flows.confirming import TEMPLATES
from tests.content.builders import lead

LIBRARY = load_library()
MESSAGES = {message.file: message for message in compile_library(LIBRARY)}
INTERESTS = {f"interest {key}": lead(first_name="Dana", interest=key) for key in LIBRARY.brand.interests}
LEADS = {**HARD_CASES, **INTERESTS}

BEGGING = re.compile(
    r"just checking in|touching base|circl\w+ back|act now|last chance|limited time|(?<!no )hurry|only \d+ left|don't miss|expires",
    re.IGNORECASE,
)

HEADINGS = {
    "en": ("Opener", "Questions", "If they say", "Outcomes"),
    "es": ("Para empezar", "Preguntas", "Si dice", "Resultados"),
}


def of(channel: Channel) -> list[str]:
    """Return the files of *channel*."""
    return [file for file, message in MESSAGES.items() if message.channel is channel]


def cases(channel: Channel) -> list[tuple[Compiled, Lead]]:
    """Return every message of *channel* with every lead."""
    return [(MESSAGES[file], known) for file in of(channel) for known in LEADS.values()]


def test_nothing_shipped_has_a_problem() -> None:
    assert [str(problem) for problem in check_library(LIBRARY)] == []


@pytest.mark.parametrize("file", of(Channel.EMAIL))
@pytest.mark.parametrize("case", LEADS)
def test_every_email_is_fit_to_send(file: str, case: str) -> None:
    content = preview(MESSAGES[file], LEADS[case])

    assert isinstance(content, EmailContent)
    assert len(content.html.encode()) < 100_000
    assert not re.search(r"</?[a-z]+[ >/]", content.text.replace("<script>alert(1)</script>", ""))
    assert "{{" not in content.text.replace("{{ 7*7 }}", "")
    # Whoever is only asked to confirm gets nothing yet, so there is nothing to stop.
    is_question = MESSAGES[file].purpose is Purpose.CONFIRMATION
    for part in (content.html, content.text):
        assert (PREVIEW_LINKS.confirm in part) is is_question
        assert (PREVIEW_LINKS.unsubscribe in part) is not is_question
        assert (PREVIEW_LINKS.preferences in part) is not is_question
        assert LIBRARY.brand.postal_address in part
    assert "<script" not in content.html


@pytest.mark.parametrize("file", of(Channel.EMAIL))
def test_every_email_is_written_for_small_and_dark_screens_and_screen_readers(file: str) -> None:
    content = preview(MESSAGES[file], HARD_CASES["typical"])

    assert isinstance(content, EmailContent)
    assert f'<html lang="{MESSAGES[file].locale}"' in content.html
    assert "prefers-color-scheme: dark" in content.html
    assert "width=device-width" in content.html
    assert content.html.count("<table") == content.html.count('role="presentation"')
    assert content.preheader in content.html.replace("&#39;", "'").replace("&amp;", "&")


@pytest.mark.parametrize("file", of(Channel.SMS))
@pytest.mark.parametrize("case", ["typical", "nothing known", *INTERESTS])
def test_every_text_fits_two_segments_and_says_who_writes_and_how_to_stop(file: str, case: str) -> None:
    content = preview(MESSAGES[file], LEADS[case])

    assert isinstance(content, TextContent)
    counted = count_segments(content.body)
    assert counted.encoding is Encoding.GSM_7
    assert counted.segments <= 2
    assert LIBRARY.brand.name in content.body
    assert "STOP" in content.body


@pytest.mark.parametrize("file", of(Channel.SMS))
@pytest.mark.parametrize("case", ["typical", "nothing known", *INTERESTS])
def test_every_text_fits_two_segments_as_a_first_text_with_every_line_added(file: str, case: str) -> None:
    compiled, lead = MESSAGES[file], LEADS[case]
    lines = render_lines(compiled, build_variables(lead, LIBRARY.brand, PREVIEW_LINKS))
    content = preview(compiled, lead)
    assert isinstance(content, TextContent)
    said = replace(laid_before(content, LIBRARY.brand, PREVIEW_LINKS), is_first=True)

    first = mended(said, (Check.FIRST_TEXT, Check.CONTACT, Check.OPT_OUT), lines).content

    assert isinstance(first, TextContent)
    counted = count_segments(first.body)
    assert (counted.encoding, counted.segments <= 2) == (Encoding.GSM_7, True), f"{counted.characters} characters"


@pytest.mark.parametrize("file", of(Channel.VOICEMAIL))
@pytest.mark.parametrize("case", ["typical", "nothing known", *INTERESTS])
def test_every_voicemail_lasts_twenty_to_thirty_seconds(file: str, case: str) -> None:
    content = preview(MESSAGES[file], LEADS[case])

    assert isinstance(content, VoicemailContent)
    # A phone number is one word on paper and ten when spoken.
    spoken = len(content.script.split()) + 8 * content.script.count("555-")
    assert 20 <= spoken / 165 * 60 <= 34
    assert content.human_script


@pytest.mark.parametrize("file", of(Channel.CALL))
def test_every_call_script_has_its_four_parts(file: str) -> None:
    content = preview(MESSAGES[file], HARD_CASES["nothing known"])

    assert isinstance(content, Script)
    for heading in HEADINGS[MESSAGES[file].locale]:
        assert heading in content.text


@pytest.mark.parametrize("file", MESSAGES)
def test_no_message_begs_presses_or_pretends(file: str) -> None:
    assert not BEGGING.search("\n".join(MESSAGES[file].parts.values()))


@pytest.mark.parametrize("name", LIBRARY.sequences)
def test_every_sequence_refers_to_messages_that_exist(name: str) -> None:
    found = parse_sequence(LIBRARY.sequences[name], file=f"sequences/{name}.yaml", templates=LIBRARY.touches)

    assert found.name == name


def test_every_message_is_used_by_a_sequence() -> None:
    plans = "\n".join(LIBRARY.sequences.values())

    unused = {message.name for message in MESSAGES.values() if message.name not in plans}
    answers = set(TEMPLATES.values())  # to the words STOP, START and HELP
    questions = {name for _, name in double_opt_in.TEMPLATES.values()}
    assert unused - {"missed-call"} == answers | questions
