"""A voicemail: who calls, the number, how long it lasts, and where its recording lies."""

import re
from collections.abc import Iterator

from channels.message import VoicemailContent
from engine.content.checking.sample import Sample
from engine.content.codes import Code
from engine.content.problems import Problem

# People leave messages at about 150 words a minute and say a number at three digits a second, in groups.
WORDS_A_SECOND = 2.5
DIGITS_A_SECOND = 3.0
# Past 30 seconds few listen to the end; under 20 there is no time for who, why and the number.
SECONDS_MAX = 30
SECONDS_MIN = 20
_ROUNDED_OFF = 1  # an estimate is good to a second, and a second over is nothing to write home about


def spoken_seconds(script: str) -> float:
    """Return about how long a person takes to say *script*."""
    digits = sum(one.isdigit() for one in script)
    words = sum(not any(one.isdigit() for one in word) for word in re.findall(r"[\w'\u2019-]+", script))
    return words / WORDS_A_SECOND + digits / DIGITS_A_SECOND


def check_voicemail(sample: Sample, voicemail: VoicemailContent) -> Iterator[Problem]:
    """Find what is wrong with *voicemail*."""
    script = voicemail.script
    if sample.is_typical:
        yield from _length(sample, script)
    if sample.compiled.brand.name not in script:
        remedy = "Say {{ brand.name }} in the first sentence: the law asks who calls."
        yield sample.found(Code.CALLER_NOT_NAMED, "The voicemail doesn't say who calls.", remedy)
    if not any(phone in script for phone in _phones(sample)):
        remedy = "Say {{ brand.phone }}: the law asks for a number to call back and to opt out by."
        yield sample.found(Code.NO_CALL_BACK_NUMBER, "The voicemail gives no number.", remedy)
    audio = voicemail.audio_url
    if audio is not None and not (audio.startswith("https://") and audio.isascii() and " " not in audio):
        yield sample.found(Code.RECORDING_ADDRESS, "The recording is not at an https:// address.", key="audio")


def _length(sample: Sample, script: str) -> Iterator[Problem]:
    seconds = round(spoken_seconds(script))
    said = f"The voicemail has {len(script.split())} words, about {seconds} seconds."
    if seconds > SECONDS_MAX + _ROUNDED_OFF:
        yield sample.found(Code.VOICEMAIL_LONG, said)
    elif seconds < SECONDS_MIN - _ROUNDED_OFF and not sample.source.texts.get("audio"):
        yield sample.found(Code.VOICEMAIL_SHORT, said)


def _phones(sample: Sample) -> list[str]:
    brand = sample.compiled.brand
    phones = [str(brand.variables["phone"]), *(owner.phone for owner in brand.owners)]
    return [phone for phone in phones if phone]
