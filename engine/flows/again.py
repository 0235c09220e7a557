"""Do anew what waited for a lead's locks while that lead became part of another: no stop is lost to a merge."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from engine.store.errors import ChangedMeanwhile

P = ParamSpec("P")
R = TypeVar("R")


def again_if_changed(act: Callable[P, R]) -> Callable[P, R]:
    """Let *act*, which opens its own transaction and asks there who a lead is by now, begin anew where that changed."""

    @wraps(act)
    def carried_out(*args: P.args, **named: P.kwargs) -> R:
        while True:
            try:
                return act(*args, **named)
            except ChangedMeanwhile:
                continue

    return carried_out
