"""What a leads file says about permission: stops in every wording, and claims of an opt-in.

Whatever is ambiguous leans toward a stop: a lead wrongly left alone can be asked, a message after a stop can't be
taken back. An opt-in that says yes is only a claim of the file; whether it counts, the gate decides on evidence.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Stop(StrEnum):
    """A kind of contact that a file rules out."""

    EMAIL = "suppress_email"  # no email
    SMS = "suppress_sms"  # no text messages
    VOICE = "suppress_voice"  # no voicemail and no calls


EVERY_STOP = frozenset(Stop)
_EMAIL = frozenset({Stop.EMAIL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A column about permission: *stops* is what it rules out."""

    stops: frozenset[Stop]
    grants: bool  # whether its yes permits (an opt-in) or forbids (an opt-out)


def permission_of(name: str) -> Permission | None:
    """Return what a column of this plain name says about permission, None where it says nothing."""
    words = _GLUED.sub(r" \1 ", name)
    if _BESIDES.search(words):
        return None
    if _FORBIDS.search(words):
        fallback = _EMAIL if _OF_EMAIL.search(words) else EVERY_STOP
        return Permission(stops=_channels(words) or fallback, grants=False)
    if _PERMITS.search(words):
        fallback = _EMAIL if _LIST.search(words) else EVERY_STOP
        return Permission(stops=_channels(words) or fallback, grants=True)
    return None


# Words that programs write together: donotcall, emailoptout, smsoptin.
_GLUED = re.compile(r"(do ?not|opt(?:ed)? ?(?:out|in)|unsubscribed?|suppress(?:ed)?|consent)")
# Columns that go along with a stop or an opt-in and say nothing themselves; the same lead has another that does.
_BESIDES = re.compile(
    r"\b(?:links?|urls?|tokens?|page|ids?|ip|rate|soft|title|code|key|postal|direct mail|fax|letters?)\b"
)
_FORBIDS = re.compile(
    r"""unsubscri|\bunsub\b|\bopt(?:ed)?\s*out|\bdo(?:es)?\s*not\b|\bdon\s?t\b|\bdn[cd]\b|\bsuppress|\b(?:black|block)\s?list
    |\bblocked|\bhard\s?bounce|\bbounced?\b|\bbounces\b|\bclean(?:ed)?\b|\bcompla(?:in|int)|\bspam\s+(?:report|complaint)
    |\bmarked\s+as\s+spam|\brevoked|\bwithdr(?:aw|ew)|\bno\s+(?:e?\s?mails?|calls?|texts?|sms|contact)\b
    |\babgemeldet|\babmeld|\bnicht\s|\bwerbesperre|\bsperr|\bgesperrt|\bwiderruf|\bwiderspruch
    |\bdesabonn|\bdesinscri|\bne\s+pas\b|\bopposition
    |\bbaja\b|\bdesuscri|\bno\s+(?:contactar|llamar|enviar|molestar|escribir)|\brevocad|\bexclu""",
    re.VERBOSE,
)
_OF_EMAIL = re.compile(r"unsub|bounce|clean|compla|spam|abgemeldet|abmeld|desabonn|desinscri|desuscri|baja")
_PERMITS = re.compile(
    r"""\bopt(?:ed)?\s*in\b|\bconsent|\baccepts?\b|\bagree[ds]?\b|\ballow(?:s|ed)?\b|\bsubscribed?\b|\bsubscription|\bpermission|\bnewsletter
    |\bgdpr|\brgpd|\bdsgvo|\beinwillig|\bzustimm|\bautoriz|\bacepta|\bconsentim|\baccord|\bcan\s+(?:call|text|email)""",
    re.VERBOSE,
)
_LIST = re.compile(r"subscri|newsletter")
_CHANNELS: tuple[tuple[re.Pattern[str], frozenset[Stop]], ...] = (
    (re.compile(r"\b(?:e?mails?|emailing|bulkemail|correos?|courriels?|newsletter)\b"), _EMAIL),
    (re.compile(r"\b(?:sms|mms|texts?|texting|whatsapp)\b"), frozenset({Stop.SMS})),
    (
        re.compile(r"\b(?:voice\w*|calls?|calling|rvm|dial\w*|anruf\w*|angerufen|llamar|llamadas?|appel\w*)\b"),
        frozenset({Stop.VOICE}),
    ),
)
# Naming the telephone without a call may mean texts as well.
_PHONE = re.compile(r"\b(?:phone|telephone|tel|telefon\w*|mobile|cell)\b")


def _channels(words: str) -> frozenset[Stop]:
    named = frozenset[Stop]().union(*(stops for pattern, stops in _CHANNELS if pattern.search(words)))
    if _PHONE.search(words) and Stop.VOICE not in named:
        return named | {Stop.SMS, Stop.VOICE}
    return named


def _set(text: str) -> frozenset[str]:
    return frozenset(" ".join(word.split()) for word in text.split(";"))


BLANK = _set("; -; --; \u2014; ?; n/a; na; #n/a; nan; null; nil; (blank); unknown")
_NO = _set("""
    0; 0.0; 0,0; no; n; non; nein; nee; nao; n\u00e3o; ne; nej; false; f; falsch; faux; falso; off; never; none; unchecked;
    not; \u043d\u0435\u0442; \u5426; \u3044\u3044\u3048
""")
_FREE = _NO | _set("subscribed; active; opted in; opted-in; opt-in; opt in; allowed; allow; ok; in; permitted")
_REFUSED = _NO | _set("""
    denied; declined; refused; rejected; revoked; withdrawn; out; opted out; opted-out; opt-out; opt out; optout; opted_out;
    unsubscribed; not subscribed; not_subscribed; never_subscribed; non-subscribed; nonsubscribed; cleaned; bounced;
    pending; unconfirmed; not opted in; not given; blocked; inactive
""")


def forbids(value: str) -> bool:
    """Return whether an opt-out column's *value* is a stop: anything but blank or a clear no, so also a date."""
    word = value.strip().casefold()
    return word not in BLANK and word not in _FREE


def refuses(value: str) -> bool:
    """Return whether an opt-in column's *value* is a clear no; blank is not."""
    return value.strip().casefold() in _REFUSED


def claims(value: str) -> bool:
    """Return whether an opt-in column's *value* says yes."""
    word = value.strip().casefold()
    return word not in BLANK and word not in _REFUSED


_STATUS_STOPS: tuple[tuple[re.Pattern[str], frozenset[Stop]], ...] = (
    (
        re.compile(
            r"""(?:(?:globally|all)\ )?(?:unsubscribed?|cleaned|(?:hard\ )?bounced?|complained|complaint|abuse|spam
            |(?:marked|reported)\ as\ spam|suppressed|unconfirmed|(?:non|not|never)\ ?subscribed|non\ marketing\ contact
            |abgemeldet|(?:dado\ de\ )?baja|desabonnee?|desinscrite?|desuscrito|opted\ out\ of\ emails?|do\ not\ e?mail)""",
            re.VERBOSE,
        ),
        _EMAIL,
    ),
    (re.compile(r"do ?not ?(?:text|sms)|opted out of (?:sms|texts?)"), frozenset({Stop.SMS})),
    (re.compile(r"do ?not ?(?:call|phone)|opted out of calls"), frozenset({Stop.VOICE})),
    (
        re.compile(
            r"""opt(?:ed)?\ ?out|do\ ?not\ ?contact|dnc|dnd|blocked|blocklisted|blacklisted|banned|no\ contact
            |gesperrt|nicht\ kontaktieren|no\ contactar|ne\ pas\ contacter""",
            re.VERBOSE,
        ),
        EVERY_STOP,
    ),
)


def stops_of_status(plain_value: str) -> frozenset[Stop]:
    """Return what a status, written as `headers.plain` makes it, rules out."""
    for pattern, stops in _STATUS_STOPS:
        if pattern.fullmatch(plain_value):
            return stops
    return frozenset()
