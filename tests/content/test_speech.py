"""Scripts read aloud: with their length, in a voice of their language, and never with an option of the program."""

import shutil
import wave
from io import BytesIO

import pytest

from engine.content.speech import PROGRAM, CannotSpeak, Speaker, voice_for

needs_program = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="espeak-ng is not installed")


@needs_program
def test_a_script_becomes_sound_as_long_as_it_takes() -> None:
    short, long = (Speaker().speak("We will call you again. " * times, "en") for times in (1, 6))

    with wave.open(BytesIO(long.wav)) as sound:
        assert long.seconds == pytest.approx(sound.getnframes() / sound.getframerate())
    assert 0.5 < short.seconds < long.seconds


@needs_program
@pytest.mark.parametrize("language", ["en", "es", "de-AT", "xx", "--help", "", "../../etc/passwd"])
def test_every_language_has_some_voice(language: str) -> None:
    assert Speaker().speak("Hello", language).seconds > 0


@needs_program
@pytest.mark.parametrize("text", ["--version", "-w /tmp/taken", "<speak><audio src='x'/></speak>", "שלום 🌿"])
def test_text_is_only_ever_text(text: str) -> None:
    assert Speaker().speak(text, "en").wav[:4] == b"RIFF"


@needs_program
def test_where_there_is_nothing_to_say_that_is_said() -> None:
    with pytest.raises(CannotSpeak, match="nothing in this"):
        Speaker().speak("", "en")


def test_where_it_is_not_installed_that_is_said_with_the_remedy() -> None:
    with pytest.raises(CannotSpeak, match=r"no-such-program is not installed here.*apt-get install espeak-ng"):
        Speaker(program="no-such-program").speak("Hello", "en")


def test_a_program_that_fails_is_told_from_one_that_is_missing() -> None:
    with pytest.raises(CannotSpeak, match="could not read this aloud"):
        Speaker(program="false").speak("Hello", "en")


def test_only_a_language_tag_becomes_a_voice() -> None:
    assert [voice_for(tag) for tag in ("en", "es", "de", "pt-BR", "-v", "a b", "en;rm")] == [
        "en-us", "es-419", "de", "pt-br", "en-us", "en-us", "en-us",
    ]  # fmt: skip
