"""Published content at hand: sequences by revision, templates by name, read from the database once and kept."""

from channels.address import Channel
from engine.content.brand import Brand, brand_from
from engine.content.compiled import Compiled, from_row
from engine.content.forms import Form, parse_form
from engine.content.library import locale_wishes
from engine.content.sequences import parse_sequence
from engine.domain.sequence import Sequence
from engine.store import contents
from engine.store.database import Connection

NO_SUFFIX = ""  # the locale of a template whose file name carries none
BRAND = ("brand", "brand", NO_SUFFIX)


class Missing(LookupError):
    """There is no published revision of a piece of content; the argument names it."""


class Shelf:
    """A cache by content hash: a revision never changes, so nothing here grows stale."""

    def __init__(self) -> None:
        self._sequences: dict[str, Sequence] = {}
        self._compiled: dict[str, Compiled] = {}
        self._brands: dict[str, Brand] = {}
        self._forms: dict[str, Form] = {}

    def sequence(self, connection: Connection, revision: str) -> Sequence:
        """Return the sequence of *revision*; raises `Missing`."""
        if revision not in self._sequences:
            row = contents.revisions(connection, [revision]).get(revision)
            if row is None:
                raise Missing(revision)
            self._sequences[revision] = parse_sequence(row["source"], file=f"sequences/{row['name']}.yaml")
        return self._sequences[revision]

    def current(self, connection: Connection) -> "Current":
        """Return what is current now, for one batch."""
        return Current(self, connection, contents.current_revisions(connection))

    def compiled(self, connection: Connection, revision: str) -> Compiled:
        """Return the compiled template of *revision*; raises `Missing`."""
        if revision not in self._compiled:
            row = contents.revisions(connection, [revision]).get(revision)
            if row is None:
                raise Missing(revision)
            self._compiled[revision] = from_row(row["compiled"])
        return self._compiled[revision]

    def form(self, connection: Connection, revision: str) -> Form:
        """Return the form of *revision*; raises `Missing`."""
        if revision not in self._forms:
            row = contents.revisions(connection, [revision]).get(revision)
            if row is None or row["kind"] != contents.FORM:
                raise Missing(revision)
            self._forms[revision] = parse_form(row["source"], name=row["name"])
        return self._forms[revision]

    def brand(self, connection: Connection, revision: str) -> Brand:
        """Return the brand of *revision*; raises `Missing`."""
        if revision not in self._brands:
            row = contents.revisions(connection, [revision]).get(revision)
            if row is None:
                raise Missing(revision)
            self._brands[revision] = brand_from(row["compiled"])
        return self._brands[revision]


class Current:
    """The latest published content, as it stood when the batch began."""

    def __init__(self, shelf: Shelf, connection: Connection, revisions: dict[tuple[str, str, str], str]) -> None:
        self._shelf = shelf
        self._connection = connection
        self._revisions = revisions

    def template(self, channel: Channel, name: str, language: str) -> Compiled:
        """Return the template in the lead's language, else the one without suffix; raises `Missing`."""
        for locale in (*locale_wishes(language), NO_SUFFIX):
            revision = self._revisions.get((channel, name, locale))
            if revision is not None:
                return self._shelf.compiled(self._connection, revision)
        raise Missing(f"{channel} {name}")

    def form_names(self) -> list[str]:
        """Return the names of the forms there are."""
        return sorted({name for kind, name, _ in self._revisions if kind == contents.FORM})

    def form(self, name: str) -> Form:
        """Return the form called *name*; raises `Missing`."""
        revision = self._revisions.get((contents.FORM, name, NO_SUFFIX))
        if revision is None:
            raise Missing(f"form {name}")
        return self._shelf.form(self._connection, revision)

    def brand(self) -> Brand:
        """Return the brand; raises `Missing` before anything was published."""
        revision = self._revisions.get(BRAND)
        if revision is None:
            raise Missing("brand")
        return self._shelf.brand(self._connection, revision)
