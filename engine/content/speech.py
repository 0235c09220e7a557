"""Reads a script aloud with espeak-ng, where that is installed: how long it takes, and how it sounds to a stranger.

The voice is a machine's and plain; it finds numbers nobody can follow and sentences without breath, and tells the length.
"""

import re
import subprocess
import wave
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

PROGRAM = "espeak-ng"
WORDS_PER_MINUTE = 150  # how fast people leave messages
TEXT_CHARACTERS_MAX = 2_000  # what a voicemail may have; two minutes
SECONDS_MAX = 20.0  # the program needs a tenth of a second; past this it hangs
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?")
_VOICES = {"en": "en-us", "es": "es-419"}  # whom the shipped texts are written for
_PLAIN_VOICE = "en-us"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """A script as sound: a WAV file, and its length."""

    wav: bytes = field(repr=False)
    seconds: float


class CannotSpeak(RuntimeError):
    """Nothing was read aloud; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Reads texts aloud by *program*."""

    program: str = PROGRAM

    def speak(self, text: str, language: str) -> Speech:
        """Return *text* as sound in the voice of *language*, a BCP 47 tag; raises `CannotSpeak`."""
        return _speak(self.program, text[:TEXT_CHARACTERS_MAX], voice_for(language))


def voice_for(language: str) -> str:
    """Return the program's voice for *language*; a plain one where the tag can't be one."""
    tag = language.lower().replace("_", "-")
    return _VOICES.get(tag, tag) if _LANGUAGE.fullmatch(tag) else _PLAIN_VOICE


@lru_cache(maxsize=8)  # a page asks for the length and then for the sound; a minute of it is 2.6 MB
def _speak(program: str, text: str, voice: str) -> Speech:
    with TemporaryDirectory(prefix="fifthtouch-speech-") as folder:
        file = Path(folder, "speech.wav")  # written to a pipe, the file's head would not know its length
        wanted = (voice, voice.partition("-")[0], _PLAIN_VOICE)
        for each in dict.fromkeys(wanted):
            if _run([program, "-v", each, "-s", str(WORDS_PER_MINUTE), "-w", str(file), "--stdin"], text) == 0:
                break
        else:
            raise CannotSpeak(f"{program} could not read this aloud in the voice {voice}.")
        if not file.exists():
            raise CannotSpeak("There is nothing in this that can be read aloud.")
        wav = file.read_bytes()
    with wave.open(BytesIO(wav)) as sound:
        return Speech(wav=wav, seconds=sound.getnframes() / sound.getframerate())


def _run(command: list[str], text: str) -> int:
    try:
        # The text goes in by standard input, so that nothing in it can be an option of the program.
        return subprocess.run(  # noqa: S603 - the program is ours to choose, and gets no word of the text as argument
            command, input=text.encode(), capture_output=True, timeout=SECONDS_MAX, check=False
        ).returncode
    except FileNotFoundError:
        raise CannotSpeak(
            f"{command[0]} is not installed here, so this can't be read aloud. On Debian: apt-get install espeak-ng."
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotSpeak(f"{command[0]} could not be run: {type(error).__name__}.") from error
