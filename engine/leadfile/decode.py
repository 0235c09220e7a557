"""Turn the bytes of a leads file into text, whatever program wrote them; refuse what isn't text."""

import codecs
import re

from charset_normalizer import from_bytes

from engine.leadfile.json_lines import is_json_lines
from engine.leadfile.row import RowError

SAMPLE_BYTES = 65_536  # enough to tell an encoding; reading more only takes time


class Unreadable(ValueError):
    """The file holds no table at all; carries the one error to show."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.error = RowError(line=None, problem=problem, remedy=remedy)


def decode(data: bytes) -> tuple[str, list[RowError]]:
    """Return the text of *data* without byte order mark and NULs, and what was doubtful; raises `Unreadable`."""
    _refuse_binary(data)
    text, errors = _text(data)
    if not text.strip("\0\ufeff \t\r\n\v\f,;|\"'"):
        raise Unreadable("The file is empty.", "Export the leads again, with a header line and one lead a line.")
    _refuse_other_text(text)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        errors.append(
            RowError(
                line=line,
                problem=f"The file holds NUL bytes ({text.count(chr(0))}, the first in this line).",
                remedy="They were taken as damage: check these rows, or export the file again.",
            )
        )
        text = text.rstrip("\0")
    return text.removeprefix("\ufeff"), errors


_CSV_REMEDY = "Open it in its program and save it as CSV (UTF-8), then import that file."
_COMPRESSED = "Unpack it, then import the CSV file inside."
# How other kinds of files begin, and what people should do who took them for a CSV file.
_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook (.xls), not a CSV file.", _CSV_REMEDY),
    (b"\x1f\x8b", "This is a gzip archive, not a CSV file.", _COMPRESSED),
    (b"BZh", "This is a bzip2 archive, not a CSV file.", _COMPRESSED),
    (b"\xfd7zXZ", "This is an xz archive, not a CSV file.", _COMPRESSED),
    (b"7z\xbc\xaf", "This is a 7-Zip archive, not a CSV file.", _COMPRESSED),
    (b"\x28\xb5\x2f\xfd", "This is a zstd archive, not a CSV file.", _COMPRESSED),
    (b"%PDF", "This is a PDF document, not a CSV file.", _CSV_REMEDY),
    (b"{\\rtf", "This is a formatted text document (RTF), not a CSV file.", _CSV_REMEDY),
    (b"\x89PNG", "This is a picture (PNG), not a CSV file.", _CSV_REMEDY),
    (b"\xff\xd8\xff", "This is a picture (JPEG), not a CSV file.", _CSV_REMEDY),
    (b"GIF8", "This is a picture (GIF), not a CSV file.", _CSV_REMEDY),
    (b"SQLite format 3", "This is an SQLite database, not a CSV file.", _CSV_REMEDY),
    (b"PAR1", "This is a Parquet file, not a CSV file.", _CSV_REMEDY),
    (b"\x7fELF", "This is a program, not a CSV file.", _CSV_REMEDY),
)


def _refuse_binary(data: bytes) -> None:
    if data.startswith(b"PK\x03\x04"):
        if b"xl/" in data or b"[Content_Types].xml" in data:
            raise Unreadable("This is an Excel workbook (.xlsx), not a CSV file.", _CSV_REMEDY)
        raise Unreadable("This is a zip archive or a workbook, not a CSV file.", f"{_COMPRESSED} {_CSV_REMEDY}")
    for beginning, problem, remedy in _BEGINNINGS:
        if data.startswith(beginning):
            raise Unreadable(problem, remedy)


def _text(data: bytes) -> tuple[str, list[RowError]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            body = data[len(mark) :]
            return _utf8(body) if encoding == "utf-8" else (body.decode(encoding, "replace"), [])
    wide = _wide_encoding(data[:SAMPLE_BYTES])
    if wide is not None:
        return data.decode(wide, "replace"), []
    return _utf8(data)


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the first half of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# In UTF-16 every Latin letter, digit, @ and delimiter brings a zero byte, always on the same side.
_ZEROS_SHARE_MIN = 0.15
_ZEROS_ONE_SIDE_MIN = 0.9


def _wide_encoding(sample: bytes) -> str | None:
    zeros = sample.count(0)
    if not sample or zeros / len(sample) < _ZEROS_SHARE_MIN:
        return None
    behind = sample[1::2].count(0) / zeros
    if behind >= _ZEROS_ONE_SIDE_MIN:
        return "utf-16-le"
    return "utf-16-be" if behind <= 1 - _ZEROS_ONE_SIDE_MIN else None


def _utf8(data: bytes) -> tuple[str, list[RowError]]:
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        first = error
    if _looks_binary(data[:SAMPLE_BYTES]):
        raise Unreadable("This is not a text file.", _CSV_REMEDY)
    # Without any other letter of UTF-8 before it, the last byte is rather a Windows-1252 one.
    if first.reason == "unexpected end of data" and not data[: first.start].isascii():
        text = data[: first.start].decode("utf-8")
        return text, [
            RowError(
                line=text.count("\n") + 1,
                problem="The file ends in the middle of a letter: it was cut off.",
                remedy="Check the last row, or export the file again.",
            )
        ]
    if (guess := _other_script(data)) is not None:
        return guess
    return data.decode("utf-8", _AS_WINDOWS_1252), []


_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\0")) + b"\x7f"
_CONTROL_SHARE_MAX = 0.02


def _looks_binary(sample: bytes) -> bool:
    without = sample.translate(None, _CONTROL)
    return len(sample) - len(without) > len(sample) * _CONTROL_SHARE_MAX


def _other_script(data: bytes) -> tuple[str, list[RowError]] | None:
    """Return *data* read in a Cyrillic, Greek or East Asian encoding, None where it looks Western.

    Western text has its accented letters one by one, other scripts in runs. Measured on small files: the library
    takes Western ones for Johab or Windows-1250, and is right about the other scripts.
    """
    sample = data[:SAMPLE_BYTES]
    accented = len(re.findall(rb"[\x80-\xff]", sample))
    in_runs = sum(map(len, re.findall(rb"[\x80-\xff]{3,}", sample)))
    if in_runs * 2 <= accented:
        return None
    found = from_bytes(sample).best()
    if found is None or found.encoding.startswith(("utf", "ascii", "latin", "cp1252")):
        return None
    remedy = "Check some names; if they look wrong, export the file again as UTF-8."
    problem = f"The file doesn't say how its letters are written; it was read as {found.encoding}."
    return data.decode(found.encoding, "replace"), [RowError(line=None, problem=problem, remedy=remedy)]


_AS_WINDOWS_1252 = "leadfile.windows-1252"


def _windows_1252(error: UnicodeError) -> tuple[str, int]:
    # Byte by byte, so that a file pasted together from UTF-8 and Windows-1252 comes out right in both parts.
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.start + 1]
    try:
        return bad.decode("cp1252"), error.start + 1
    except UnicodeDecodeError:
        return bad.decode("latin-1"), error.start + 1


codecs.register_error(_AS_WINDOWS_1252, _windows_1252)


def _refuse_other_text(text: str) -> None:
    start = text.lstrip("\ufeff \t\r\n").lower()[:200]
    if start.startswith(("<!doctype", "<html", "<?xml", "<table", "<svg")):
        raise Unreadable("This is a web page or XML document, not a CSV file.", _CSV_REMEDY)
    if start.startswith("begin:vcard"):
        raise Unreadable("These are contact cards (vCard), not a CSV file.", "Export the contacts as CSV instead.")
    if start.startswith(('{"', "{\n", "[{", "[\n", "{\r", "[\r", "[ {", "{ ")) and not is_json_lines(text):
        remedy = "Write one object a line (JSON lines), export the leads as CSV, or post them to the API."
        raise Unreadable("This is JSON, but not one lead a line.", remedy)
    controls = text[:SAMPLE_BYTES].encode("utf-8", "replace")
    if _looks_binary(controls):
        raise Unreadable("This is not a text file.", _CSV_REMEDY)
