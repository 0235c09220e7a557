"""A business's own templates folder, made from what suits every trade and what is particular to one."""

import re
from collections.abc import Mapping
from pathlib import Path

from engine.content.brand import BRAND_FILE
from engine.content.folder import Place, read_folder, trades_in
from engine.content.library import load_library
from engine.content.problems import ContentErrors


def flat_files(root: Place, *, trade: str | None = None) -> Mapping[str, str]:
    """Return the text of every content file by its path, as *trade* has it, and with that trade's brand.

    Without *trade* it is as the brand of *root* says. Raises `ContentErrors` where a file can't be read.
    """
    brand = load_library(root, trade=trade).brand
    folder = read_folder(root, trade=brand.trade if trades_in(root) and brand.trade else None)
    if folder.problems:
        raise ContentErrors(folder.problems)
    own = read_folder(root, trade=trade).texts[BRAND_FILE]
    return {**folder.texts, BRAND_FILE: _TRADE.sub("", own)}


# The new folder is of one trade, so nothing in it stands before anything else.
_TRADE = re.compile(r"^trade:.*\n?", re.MULTILINE)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write *files* into *folder*, which may not exist yet; what stands there under the same name is replaced."""
    for file, text in sorted(files.items()):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
