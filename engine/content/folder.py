"""A templates folder as files: found, decoded, and overlaid with the folder of one trade."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from engine.content.brand import BRAND_FILE
from engine.content.problems import Problem, did_you_mean

Place = Path | Traversable
"""Where content is read: a folder, or the one inside the package."""

TRADES = "trades"
"""The folder that holds one folder for each trade."""

# Folders a marketer may keep beside the content; their files are none of ours.
_OURS = frozenset({
    "email", "sms", "voicemail", "calls", "letters", "social", "layouts", "snippets", "sequences", "forms",
})  # fmt: skip
FILE_BYTES_MAX = 200_000  # more than three times the longest template that `syntax` accepts


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The content files of a place as if there were no trades.

    *texts* is by path, such as `email/hello.md`; *files* says where each of them stands, which for a file of a trade is
    `trades/<trade>/email/hello.md`; *problems* is what could not be read.
    """

    texts: Mapping[str, str]
    files: Mapping[str, str]
    problems: tuple[Problem, ...]


def packaged() -> Place:
    """Return the templates that came with the package."""
    return files("templates")


def find_place(root: Place | None) -> Place:
    """Return *root*, else `./templates` where it has a brand, else the templates that came with the package."""
    if root is not None:
        return root
    here = Path("templates")
    return here if (here / BRAND_FILE).is_file() else packaged()


def trades_in(place: Place) -> tuple[str, ...]:
    """Return the names of the trades that *place* has a folder for."""
    folder = place / TRADES
    if not folder.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and is_name(entry.name)))


def is_name(text: str) -> bool:
    """Return whether *text* is small letters, digits and dashes: what trades, messages and interests are called by."""
    return bool(text) and text.isascii() and text.replace("-", "").isalnum()


def without_trade(file: str) -> PurePosixPath:
    """Return the path of *file* as if there were no trades: `trades/shop/email/x.md` is `email/x.md`."""
    path = PurePosixPath(file)
    return PurePosixPath(*path.parts[2:]) if path.parts[0] == TRADES else path


def read_folder(place: Place, *, trade: str | None = None) -> Folder:
    """Read every content file of *place*; a file of *trade* stands before the file of the same path at the top.

    A trade that has no folder is a problem, and then the top is read alone.
    """
    if not place.is_dir():
        problem = Problem(file=str(place), message="There is no such folder.", remedy="Name a templates folder.")
        return Folder(texts={}, files={}, problems=(problem,))
    problems: list[Problem] = []
    found = {file: (file, entry) for file, entry in _files(place)}
    trades = trades_in(place)
    if trade in trades:
        above = _files(place / TRADES / trade)
        found |= {file: (f"{TRADES}/{trade}/{file}", entry) for file, entry in above}
    elif trade is not None:
        remedy = did_you_mean(trade, trades) or f"Make the folder {TRADES}/{trade}."
        problems.append(Problem(file=TRADES, message=f"There is no trade {trade}.", remedy=remedy))
    texts: dict[str, str] = {}
    for file, (stands, entry) in found.items():
        try:
            texts[file] = _decode(entry.read_bytes())
        except ValueError as error:
            problems.append(Problem(file=stands, message=str(error), remedy="Save it as UTF-8 text."))
    return Folder(texts=texts, files={file: found[file][0] for file in texts}, problems=tuple(problems))


def _files(place: Place) -> Iterable[tuple[str, Place]]:
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
