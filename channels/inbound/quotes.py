"""Keep what a person wrote in a reply, without the quoted message, the signature and the small print below it."""

import re
from collections.abc import Callable
from itertools import islice

INPUT_CHARACTERS_MAX = 40_000  # a reply carries the whole thread; what counts stands near its top

_LINES_MAX = 1_000

_HEADER_FIELD = (
    r"(?:from|de|von|da|sent|enviado(?: el)?|envoyé|gesendet|inviato|date|fecha|datum|data|to|para|à|an|a|cc"
    r"|subject|asunto|objet|betreff|oggetto|assunto)"
)

# Each line that opens a quotation which runs to the end of the text.
_THREAD_STARTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            r"^\s*-{2,}\s*(?:original message|forwarded message|mensaje original|mensaje reenviado|message d.origine"
            r"|message transféré|message original|ursprüngliche nachricht|weitergeleitete nachricht|messaggio originale"
            r"|mensagem original)\s*-{0,20}\s*$"
        ),
        r"^\s*begin forwarded message:",
        r"^\s*_{10,}\s*$",
    )
)

# "On 3 May 2026, Ann wrote:" in the mail programs' languages. The verb is sought first and the date before it
# second: the other way round, a hostile text of a thousand "on" costs the square of its length.
_WROTE = re.compile(
    r"\b(?:wrote|escribió|escribio|a écrit|a ecrit|schrieb|ha scritto|escreveu)[^\n:]{0,80}:", re.IGNORECASE
)
_ON_A_DATE = re.compile(r"(?:^|(?<=\s))(?:on|el|le|am|il|em)\b(?=[^>]*\d)", re.IGNORECASE)
_ATTRIBUTION_CHARACTERS_MAX = 300
_ATTRIBUTIONS_MAX = 20
_HEADER_LINE = re.compile(rf"^\s*\*?{_HEADER_FIELD}\s?:\*?\s", re.IGNORECASE)

# A quotation flattened into one line keeps only its bracket.
_INLINE_BRACKET = re.compile(r"(?<=[\w.!?,)])\s+>+\s*(?=[^\W\d])")

_SIGNATURE_STARTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^\s*--\s*$",
        r"^\s*(?:sent|get) (?:from|via|with|outlook)\b.{0,60}$",
        (
            r"^\s*(?:enviado (?:desde|con|do|de)|obtener outlook|envoyé (?:de|depuis|avec|à partir)|obtenez outlook"
            r"|télécharger outlook|gesendet (?:von|mit)|inviato da)\b.{0,60}$"
        ),
        (
            r"^\s*(?:(?:best|kind|warm|kindest) (?:regards|wishes)|regards|sincerely|cheers|saludos|atentamente|un saludo"
            r"|cordialement|bien à vous|bien cordialement|mit freundlichen grüßen|cordiali saluti|atenciosamente)\s*[,.!]?\s*$"
        ),
        r"^\s*(?:confidentiality notice|disclaimer|aviso legal|aviso de confidencialidad|avis de confidentialité)\b",
        (
            r"^\s*(?:this (?:e-?mail|message)|este (?:mensaje|correo)|ce (?:message|courriel))\b.{0,80}"
            r"(?:confidential|privileged|confidencial|confidentiel)"
        ),
    )
)

_POSTSCRIPT = re.compile(r"\s*p\.?\s?[sd]\b", re.IGNORECASE)  # said after the name, and still said


def unquoted(text: str) -> str:
    """Return the part of *text* its writer typed, trimmed; empty when there is none.

    Words a person put below a bracketed quotation are kept; below an unbracketed one nothing can be told apart.
    """
    text = text[:INPUT_CHARACTERS_MAX].replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(text.split("\n")[:_LINES_MAX])
    kept = _without_brackets(_cut_at_attribution(text))
    kept = _cut_at_line(kept, _starts_thread)
    kept = "\n".join(_INLINE_BRACKET.split(line, maxsplit=1)[0] for line in kept.split("\n"))
    return _without_signature(kept).strip()


def _cut_at_attribution(text: str) -> str:
    for wrote in islice(_WROTE.finditer(text), _ATTRIBUTIONS_MAX):
        # The line may have been broken once, so it begins in this line or the one above.
        lead_in = text[max(0, wrote.start() - _ATTRIBUTION_CHARACTERS_MAX) : wrote.start()]
        two_lines = "\n".join(lead_in.split("\n")[-2:])
        opening = _ON_A_DATE.search(two_lines)
        if opening is None:
            continue
        above = text[: wrote.start() - len(two_lines) + opening.start()]
        below = text[wrote.end() :].lstrip()
        return f"{above}\n{below}" if below.startswith(">") else above
    return text


def _without_brackets(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))


def _cut_at_line(text: str, is_cut: Callable[[list[str], int], bool]) -> str:
    lines = text.split("\n")
    for index in range(len(lines)):
        if is_cut(lines, index):
            return "\n".join(lines[:index])
    return text


def _starts_thread(lines: list[str], index: int) -> bool:
    line = lines[index]
    if any(start.search(line) for start in _THREAD_STARTS):
        return True
    # One header-like line may be prose ("To: be honest"); two in a row are a mail header.
    return bool(_HEADER_LINE.match(line)) and any(_HEADER_LINE.match(after) for after in lines[index + 1 : index + 3])


def _starts_signature(lines: list[str], index: int) -> bool:
    return any(start.search(lines[index]) for start in _SIGNATURE_STARTS)


def _without_signature(text: str) -> str:
    cut = _cut_at_line(text, _starts_signature)
    cut += "".join(f"\n{line}" for line in text[len(cut) :].split("\n") if _POSTSCRIPT.match(line))
    # A reply that opens with its sign-off ("Regards") has only that.
    return cut if cut.strip() else text
