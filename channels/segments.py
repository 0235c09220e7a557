"""Count the segments a text costs: GSM-7 or UCS-2, packed as Twilio's own counter packs them.

The answers agree with npm `sms-segments-calculator` 1.3.0, which Twilio publishes; its alphabet is that of 3GPP TS 23.038.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from channels.graphemes import split_graphemes
from channels.smart_encoding import replace_smart

__all__ = ["Encoding", "Segments", "count_segments", "replace_smart"]

SEGMENT_BITS: Final = 1120  # 140 octets travel in one short message (TS 23.040)
HEADER_BITS: Final = 48  # each part of a longer one begins with a header that says how to join them

_GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà",
)
_GSM_EXTENDED: Final = frozenset("\f^{}\\[~]|€")  # each costs an escape before it


class Encoding(StrEnum):
    """How the characters of a text travel."""

    GSM_7 = "GSM-7"
    """Seven bits a character, 160 to a single segment; only the GSM alphabet."""

    UCS_2 = "UCS-2"
    """Sixteen bits a code unit, 70 to a single segment; anything."""

    @property
    def unit_bits(self) -> int:
        """Bits of one code unit."""
        return 7 if self is Encoding.GSM_7 else 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """What a text costs and why.

    `characters` are code units in GSM-7 and what a reader sees as one character in UCS-2; `total_bits` are `message_bits`
    and the headers; `non_gsm` are, in order, the characters that would force UCS-2.
    """

    encoding: Encoding
    segments: int
    characters: int
    unicode_scalars: int
    code_units: int
    message_bits: int
    total_bits: int
    effective_text: str
    non_gsm: tuple[str, ...]


def count_segments(text: str, *, smart: bool = False) -> Segments:
    """Return what *text* costs; with *smart*, after the provider's smart encoding, as `effective_text` shows it."""
    text = _join_surrogates(replace_smart(text) if smart else text)
    graphemes = list(split_graphemes(text))
    non_gsm = tuple(grapheme for grapheme in graphemes if grapheme not in _GSM_BASIC and grapheme not in _GSM_EXTENDED)
    encoding = Encoding.UCS_2 if non_gsm else Encoding.GSM_7
    sizes = [_code_units(grapheme, encoding) for grapheme in graphemes]
    segments = _pack(sizes, encoding)
    message_bits = sum(sizes) * encoding.unit_bits
    return Segments(
        encoding=encoding,
        segments=segments,
        characters=sum(sizes) if encoding is Encoding.GSM_7 else len(graphemes),
        unicode_scalars=len(text),
        code_units=sum(sizes),
        message_bits=message_bits,
        total_bits=message_bits + (segments * HEADER_BITS if segments > 1 else 0),
        effective_text=text,
        non_gsm=non_gsm,
    )


def _join_surrogates(text: str) -> str:
    """Return *text* with escaped surrogate pairs joined; a lone half stays and counts as one code unit."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _code_units(grapheme: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return 2 if grapheme in _GSM_EXTENDED else 1
    return sum(1 if character <= "\uffff" else 2 for character in grapheme)


def _pack(sizes: Iterable[int], encoding: Encoding) -> int:
    """Return how many segments hold characters of *sizes*, none of them split over two.

    An escape stays with its character, a surrogate with its half and a joined emoji in one piece, so a part may end short.
    """
    sizes = list(sizes)
    if sum(sizes) * encoding.unit_bits <= SEGMENT_BITS:
        return 1
    room = (SEGMENT_BITS - HEADER_BITS) // encoding.unit_bits
    segments, used = 1, 0
    for size in sizes:
        if used + size > room:
            segments, used = segments + 1, 0
        used += size
    return segments
