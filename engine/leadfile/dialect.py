"""Tell which character parts the cells of a leads file.

By meaning first: the right delimiter is the one that makes known headers appear. Programs that look at shapes alone
(`csv.Sniffer`, clevercsv) take the `@` of a one-column file, or a letter, for the delimiter.
"""

import csv
from collections import Counter
from io import StringIO

from engine.leadfile.headers import fields_of

DELIMITERS = (",", ";", "\t", "|")  # the first wins a tie
SAMPLE_CHARACTERS = 65_536
_RECORDS_MAX = 50
_HEADER_WITHIN = 5  # some programs write a title or two above the headers


def delimiter_of(text: str) -> str:
    """Return the delimiter of *text*, a comma when nothing tells."""
    hint = text[:8].lower()
    if hint.startswith("sep=") and hint[4:5] in DELIMITERS:  # written by and for Excel
        return hint[4]
    sample = text[:SAMPLE_CHARACTERS]
    return max(DELIMITERS, key=lambda delimiter: _score(sample, delimiter))


def _score(sample: str, delimiter: str) -> tuple[int, float, int]:
    records = _records(sample, delimiter)
    known = max((sum(1 for cell in record if fields_of(cell)) for record in records[:_HEADER_WITHIN]), default=0)
    width, count = Counter(map(len, records)).most_common(1)[0] if records else (1, 0)
    agreement = count / len(records) if width > 1 else 0.0
    return known, agreement, width


def _records(sample: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(StringIO(sample, newline=""), delimiter=delimiter):
            if any(record):
                records.append(record)
            if len(records) == _RECORDS_MAX:
                break
    except csv.Error:  # a cell beyond the limit: what came before it must do
        pass
    return records
