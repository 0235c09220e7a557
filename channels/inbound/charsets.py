"""Turn the bytes of a mail into text, whatever it claims about them, without trusting the claim."""

import codecs
import re

from channels.storable import storable_text

# Real mail only; Python knows codecs (punycode, idna) whose cost grows with the square of a hostile body.
_MAIL_CHARSET = re.compile(
    r"(?:us-?)?ascii|utf-?8|utf-?(?:16|32)(?:-?[lb]e)?|(?:iso-?)?8859-?\d{1,2}(?:-[ei])?|iso-?8859-?\d{1,2}|latin-?\d{1,2}"
    r"|(?:windows|cp|ibm)-?\d{3,5}|koi8-?[rut]|gb-?2312|gbk|gb-?18030|hz(?:-gb-2312)?|big5(?:-?hkscs)?"
    r"|shift_?jis|sjis|iso-2022-(?:jp(?:-\d)?|kr)|euc-?(?:jp|kr|cn|tw)|ks_c_5601-1987|tis-?620|mac(?:intosh|-?roman)"
)
_OTHER_NAMES = {"iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "ks_c_5601-1987": "cp949"}


def decode_text(raw: bytes, charset: str, characters_max: int) -> str:
    """Return *raw* as text with plain line ends, at most *characters_max* long; what cannot be decoded is replaced."""
    raw = raw[: characters_max * 4]  # no charset of mail needs more bytes for a character
    text = _decoded(raw, charset)
    return storable_text(text.replace("\r\n", "\n").replace("\r", "\n"), characters_max)


def _decoded(raw: bytes, charset: str) -> str:
    for name in (_known(charset), "utf-8"):
        try:
            if name:
                return raw.decode(name)
        except UnicodeError:
            continue
    return raw.decode(_single_byte(charset), "replace")


def _single_byte(charset: str) -> str:
    """Return the charset to read broken bytes in: the one that was named, or the commonest."""
    name = _known(charset)
    return name if name not in {"", "ascii", "us-ascii"} else "cp1252"


def _known(charset: str) -> str:
    """Return the codec of *charset*, empty where there is none or it is no charset of mail."""
    name = charset.strip().strip("\"'").lower()
    if not _MAIL_CHARSET.fullmatch(name):
        return ""
    name = _OTHER_NAMES.get(name, name)
    try:
        codecs.lookup(name)
    except LookupError:
        return ""
    return name
