"""Finds where something of a message was written: in its own file, in a snippet, a layout or the brand."""

import re
from collections.abc import Iterator

from engine.content.brand import BRAND_FILE
from engine.content.checking.sample import Sample


def place_of(sample: Sample, written: str) -> tuple[str, int | None]:
    """Return the file and line on which *written* stands, letter for letter; the message's own where it stands nowhere."""
    return find_place(sample, written) or (sample.source.file, sample.source.body_line)


def find_place(sample: Sample, written: str) -> tuple[str, int | None] | None:
    """Return `place_of`, or None where nobody wrote it: then it came with the lead or from the engine."""
    source = sample.source
    if not written:
        return None
    if written in source.body:
        return source.file, source.body_line + _line(source.body, written) - 1
    for key, text in source.texts.items():
        if written in text:
            return source.file, source.lines.get(key, 1)
    for file, text in _around(sample):
        if written in text:
            return sample.library.file(file), _line(text, written)
    if any(written in said for said in sample.compiled.brand.constants.values()):
        return sample.library.file(BRAND_FILE), None
    return None


_INCLUDED = re.compile(r"""include\s+["']([\w-]+)["']""")


def _around(sample: Sample) -> Iterator[tuple[str, str]]:
    """Yield the layouts and snippets that the message may be made with."""
    library, source = sample.library, sample.source
    layouts = {
        f"layouts/{name}": text for name, text in library.layouts.items() if name.partition(".")[0] == source.layout
    }
    yield from layouts.items()
    waiting = [source.body, *source.texts.values(), *layouts.values()]
    seen: set[str] = set()
    while waiting:
        for name in set(_INCLUDED.findall(waiting.pop())) - seen:
            seen.add(name)
            for key, text in library.snippets.items():
                if re.split(r"[.+]", key)[0] == name:
                    yield f"snippets/{key}.md", text
                    waiting.append(text)


def _line(text: str, written: str) -> int:
    return text[: text.index(written)].count("\n") + 1
