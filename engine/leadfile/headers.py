"""Tell what the columns of a leads file mean, from their headers."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.leadfile.names import FIELDS_BY_NAME, Field
from engine.leadfile.permission import Permission, permission_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of one file: where each field stands, and which columns speak of permission."""

    titles: tuple[str, ...]  # as written
    places: dict[Field, tuple[int, ...]]  # the most telling column first
    permissions: tuple[tuple[int, Permission], ...]

    @property
    def has_address(self) -> bool:
        """Whether a lead can be reached at all by what stands in these columns."""
        return Field.EMAIL in self.places or Field.PHONE in self.places

    @property
    def tells_stops(self) -> bool:
        """Whether some column may say that a lead must not be contacted."""
        return bool(self.permissions) or Field.STATUS in self.places

    def title(self, place: int) -> str:
        """Return how the file calls the column, or its number where it has no name."""
        return self.titles[place] if place < len(self.titles) and self.titles[place] else f"column {place + 1}"


def columns_of(titles: Sequence[str]) -> Columns:
    """Map the header cells *titles*; what isn't known is left out."""
    places: dict[Field, list[int]] = {}
    permissions = []
    for place, title in enumerate(titles):
        for field in fields_of(title):
            if isinstance(field, Field):
                places.setdefault(field, []).append(place)
            else:
                permissions.append((place, field))
    if Field.PHONE in places:
        places[Field.PHONE].sort(key=lambda place: not _is_mobile(titles[place]))
    return Columns(
        titles=tuple(titles),
        places={field: tuple(found) for field, found in places.items()},
        permissions=tuple(permissions),
    )


@lru_cache(maxsize=4096)
def fields_of(title: str) -> tuple[Field | Permission, ...]:
    """Return what a column called *title* tells, nothing where it isn't known."""
    if len(title) > _TITLE_CHARACTERS_MAX:
        return ()
    name = plain(title)
    for candidate in (name, _without_numbers(name), _without_owner(name)):
        if candidate in FIELDS_BY_NAME:
            return FIELDS_BY_NAME[candidate]
    permission = permission_of(name)
    return () if permission is None else (permission,)


_TITLE_CHARACTERS_MAX = 120
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_WORDS = re.compile(r"[\W_]+")
# What Pipedrive, Salesforce and forms put before the name of a field.
_OWNER = re.compile(r"^(?:person|contact|lead|customer|client|kontakt|contacto|your|organization|organisation)\s+")


def plain(title: str) -> str:
    """Return *title* as lower-case words without accents: `HasOptedOutOfEmail__c` is `has opted out of email`."""
    title = re.sub(r"__c$", "", title.strip())
    letters = unicodedata.normalize("NFKD", _CAMEL.sub(" ", title).replace("\u00df", "ss"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_NOT_WORDS.sub(" ", bare).lower().split())


def _without_numbers(name: str) -> str:
    return " ".join(word for word in name.split() if not word.isdecimal())


def _without_owner(name: str) -> str:
    return _OWNER.sub("", _without_numbers(name))


_MOBILE = re.compile(r"mob|cel|sms|text|whatsapp|e164|movil|portable|handy")


def _is_mobile(title: str) -> bool:
    return _MOBILE.search(plain(title)) is not None
