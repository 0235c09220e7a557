"""What the leads there are really have: whose message would be held, and who has no words in their language or interest."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from channels.address import AddressKind, Channel, kind_of
from engine.content.brand import BRAND_FILE
from engine.content.checking.catalogue import finding
from engine.content.checking.plan import BY_CONSENT, Plan, channels_of
from engine.content.codes import Code
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.library import Library, locale_wishes
from engine.content.preview import PREVIEW_LINKS
from engine.content.problems import ContentErrors, Problem
from engine.content.render import render
from engine.content.sandbox import MissingValue
from engine.content.source import Source
from engine.content.variables import build_variables
from engine.domain.lead import Lead

NAMES_TOLD_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A lead who may get what is checked; *may_text* where a consent to texts stands."""

    lead: Lead
    may_text: bool = False


def check_audience(library: Library, readers: Sequence[Reader]) -> tuple[Problem, ...]:
    """Return what the messages of *library* come to for *readers*, by template and field."""
    if not readers:
        return ()
    problems: list[Problem] = []
    for channel, name in sorted(library.touches):
        problems += _held(library, channel, name, readers)
    problems += [*_interests(library, readers), *_variants(library, readers), *_languages(library, readers)]
    return tuple(dict.fromkeys(problems))


def check_text_consents(plan: Plan, readers: Sequence[Reader]) -> Iterator[Problem]:
    """Find how many of *readers* pass by the texts of a sequence."""
    texts = [stage for stage in plan.sequence.stages if Channel.SMS in channels_of(stage)]
    without = sum(not reader.may_text for reader in readers)
    if not texts or not without:
        return
    stages = _listed([stage.id for stage in texts])
    message = f"{_of(without, readers)} gave no consent to texts, and pass by {stages}."
    reached = plan.reached(without_texts=True)
    if not any(set(channels_of(stage)) - BY_CONSENT for stage in reached):
        message = f"{_of(without, readers)} gave no consent to texts, and get nothing here."
    yield plan.found(Code.FEW_TEXT_CONSENTS, texts[0].id, "sms", message)


def _held(library: Library, channel: Channel, name: str, readers: Sequence[Reader]) -> Iterator[Problem]:
    """Yield, by variant and field, how many of those whom the channel reaches would have the message held."""
    reached = [reader.lead for reader in readers if _has_address(reader.lead, channel)]
    by_file: dict[str, tuple[Source, list[Lead]]] = {}
    for lead in reached:
        source = library.find(channel, name, lead.language)
        if source is not None:
            by_file.setdefault(source.file, (source, []))[1].append(lead)
    for source, leads in by_file.values():
        try:
            compiled = compile_message(library, source)
        except ContentErrors:
            continue  # told already, and nobody gets it
        missing: Counter[tuple[str, str, int | None]] = Counter()
        for lead, count in _alike(compiled, leads):
            if (lack := _lack(compiled, lead)) is not None:
                missing[lack] += count
        for (field, file, line), count in sorted(missing.items(), key=str):
            message = f"{_of(count, leads)} {_lacking(field)}, and the message would be held for them."
            problem = finding(Code.MANY_HELD, file, line, message)
            yield replace(problem, accepted=source.accept.get(Code.MANY_HELD, ""))


def _alike(compiled: Compiled, leads: Iterable[Lead]) -> Iterator[tuple[Lead, int]]:
    """Yield one of each kind of lead, as far as the message can tell them apart, and how many are like it."""
    asked = sorted({name for part in compiled.parts.values() for name in _ASKED.findall(part)})
    alike: dict[tuple[object, ...], list[Lead]] = {}
    for lead in leads:
        alike.setdefault(tuple(_seen(lead, name) for name in asked), []).append(lead)
    for group in alike.values():
        yield group[0], len(group)


_ASKED = re.compile(r"\blead\.(custom(?:\.\w+|\[[^\]]{1,80}\])|\w+)")
_BY_VALUE = frozenset({"country", "region", "language", "interest", "interest_name", "source"})
"""What templates choose by; of the rest they only ask whether it is there."""


def _seen(lead: Lead, name: str) -> object:
    if name.startswith("custom"):
        key = name[len("custom") :].strip(".[]\"'")
        return str(lead.custom.get(key, ""))[:40]
    if name in _BY_VALUE:
        return lead.interest if name == "interest_name" else getattr(lead, name, None)
    if name == "full_name":
        return bool(lead.first_name.strip() or lead.last_name.strip())
    return bool(str(getattr(lead, name, None) or "").strip())


def _lack(compiled: Compiled, lead: Lead) -> tuple[str, str, int | None] | None:
    try:
        render(compiled, build_variables(lead, compiled.brand, PREVIEW_LINKS))
    except MissingValue as error:
        return error.name, error.template, error.line
    except ContentErrors:
        return None
    return None


def _lacking(field: str) -> str:
    name = re.sub(r"^lead\.(custom\.)?", "", field)
    if name == field:
        return f"leave {field} empty"
    return f"have no {name.replace('_', ' ')}"


def _has_address(lead: Lead, channel: Channel) -> bool:
    match kind_of(channel):
        case AddressKind.EMAIL:
            return bool(lead.email)
        case AddressKind.PHONE:
            return bool(lead.phone)
        case _:
            return True


def _interests(library: Library, readers: Sequence[Reader]) -> Iterator[Problem]:
    counts = Counter(reader.lead.interest for reader in readers if reader.lead.interest)
    for interest, count in sorted(counts.items()):
        if interest not in library.brand.interests:
            message = f"{_of(count, readers)} have the interest '{interest[:60]}', for which the brand has no words."
            yield finding(Code.UNKNOWN_INTEREST, library.file(BRAND_FILE), None, message)


def _variants(library: Library, readers: Sequence[Reader]) -> Iterator[Problem]:
    """Yield the interests that a snippet speaks of in general only, though it has words for others."""
    counts = Counter(reader.lead.interest for reader in readers)
    spoken: dict[str, set[str]] = {}
    for key in library.snippets:
        name, _, interest = key.partition(".")[0].partition("+")
        spoken.setdefault(name, set())
        if interest:
            spoken[name].add(interest)
    for name, interests in sorted(spoken.items()):
        silent = {one: counts[one] for one in library.brand.interests if one not in interests and counts[one]}
        if interests and silent:
            told = _listed([f"{one} ({count})" for one, count in sorted(silent.items())])
            message = f"{_of(sum(silent.values()), readers)} get the general words, having asked about {told}."
            yield finding(Code.NO_INTEREST_VARIANT, library.file(f"snippets/{name}.md"), None, message)


def _languages(library: Library, readers: Sequence[Reader]) -> Iterator[Problem]:
    own = _language(library.brand.locale)
    counts = Counter(_language(reader.lead.language) for reader in readers)
    for language, count in sorted(counts.items()):
        if language in {"", own}:
            continue
        lacking = sorted(
            f"{channel} {name}"
            for channel, name in library.touches
            if (found := library.find(channel, name, language)) is None or found.locale not in locale_wishes(language)
        )
        if lacking:
            message = (
                f"{_of(count, readers)} read '{language}', and {len(lacking)} of {len(library.touches)} messages "
                f"are not there in it: {_listed(lacking)}."
            )
            yield finding(Code.NO_LANGUAGE_VARIANT, library.file(BRAND_FILE), None, message)


def _language(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()


def _of(count: int, all_of_them: Sequence[object]) -> str:
    return f"{count} of {len(all_of_them)} leads"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_TOLD_MAX])
    rest = len(names) - NAMES_TOLD_MAX
    return f"{shown} and {rest} more" if rest > 0 else shown
