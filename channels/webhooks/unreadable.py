"""What stands in place of an event when a callback, or one element of it, cannot be read."""

from dataclasses import dataclass

from channels.storable import storable_text

EXCERPT_CHARACTERS_MAX = 2_000  # enough to see what it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something a provider posted that means nothing to us: to be logged and counted, never dropped in silence."""

    provider: str
    problem: str
    excerpt: str

    @classmethod
    def of(cls, provider: str, problem: str, raw: object) -> "Unreadable":
        """Return *raw* as unreadable, for the reason *problem*; only its beginning is kept."""
        if isinstance(raw, bytes):
            raw = raw[: EXCERPT_CHARACTERS_MAX * 4].decode("utf-8", "replace")
        excerpt = raw if isinstance(raw, str) else ascii(raw)
        return cls(provider=provider, problem=problem, excerpt=storable_text(excerpt, EXCERPT_CHARACTERS_MAX))
