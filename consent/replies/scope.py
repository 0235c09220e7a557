"""Find which channels a stop names, with their kin; none named means every channel."""

import re

from channels.address import Channel

_NAMES = {
    Channel.EMAIL: r"e ?mail\w*|mail|mails|mailing|mailings|newsletters?|inbox|correos?|boletin(?:es)?|courriels?|infolettres?",
    Channel.SMS: r"text|texts|texting|texted|text(?:os?|ear|een|eando|eo|oter)|sms|smses|smsing|mms|whatsapps?|imessage",
    Channel.VOICEMAIL: r"voicemails?|voice mails?|robocall\w*|recordings?|buzon(?:es)? de voz|messageries?|repondeur|grabaciones",
    Channel.CALL: (
        r"calls?|calling|called|phone calls?|phone|phoning|ring|ringing|dial|dialing|dialling|telephone\w*"
        r"|llam\w+|marquen|marcar\w*|telefon\w+|appel\w*|rappel\w*|telephon\w+|anruf\w*|rufen|ligu\w+|ligar|chiam\w+|telefonate"
    ),
}
_NAMED = {channel: re.compile(rf"(?<!\w)(?:{names})(?!\w)") for channel, names in _NAMES.items()}
_ANY = "|".join(_NAMES.values())

# "calls and emails", "texting or calling me": the list goes on past the words the rule matched.
_AND_ANOTHER = re.compile(
    rf"(?: \w+)? (?:, )?(?:and|or|nor|y|o|ni|et|ou|&|,)(?: (?:stop|the|my|any|more|no|me|your|de|les|los|las|vos|mas|dont|do not))*"
    rf" (?:{_ANY})(?!\w)(?! (?:me )?(?:instead|is fine|is ok|only|works|is better))"
)
# "email is fine", "text me instead": a channel the same sentence welcomes is not meant.
_WELCOME = re.compile(
    rf"(?:(?<!\w)(?:just|only|prefer|rather|instead|but|can|please|may|solo|mejor|plutot|uniquement|seulement) )?"
    rf"(?P<named>{_ANY})(?: (?:me|us|moi|nous))? (?:is|are|s|me|instead|only|works?|est|es|esta|ok|okay|fine|plutot|mejor|solamente)"
    r"(?: (?:fine|ok|okay|better|good|best|great|preferred|instead|only|bien|mejor|mieux|preferable))?(?!\w)"
)
# A number is a phone's; "delete my number" says nothing of channels, so it stays out of the table above.

_KIN = {
    Channel.EMAIL: {Channel.EMAIL},
    # A stop on one phone channel is a stop on its automated kin (47 CFR 64.1200(a)(10)); calls by a person ask first.
    Channel.SMS: {Channel.SMS, Channel.VOICEMAIL},
    Channel.VOICEMAIL: {Channel.VOICEMAIL, Channel.SMS},
    Channel.CALL: {Channel.CALL, Channel.VOICEMAIL, Channel.SMS},
}


def channels_ended(folded: str, spans: list[tuple[int, int]]) -> frozenset[Channel]:
    """Return the channels that the stops at *spans* of *folded* end; empty when one of them names none."""
    named: set[Channel] = set()
    for start, end in spans:
        channels = _named_in(folded[start : _list_end(folded, end)])
        if not channels:
            return frozenset()
        named |= channels
    welcome = _welcomed(folded) - named
    return frozenset(kin for channel in named for kin in _KIN[channel]) - frozenset(welcome)


def _named_in(words: str) -> set[Channel]:
    return {channel for channel, pattern in _NAMED.items() if pattern.search(words)}


def _list_end(folded: str, end: int) -> int:
    while more := _AND_ANOTHER.match(folded, end):
        end = more.end()
    return end


def _welcomed(folded: str) -> set[Channel]:
    return {channel for said in _WELCOME.finditer(folded) for channel in _named_in(said.group("named"))}
