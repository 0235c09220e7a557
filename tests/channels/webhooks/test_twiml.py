"""What Twilio is told to do in a call, as the XML it gets."""

import pytest

from channels.webhooks.twiml import Dial, Gather, Hangup, Play, Redirect, Say, Verb, to_twiml, voice_of

PRESS = '<Say language="en-US" voice="Polly.Joanna">Press.</Say>'
HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'


@pytest.mark.parametrize(
    ("verb", "xml"),
    [
        (Hangup(), "<Hangup />"),
        (Play(url="https://x.example.com/a.mp3?b=1&c=2"), "<Play>https://x.example.com/a.mp3?b=1&amp;c=2</Play>"),
        (Redirect(url="https://x.example.com/"), '<Redirect method="POST">https://x.example.com/</Redirect>'),
        (
            Say(text="Alder & Finch <b>", language="es-MX"),
            '<Say language="es-MX" voice="Polly.Mia">Alder &amp; Finch &lt;b&gt;</Say>',
        ),
        (
            Dial(number="+15035550143", caller_id="+15035550142", action="/d"),
            '<Dial action="/d" callerId="+15035550142" method="POST" timeout="20"><Number>+15035550143</Number></Dial>',
        ),
        (
            Gather(prompt=(Say(text="Press."),), action="/k", seconds=6),
            f'<Gather action="/k" input="dtmf" method="POST" numDigits="1" timeout="6">{PRESS}</Gather>',
        ),
    ],
)
def test_each_verb_becomes_its_element(verb: Verb, xml: str) -> None:
    assert to_twiml([verb]) == f"{HEAD}{xml}</Response>"


def test_nothing_to_do_ends_the_call() -> None:
    assert to_twiml([]) == f"{HEAD}<Hangup /></Response>"


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("en", "en-US"), ("en-GB", "en-GB"), ("es", "es-US"), ("es-AR", "es-US"), ("fr_CA", "fr-CA"), ("th", "en-US")],
)
def test_a_language_has_a_voice_that_speaks_it(language: str, spoken: str) -> None:
    assert voice_of(language)[0] == spoken
