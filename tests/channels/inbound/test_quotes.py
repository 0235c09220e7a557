"""What a person wrote in a reply is kept; what a mail program put below it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.inbound.quotes import INPUT_CHARACTERS_MAX, unquoted

OUR_MESSAGE = "Your estimate is ready. Reply STOP to opt out."


@pytest.mark.parametrize(
    "tail",
    [
        f"\n\nOn Tue, 3 Nov 2026 at 09:14, Acme <hello@example.com> wrote:\n> {OUR_MESSAGE}",
        f"\n\nOn Tue, 3 Nov 2026 at 09:14, Acme Long Name\n<hello@example.com> wrote:\n\n{OUR_MESSAGE}",
        f" On Nov 3, 2026, at 9:14 AM, Acme wrote: {OUR_MESSAGE}",
        f"\nEl mar, 3 nov 2026 a las 9:14, Acme escribió:\n> {OUR_MESSAGE}",
        f"\nLe mar. 3 nov. 2026 à 09:14, Acme a écrit :\n> {OUR_MESSAGE}",
        f"\nAm 03.11.2026 um 09:14 schrieb Acme:\n> {OUR_MESSAGE}",
        f"\n-----Original Message-----\nFrom: Acme\n{OUR_MESSAGE}",
        f"\n________________________________\nFrom: Acme\n{OUR_MESSAGE}",
        f"\nFrom: Acme <hello@example.com>\nSent: Tuesday\nTo: Ann\nSubject: Hi\n\n{OUR_MESSAGE}",
        f"\nDe : Acme\nEnvoyé : mardi\nObjet : Bonjour\n\n{OUR_MESSAGE}",
        f"\nBegin forwarded message:\n\n{OUR_MESSAGE}",
        f"\n> {OUR_MESSAGE}\n>> older",
        f" > {OUR_MESSAGE}",
        "\n\n-- \nAnn Lee\nHead of Stopping Things",
        "\n\nSent from my iPhone",
        "\n\nEnvoyé de mon iPhone",
        "\n\nEnviado desde mi iPhone",
        "\n\nBest regards,\nAnn Lee\nUnsubscribe Ltd",
        "\n\nCordialement,\nAnne",
        "\n\nThis email and any attachments are confidential and may be privileged. Stop reading.",
    ],
)
def test_only_the_writers_own_words_remain(tail: str) -> None:
    assert unquoted("Thursday is fine." + tail) == "Thursday is fine."


def test_words_below_a_bracketed_quotation_are_kept() -> None:
    reply = f"On 3 Nov 2026, Acme wrote:\n> {OUR_MESSAGE}\n\nPlease stop."

    assert unquoted(reply) == "Please stop."


def test_words_between_bracketed_lines_are_kept() -> None:
    assert unquoted("> Shall we call?\nYes.\n> When?\nFriday.") == "Yes.\nFriday."


@pytest.mark.parametrize(
    "text",
    [
        "On Friday my boss wrote: we stop here",
        "To: be honest, I don't know",
        "Is 5 >3? Call me",
        "Regards",
        "cheers",
        "I sent from home the wrong file",
    ],
)
def test_prose_that_only_looks_like_a_quotation_is_kept(text: str) -> None:
    assert unquoted(text) == text


def test_a_postscript_below_the_signature_is_kept() -> None:
    assert unquoted("Thanks.\n\nBest regards,\nAnn\n\nPS: please stop") == "Thanks.\n\nPS: please stop"


def test_nothing_is_left_of_a_mere_quotation() -> None:
    assert unquoted(f"> {OUR_MESSAGE}") == ""


@given(st.text())
def test_any_text_is_shortened_or_left_alone(text: str) -> None:
    assert len(unquoted(text)) <= len(text)


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=200))
def test_a_single_word_is_left_alone(text: str) -> None:
    assert unquoted(text) == text


def test_a_thread_of_any_length_is_read_from_its_top() -> None:
    assert unquoted("Yes\n" + "> old\n" * INPUT_CHARACTERS_MAX) == "Yes"
