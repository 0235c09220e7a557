"""Which file of a snippet says it: by the message's language, and by what the lead is interested in.

`answer+furnace.es.md` is what `{% include "answer" %}` says in Spanish to a lead who asked about a furnace. Language goes
before interest: a general paragraph in the reader's language is better than a particular one in another.
"""

import re
from collections.abc import Iterable, Mapping

from engine.content.folder import is_name
from engine.content.placeholders import EVERYBODY, Piece, Snippets, split
from engine.content.problems import Problem, did_you_mean

INCLUDED = re.compile(r"""include\s+["']([\w-]+)["']""")
"""How an include names its snippet."""


def snippet_names(keys: Iterable[str]) -> frozenset[str]:
    """Return the names by which the snippets of the files *keys* can be included."""
    return frozenset(_name(key) for key in keys if "+" not in key)


def snippet_file(key: str) -> str:
    """Return the path of the snippet *key*, as if there were no trades."""
    return f"snippets/{key}.md"


def variants(keys: Iterable[str], name: str, wishes: Iterable[str]) -> dict[str, str]:
    """Return the key that says *name* to each interest, and to `EVERYBODY` else; empty where there is no such snippet.

    *wishes* are the suffixes of the languages that suit, the best first. Within one language the particular goes before
    the general.
    """
    keys = frozenset(keys)
    interests = sorted({_interest(key) for key in keys if _name(key) == name and "+" in key})
    languages = [f".{wish}" for wish in wishes]
    plain = _first([*(f"{name}{language}" for language in languages), name], keys)
    if plain is None:
        return {}
    chosen = {EVERYBODY: plain}
    for interest in interests:
        said = [f"{name}+{interest}{language}" for language in languages]
        said += [f"{name}{language}" for language in languages]
        key = _first([*said, f"{name}+{interest}", name], keys)
        if key is not None and key != plain:
            chosen[interest] = key
    return chosen


def read_snippets(
    texts: Iterable[str], sources: Mapping[str, str], wishes: Iterable[str]
) -> tuple[frozenset[str], dict[str, dict[str, str]]]:
    """Return the keys of every snippet that *texts* include, also by way of another, and the variants by name."""
    wishes = tuple(wishes)
    by_name: dict[str, dict[str, str]] = {}
    waiting = list(texts)
    while waiting:
        for name in INCLUDED.findall(waiting.pop()):
            if name not in by_name:
                by_name[name] = variants(sources, name, wishes)
                waiting += [sources[key] for key in by_name[name].values()]
    used = {key for chosen in by_name.values() for key in chosen.values()}
    return frozenset(used), {name: chosen for name, chosen in by_name.items() if chosen}


def split_snippets(
    by_name: Mapping[str, Mapping[str, str]], sources: Mapping[str, str], files: Mapping[str, str]
) -> Snippets:
    """Return each snippet's variants as pieces; *files* says where each path stands."""
    pieces: dict[str, list[Piece]] = {}
    for key in {key for chosen in by_name.values() for key in chosen.values()}:
        path = snippet_file(key)
        pieces[key] = split(sources[key].strip(), files.get(path, path))
    return {name: {interest: pieces[key] for interest, key in chosen.items()} for name, chosen in by_name.items()}


def snippet_problems(keys: Iterable[str], interests: Iterable[str], files: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with the names of the snippets that are written for an interest."""
    keys, known = frozenset(keys), frozenset(interests)
    problems: list[Problem] = []
    for key in sorted(key for key in keys if "+" in key):
        name, interest, path = _name(key), _interest(key), snippet_file(key)
        file = files.get(path, path)
        if not is_name(interest):
            remedy = "Name it like answer+furnace.md, or answer+furnace.es.md for Spanish."
            problems.append(
                Problem(file=file, message="An interest is small letters, digits and dashes.", remedy=remedy)
            )
        elif interest not in known:
            remedy = did_you_mean(interest, known) or "Name it in `interests` of brand.yaml."
            problems.append(Problem(file=file, message=f"The brand has no interest {interest}.", remedy=remedy))
        if not any(other.partition(".")[0] == name for other in keys):
            message = f"There is no {name}.md for leads with another interest, or none."
            problems.append(Problem(file=file, message=message, remedy=f"Write {snippet_file(name)}."))
    return problems


def _name(key: str) -> str:
    return key.partition(".")[0].partition("+")[0]


def _interest(key: str) -> str:
    return key.partition(".")[0].partition("+")[2]


def _first(wishes: Iterable[str], keys: frozenset[str]) -> str | None:
    return next((wish for wish in wishes if wish in keys), None)
