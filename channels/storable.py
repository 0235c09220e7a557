"""Make what a stranger posted safe to keep: plain JSON of bounded size that every database takes."""

import json
import math
from collections.abc import Mapping
from hashlib import blake2b
from itertools import islice
from typing import Any

TEXT_CHARACTERS_MAX = 20_000  # a text message has at most 1,600, SendGrid's custom arguments together 10,000 bytes
ITEMS_MAX = 500
DEPTH_MAX = 6
_INTEGER_MAX = 2**53  # beyond it, JSON readers disagree


def storable(value: object, depth: int = DEPTH_MAX) -> Any:
    """Return *value* as JSON without NUL, lone surrogates, NaN or depth: what PostgreSQL would refuse is replaced."""
    if isinstance(value, str):
        return storable_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _INTEGER_MAX else hex(value)[:TEXT_CHARACTERS_MAX]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth <= 0:
        return "…"
    if isinstance(value, Mapping):
        return {storable_text(str(key)): storable(one, depth - 1) for key, one in islice(value.items(), ITEMS_MAX)}
    if isinstance(value, list | tuple):
        return [storable(one, depth - 1) for one in islice(value, ITEMS_MAX)]
    return storable_text(ascii(value))


def storable_text(text: str, characters_max: int = TEXT_CHARACTERS_MAX) -> str:
    """Return *text* without what cannot be encoded, cut to *characters_max*."""
    text = text[:characters_max]
    if text.isascii():
        return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def stable_id(*parts: object) -> str:
    """Return a short id that only *parts* decide: the same thing posted again gets the same one."""
    canonical = json.dumps(storable(parts), sort_keys=True, ensure_ascii=True)
    return blake2b(canonical.encode("ascii"), digest_size=16).hexdigest()
