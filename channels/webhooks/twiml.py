"""What Twilio is told to do in a call: say, play, listen for a key, put through, hang up; values here, XML by its own library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, assert_never

MEDIA_TYPE = "text/xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak *text* in *language*, a BCP 47 tag."""

    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play the recording at *url*."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    """Say or play *prompt* and post the one key that is pressed, then or within *seconds*, to *action*; else go on."""

    prompt: tuple[Say | Play, ...]
    action: str
    seconds: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Put the lead through to *number*, ringing for *seconds*; then post how that went to *action*."""

    number: str
    caller_id: str
    action: str
    seconds: int = 20  # most mailboxes take over later than this, and nobody wants to talk with one


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Go on with what *url* answers."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End the call."""


Verb = Say | Play | Gather | Dial | Redirect | Hangup


def to_twiml(verbs: Sequence[Verb]) -> str:
    """Return *verbs* as TwiML; none at all ends the call."""
    response: Any = _voice_response().VoiceResponse()
    for verb in verbs or (Hangup(),):
        _add(response, verb)
    return str(response.to_xml())


def voice_of(language: str) -> tuple[str, str]:
    """Return the language as Twilio names it, and a voice that speaks it: English where none speaks *language*."""
    wanted = language.replace("_", "-").lower()
    return _VOICES.get(wanted) or _VOICES.get(wanted.partition("-")[0]) or _VOICES["en"]


# https://www.twilio.com/docs/voice/twiml/say/text-speech: a voice that does not speak the language fails the verb.
_VOICES: Mapping[str, tuple[str, str]] = {
    "en": ("en-US", "Polly.Joanna"),
    "en-gb": ("en-GB", "Polly.Amy"),
    "en-au": ("en-AU", "Polly.Nicole"),
    "es": ("es-US", "Polly.Penelope"),
    "es-es": ("es-ES", "Polly.Conchita"),
    "es-mx": ("es-MX", "Polly.Mia"),
    "fr": ("fr-FR", "Polly.Celine"),
    "fr-ca": ("fr-CA", "Polly.Chantal"),
    "de": ("de-DE", "Polly.Marlene"),
    "it": ("it-IT", "Polly.Carla"),
    "nl": ("nl-NL", "Polly.Lotte"),
    "pt": ("pt-PT", "Polly.Ines"),
    "pt-br": ("pt-BR", "Polly.Vitoria"),
}


def _add(response: Any, verb: Verb) -> None:
    match verb:
        case Say(text=text, language=language):
            spoken, voice = voice_of(language)
            response.say(text, voice=voice, language=spoken)
        case Play(url=url):
            response.play(url)
        case Gather(prompt=prompt, action=action, seconds=seconds):
            gather = response.gather(num_digits=1, timeout=seconds, action=action, method="POST", input="dtmf")
            for one in prompt:
                _add(gather, one)
        case Dial(number=number, caller_id=caller_id, action=action, seconds=seconds):
            dial = response.dial(caller_id=caller_id, action=action, method="POST", timeout=seconds)
            dial.number(number)
        case Redirect(url=url):
            response.redirect(url, method="POST")
        case Hangup():
            response.hangup()
        case _:
            assert_never(verb)


@cache
def _voice_response() -> Any:
    """Return the official library's module; it takes a quarter of a second to import."""
    from twilio.twiml import voice_response

    return voice_response
