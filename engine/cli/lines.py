"""Texts given as arguments, or as JSON strings on standard input: one answer for each."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import typer

from engine.cli.complaints import Complaint
from engine.cli.output import emit

LINE_BYTES_MAX = 1_000_000  # a reply or a text is never so long; one line must not take all memory


def answer_each(
    texts: Sequence[str] | None, answer: Callable[[str], Any], tell: Callable[[str, Any], None] | None
) -> None:
    """Answer every text of *texts*, or with "-" every JSON string on standard input.

    *tell* shows one to a person; None writes JSON lines. A line that holds no string gets an object with `error` in its
    place, the others their answers, and the exit code is 2.
    """
    if not texts:
        raise Complaint("there is no text: give one, in quotes, or - to read JSON strings from standard input")
    if list(texts) != ["-"]:
        for text in texts:
            _show(text, answer(text), tell)
        return
    if tell is not None:
        _show_input(answer, tell)
        return
    is_bad = False
    for line in _lines():
        found = _string_in(line)
        if isinstance(found, _Bad):
            is_bad = True
            emit({"error": found.problem})
        else:
            emit(answer(found))
    if is_bad:
        raise typer.Exit(2)


class _Bad:
    """A line that can't be used."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


def _show(text: str, answered: Any, tell: Callable[[str, Any], None] | None) -> None:
    if tell is None:
        emit(answered)
    else:
        tell(text, answered)


def _show_input(answer: Callable[[str], Any], tell: Callable[[str, Any], None]) -> None:
    """Take all of standard input as one text, as a person who pipes a file means it."""
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig").removesuffix("\n")
    except UnicodeDecodeError as error:
        raise Complaint(f"byte {error.start} of standard input is not UTF-8: save the text as UTF-8") from error
    tell(text, answer(text))


def _lines() -> Iterator[bytes]:
    """Yield the lines of standard input as they come, blank ones aside."""
    stream = sys.stdin.buffer
    while line := stream.readline(LINE_BYTES_MAX):
        while (
            not line.endswith(b"\n") and len(line) % LINE_BYTES_MAX == 0 and (more := stream.readline(LINE_BYTES_MAX))
        ):
            line = line[:LINE_BYTES_MAX] + more[-1:]  # only its end is kept: it is too long to be read anyway
        if line.strip():
            yield line


def _string_in(line: bytes) -> "str | _Bad":
    if len(line) > LINE_BYTES_MAX:
        return _Bad(f"The line is longer than {LINE_BYTES_MAX} bytes: shorten the text.")
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _Bad(f"Byte {error.start} of the line is not UTF-8: encode it as UTF-8.")
    except (ValueError, RecursionError):
        return _Bad('The line is not JSON: write one string a line, as "Hello".')
    return found if isinstance(found, str) else _Bad('The line is JSON but no string: write it as "Hello".')
