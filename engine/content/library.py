"""The library: everything in a templates folder, read and sorted, with what could not be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from channels.address import Channel
from engine.content.brand import BRAND_FILE, Brand, parse_brand
from engine.content.problems import ContentErrors, Problem, did_you_mean
from engine.content.source import Source, channel_of, misplaced, parse_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What a templates folder holds. *layouts* and *snippets* are source texts by file name without folder.

    *sequences* and *forms* hold the YAML texts by name; *problems* is what could not be read at all.
    """

    brand: Brand
    messages: tuple[Source, ...]
    layouts: Mapping[str, str] = field(default_factory=dict)
    snippets: Mapping[str, str] = field(default_factory=dict)
    sequences: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    place: str = "templates"

    def find(self, channel: Channel, name: str, locale: str | None = None) -> Source | None:
        """Return the variant of a message that suits *locale* best: `es-MX`, then `es`, then the one without suffix."""
        variants = {
            source.locale: source for source in self.messages if (source.channel, source.name) == (channel, name)
        }
        for wish in locale_wishes(locale):
            if wish in variants:
                return variants[wish]
        return variants.get(None)

    def names(self, channel: Channel) -> frozenset[str]:
        """Return the names of the messages for *channel*; what a sequence may refer to."""
        return frozenset(source.name for source in self.messages if source.channel is channel)

    @property
    def touches(self) -> frozenset[tuple[Channel, str]]:
        """Every message by channel and name: what stages may refer to."""
        return frozenset((source.channel, source.name) for source in self.messages)

    def need(self, channel: Channel, name: str, locale: str | None = None) -> Source:
        """Return `find`, or raise `ContentErrors` that names what there is."""
        if (source := self.find(channel, name, locale)) is not None:
            return source
        remedy = did_you_mean(name, self.names(channel))
        raise ContentErrors((Problem(file=self.place, message=f"There is no {channel} named {name}.", remedy=remedy),))


def locale_wishes(locale: str | None) -> tuple[str, ...]:
    """Return the suffixes that suit *locale*, the best first."""
    if not locale:
        return ()
    language = locale.replace("_", "-").partition("-")[0]
    return tuple(dict.fromkeys((locale.replace("_", "-"), locale.replace("_", "-").lower(), language.lower())))


def load_library(root: Path | None = None) -> Library:
    """Read the templates under *root*, else `./templates` where it has a brand, else those that came with the package.

    Raises `ContentErrors` when there is no usable brand; every other fault stands in the library's `problems`.
    """
    place = _place(root)
    texts, problems = _read_all(place)
    if BRAND_FILE not in texts:
        remedy = "Copy the brand.yaml that came with Fifth Touch and make it yours."
        raise ContentErrors(
            (Problem(file=BRAND_FILE, message=f"There is no brand in {place}.", remedy=remedy), *problems)
        )
    brand = parse_brand(texts[BRAND_FILE])
    messages: list[Source] = []
    for file in sorted(texts):
        if channel_of(file) is None:
            continue
        try:
            if (problem := misplaced(file)) is not None:
                problems.append(problem)
            else:
                messages.append(parse_source(file, texts[file]))
        except ContentErrors as error:
            problems += error.problems
    return Library(
        brand=brand,
        messages=tuple(messages),
        layouts=_in_folder(texts, "layouts", keep_ending=True),
        snippets=_in_folder(texts, "snippets", keep_ending=False),
        sequences=_in_folder(texts, "sequences", keep_ending=False),
        forms=_in_folder(texts, "forms", keep_ending=False),
        problems=(*problems, *_doubles(messages)),
        place=str(place),
    )


def _place(root: Path | None) -> Path | Traversable:
    if root is not None:
        return root
    here = Path("templates")
    return here if (here / BRAND_FILE).is_file() else files("templates")


# Folders a marketer may keep beside the content; their files are none of ours.
_OURS = frozenset({
    "email", "sms", "voicemail", "calls", "letters", "social", "layouts", "snippets", "sequences", "forms",
})  # fmt: skip
FILE_BYTES_MAX = 200_000  # more than three times the longest template that `syntax` accepts


def _read_all(place: Path | Traversable) -> tuple[dict[str, str], list[Problem]]:
    """Return the text of every content file by its path in *place*, and what could not be read."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    if not place.is_dir():
        return texts, [Problem(file=str(place), message="There is no such folder.", remedy="Name a templates folder.")]
    for file, found in _files(place):
        content = found.read_bytes()
        try:
            texts[file] = _decode(content)
        except ValueError as error:
            problems.append(Problem(file=file, message=str(error), remedy="Save it as UTF-8 text."))
    return texts, problems


def _files(place: Path | Traversable) -> Iterable[tuple[str, Path | Traversable]]:
    for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
        if entry.name == BRAND_FILE:
            yield entry.name, entry
        elif entry.name in _OURS and entry.is_dir():
            for found in sorted(entry.iterdir(), key=lambda found: found.name):
                if found.is_file() and not found.name.startswith((".", "_")) and not found.name.endswith("~"):
                    yield f"{entry.name}/{found.name}", found


def _decode(content: bytes) -> str:
    if len(content) > FILE_BYTES_MAX:
        raise ValueError(f"The file is larger than {FILE_BYTES_MAX} bytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"Byte {error.start} of the file is not UTF-8.") from error
    if "\0" in text:
        raise ValueError("The file holds NUL characters.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _in_folder(texts: Mapping[str, str], folder: str, *, keep_ending: bool) -> dict[str, str]:
    found = {file.partition("/")[2]: text for file, text in texts.items() if file.startswith(f"{folder}/")}
    return found if keep_ending else {name.rpartition(".")[0] or name: text for name, text in found.items()}


def _doubles(messages: Iterable[Source]) -> list[Problem]:
    """Return a problem for each message that two files claim to be, such as `x.md` and `x.mjml`."""
    seen: dict[tuple[Channel, str, str | None], Source] = {}
    problems: list[Problem] = []
    for source in messages:
        first = seen.setdefault((source.channel, source.name, source.locale), source)
        if first is not source:
            problems.append(
                Problem(file=source.file, message=f"{first.file} is the same message.", remedy="Keep one of them.")
            )
    return problems
