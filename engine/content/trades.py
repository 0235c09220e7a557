"""Looks at a templates folder as each of its trades has it, and says what is found there once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from engine.content.folder import TRADES, find_place, trades_in
from engine.content.library import Library, load_library
from engine.content.problems import Problem

NO_TRADE = ""
"""Stands for the top of a folder alone, where its brand names no trade."""


def load_every_library(root: Path | None = None) -> dict[str, Library]:
    """Return the library of each trade in the folder, by the trade's name; raises what `load_library` raises.

    The trade that the folder's own brand names has that brand; a folder whose brand names none has its top too.
    """
    own = load_library(root)
    libraries = {own.brand.trade or NO_TRADE: own}
    for trade in trades_in(find_place(root)):
        if trade not in libraries:
            libraries[trade] = load_library(root, trade=trade)
    return libraries


def say_once(found: Mapping[str, Iterable[Problem]]) -> tuple[Problem, ...]:
    """Return what was *found* in each trade's library, each problem once and in the order of the files.

    Where some trades have a problem and others don't, it names those that do, unless its file is of that trade alone.
    """
    trades: dict[Problem, list[str]] = {}
    for trade, problems in found.items():
        for problem in dict.fromkeys(problems):
            trades.setdefault(problem, []).append(trade)
    told = [
        problem if len(having) == len(found) or _is_of_one(problem) else replace(problem, trades=tuple(having))
        for problem, having in trades.items()
    ]
    return tuple(sorted(told, key=lambda problem: (problem.file, problem.line or 0)))


def _is_of_one(problem: Problem) -> bool:
    return problem.file.startswith(f"{TRADES}/")
