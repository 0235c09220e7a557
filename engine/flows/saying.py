"""What a prepared message says, as the gate's rules on content see it at the moment it would leave."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from channels.address import Channel
from channels.message import Content, TextContent, VoicemailContent
from consent.facts import GateFacts, Purpose, Rendered
from consent.rulebook import Rulebook
from consent.wording.lexicon import lexicon
from consent.wording.view import parts_of
from engine.content.brand import Brand
from engine.content.judging import checks_of, laid_before
from engine.content.legal_lines import Line, mended
from engine.content.variables import Links
from engine.flows.asking import request_for
from engine.flows.call_words import words_in
from engine.flows.written import WRITTEN
from engine.store.leads import StoredLead
from engine.store.messages import StoredMessage
from engine.store.senders import Sender

FIRST_AGAIN_AFTER = timedelta(days=30)
"""After such a silence a text introduces itself again: carriers ask for a reminder about once a month."""


def said_by(
    content: Content, message: StoredMessage, *, brand: Brand, links: Links, sender: Sender, language: str
) -> Rendered:
    """Return *content* as the gate will look at it; what takes time is read now, before anything is locked."""
    if isinstance(content, VoicemailContent):
        # Whoever answers in person also hears our own sentence about the keys.
        words = words_in(language)
        human = content.human_script or words.tried.format(name=brand.name)
        content = replace(content, human_script=f"{human} {words.keys}")
    lexicon()
    for part in parts_of(content):
        _ = part.words
    rendered = laid_before(content, brand, links)
    return replace(
        rendered,
        is_answer=message.purpose is Purpose.CONFIRMATION or message.template == WRITTEN,
        takes_replies=takes_replies(message.channel, sender),
    )


def longest(
    rulebook: Rulebook, stored: StoredLead, message: StoredMessage, said: Rendered, lines: Mapping[Line, str]
) -> Content:
    """Return *said* with every line that a rule for this lead may want added: what it says in the end is no longer."""
    if not isinstance(said.content, TextContent):
        return said.content
    request = request_for(
        stored, channel=message.channel, purpose=message.purpose, planned_at=None, sequence=message.sequence
    )
    rules = rulebook.rules_for(message.channel, message.purpose, tuple(one.value for one in request.jurisdictions))
    return mended(said, checks_of(rules), lines).content


def takes_replies(channel: Channel, sender: Sender) -> bool:
    """Return whether an answer reaches us: a text from a name of letters can't be answered."""
    is_name = any(letter.isalpha() for letter in sender.address) and not sender.address.startswith(_MESSAGING_SERVICE)
    return channel is not Channel.SMS or not sender.is_live or not is_name


_MESSAGING_SERVICE = "MG"  # Twilio's pool of numbers, each of which takes answers


def is_first(facts: GateFacts, channel: Channel, now: datetime) -> bool:
    """Return whether nothing has reached the lead on *channel* lately."""
    since = now - FIRST_AGAIN_AFTER
    return not any(touch.channel is channel and touch.at > since for touch in facts.touches)
