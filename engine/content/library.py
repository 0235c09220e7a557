"""The library: everything in a templates folder, read and sorted, with what could not be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from channels.address import Channel
from engine.content.brand import BRAND_FILE, Brand, parse_brand
from engine.content.folder import Folder, Place, find_place, read_folder, trades_in
from engine.content.problems import ContentErrors, Problem, did_you_mean
from engine.content.snippets import snippet_problems
from engine.content.source import Source, channel_of, misplaced, parse_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What a templates folder holds. *layouts* and *snippets* are source texts by file name without folder.

    *sequences* and *forms* hold the YAML texts by name; *files* says where the file of a path stands, which for one of a
    trade is in that trade's folder; *problems* is what could not be read at all.
    """

    brand: Brand
    messages: tuple[Source, ...]
    layouts: Mapping[str, str] = field(default_factory=dict)
    snippets: Mapping[str, str] = field(default_factory=dict)
    sequences: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
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

    def file(self, path: str) -> str:
        """Return where the file of *path*, such as `snippets/footer.md`, stands in the templates folder."""
        return self.files.get(path, path)

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


def load_library(root: Place | None = None, *, trade: str | None = None) -> Library:
    """Read the templates under *root*, else `./templates` where it has a brand, else those that came with the package.

    With *trade* the library is as that trade's example business has it: its files and its brand. Without, the brand says
    which trade's files stand before those at the top, and where it says none there are only these. Raises `ContentErrors`
    when there is no usable brand or no such trade; every other fault stands in the library's `problems`.
    """
    place = find_place(root)
    folder = read_folder(place, trade=trade)
    if trade is not None and trade not in trades_in(place):
        raise ContentErrors(folder.problems)
    brand = _brand_in(folder, place)
    if trade is not None:
        brand = replace(brand, trade=trade)
    elif brand.trade and trades_in(place):  # a folder for one trade alone may name it and needs no overlay
        folder = read_folder(place, trade=brand.trade)
    messages: list[Source] = []
    problems: list[Problem] = list(folder.problems)
    for path, file in sorted(folder.files.items()):
        if channel_of(path) is None:
            continue
        try:
            if (problem := misplaced(file)) is not None:
                problems.append(problem)
            else:
                messages.append(parse_source(file, folder.texts[path]))
        except ContentErrors as error:
            problems += error.problems
    snippets = _in_folder(folder.texts, "snippets", keep_ending=False)
    problems += snippet_problems(snippets, brand.interests, folder.files)
    return Library(
        brand=brand,
        messages=tuple(messages),
        layouts=_in_folder(folder.texts, "layouts", keep_ending=True),
        snippets=snippets,
        sequences=_in_folder(folder.texts, "sequences", keep_ending=False),
        forms=_in_folder(folder.texts, "forms", keep_ending=False),
        files=folder.files,
        problems=(*problems, *_doubles(messages)),
        place=str(place),
    )


def _brand_in(folder: Folder, place: Place) -> Brand:
    if BRAND_FILE not in folder.texts:
        remedy = "Copy the brand.yaml that came with Fifth Touch and make it yours."
        problem = Problem(file=BRAND_FILE, message=f"There is no brand in {place}.", remedy=remedy)
        raise ContentErrors((problem, *folder.problems))
    return parse_brand(folder.texts[BRAND_FILE], folder.files[BRAND_FILE])


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
