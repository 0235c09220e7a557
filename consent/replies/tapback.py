"""Read reactions: a tapback arrives as a text that quotes our own message, and its verb is all the lead said."""

import re

from consent.replies.reading import Label, Reading

# The verb, then the quoted message or what kind of thing was reacted to; nothing of the lead's own after it.
_OBJECT = r"\s*(?:[“”\"«‟„']\s*.*[“”\"»'…]|(?:an?|una?|une|el|la|l['\u2019])\s*\w+(?:\s\w+)?|.*[”»])\s*[.…]?\s*"

_THUMB = r"(?:👍|❤|♥|😍|🥰|💯|🙏|👏|🔥|😊|😀|🎉)\ufe0f?[\U0001F3FB-\U0001F3FF]?"
_KIND_VERBS = (
    rf"liked|loved|hearted|reacted (?:with )?{_THUMB}\s*to|{_THUMB}\s*(?:to|a|à|para)"
    r"|(?:le|te|me) (?:gust[oó]|ha gustado|encant[oó]|ha encantado|gusta|encanta)|le dio me gusta a"
    r"|(?:indic[oó]|ha indicado) que le (?:gusta|encanta)|(?:marc[oó]|ha marcado) (?:como|con) (?:me gusta|me encanta|un corazón)"
    rf"|(?:reaccion[oó]|ha reaccionado) con {_THUMB}\s*a|a réagi (?:avec|par) {_THUMB}\s*à"
    r"|a (?:aimé|adoré)|(?:j['\u2019]aime|j['\u2019]adore|aimé|adoré)"
)
_OTHER_VERBS = (
    r"disliked|laughed at|emphasized|emphasised|questioned|removed an? \w+(?: \w+)? from|reacted (?:with )?\S{1,12} to"
    r"|(?![\w\"“«])[^\w\s]{1,8}\s*(?:to|a|à|para)"
    r"|(?:reaccion[oó]|ha reaccionado) con \S{1,12} a|a réagi (?:avec|par) \S{1,12} à"
    r"|no le (?:gust[oó]|ha gustado)|se (?:rio|rió|ha reído) (?:de|con)"
    r"|(?:enfatiz[oó]|destac[oó]|resalt[oó]|cuestion[oó]|ha (?:enfatizado|destacado|resaltado|cuestionado))"
    r"|(?:pregunt[oó]|ha preguntado)(?: por| sobre)?|exclam[oó](?: sobre| por)?"
    r"|(?:quit[oó]|elimin[oó]|ha (?:quitado|eliminado)) (?:un|una|el|la) [\w ]{2,30} (?:de|a)"
    r"|n['\u2019]a pas (?:aimé|adoré)|a ri (?:de|à)|a mis (?:l['\u2019]accent sur|en exergue|en évidence)"
    r"|a (?:souligné|accentué|questionné|interrogé|exclamé)|s['\u2019]est (?:interrogée?|exclamée?) sur"
    r"|a (?:retiré|supprimé|enlevé) [\w'\u2019 ]{2,30} (?:de|à)"
)
_KIND = re.compile(rf"\s*(?:{_KIND_VERBS}){_OBJECT}", re.IGNORECASE | re.DOTALL)
_OTHER = re.compile(rf"\s*(?:{_OTHER_VERBS}){_OBJECT}", re.IGNORECASE | re.DOTALL)

# Phones put invisible marks around the emoji of a reaction.
_INVISIBLE = re.compile(r"[\u200a-\u200f\u2060-\u2064\u202a-\u202e\ufeff]")

_STOP_SIGNS = "🛑🖕⛔🚫✋"
_KIND_SIGNS = "👍❤♥😍🥰💯🙏👏🔥😊😀😃😄😁🙂🎉👌💪🤝😘✅🤗😎💕💖🙌💙💚💛💜☺😻🥳⭐🌟"
_SKIN_AND_STYLE = re.compile("[\ufe0f\u200d\U0001f3fb-\U0001f3ff\\s.!]+")


def tapback(text: str) -> Reading | None:
    """Read *text* as a reaction to one of our messages; None when it is anything else."""
    plain = _INVISIBLE.sub("", text)
    # "Liked" can't say more than the verb does, whatever our quoted message says about STOP.
    if _KIND.fullmatch(plain):
        return Reading(label=Label.POSITIVE, sure=True, evidence=("tapback: kind",))
    if _OTHER.fullmatch(plain):
        return Reading(label=Label.NEUTRAL, sure=True, evidence=("tapback: other",))
    return None


def signs_only(text: str) -> Reading | None:
    """Read a message without letters or digits: a thumb, a stop sign, a question mark; None when it has words."""
    signs = _SKIN_AND_STYLE.sub("", text)
    if any(sign.isalnum() for sign in signs):
        return None
    if not signs:
        return Reading(label=Label.NEUTRAL, sure=False, evidence=("empty",))
    if set(signs) <= set("?¿"):
        return Reading(label=Label.HELP, sure=True, evidence=("question marks only",))
    if any(sign in _STOP_SIGNS for sign in signs):
        return Reading(label=Label.OPT_OUT, sure=signs[0] in "🛑🖕", evidence=(f"sign: {signs[:4]}",))
    kind = any(sign in _KIND_SIGNS for sign in signs)
    return Reading(label=Label.POSITIVE if kind else Label.NEUTRAL, sure=kind, evidence=(f"sign: {signs[:4]}",))
