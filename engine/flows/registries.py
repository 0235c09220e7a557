"""Take in copies of public lists of numbers that must not be called, and say how old ours are.

Which lists there are, the rulebook says: its rules name them. A copy is read in batches under a name that nobody asks by, and
put in force in one transaction, so that there is no moment in which a list is empty or half.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import structlog

from channels.address import AddressKind
from consent.rule import RegistryTerms
from consent.rulebook import Rulebook
from engine.flows.kit import Kit
from engine.leadfile.registry_file import BadLine, Listed, read_lines
from engine.store import audit, registries
from engine.store.database import Connection

log = structlog.get_logger(__name__)

BATCH_MAX = 5_000  # one transaction's worth: the embedded database has one writer at a time
BAD_SHOWN_MAX = 100  # of bad lines: who sees a hundred knows enough
BAD_SHARE_MAX = 0.05  # more, and this is another kind of file
SHRUNK_SHARE = 0.5  # a list that loses half of its numbers was cut off on its way
BROKEN_OFF = timedelta(days=1)  # no import takes so long: what waits since then, nobody will finish


class RefusedCopy(ValueError):
    """The copy was not put in force, and what we held still is; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A list that the rulebook asks about; *country* is whose numbers it holds, None where it does not say."""

    name: str
    country: str | None
    rules: tuple[str, ...]
    fresh_for: timedelta | None  # the shortest that a rule allows; None where no rule minds the age


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A list and the newest copy of it, if there is one."""

    registry: Registry
    as_of: datetime | None
    imported_at: datetime | None
    entries: int

    @property
    def stale_at(self) -> datetime | None:
        """From when on our copy no longer proves anything; None where that is never, or already so for want of one."""
        fresh_for = self.registry.fresh_for
        return None if self.as_of is None or fresh_for is None else self.as_of + fresh_for

    def is_stale(self, now: datetime) -> bool:
        """Return whether a rule would block every number for the age of our copy."""
        if self.registry.fresh_for is None:
            return False
        return self.stale_at is None or self.stale_at < now


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of an import; *bad* are the first lines that could not be read, *bad_count* counts all."""

    registry: str
    as_of: datetime
    entries: int
    lines: int
    bad_count: int
    bad: Sequence[BadLine]


def known(rulebook: Rulebook) -> dict[str, Registry]:
    """Return the lists that the rulebook's rules ask about, by name."""
    found: dict[str, Registry] = {}
    rules = [(rule, rule.terms) for rule in rulebook.rules if isinstance(rule.terms, RegistryTerms)]
    for name in sorted({terms.registry for _, terms in rules}):
        mine = [(rule, terms) for rule, terms in rules if terms.registry == name]
        countries = {place.partition("-")[0] for rule, _ in mine for place in rule.jurisdictions}
        spans = [terms.fresh_for for _, terms in mine if terms.fresh_for is not None]
        found[name] = Registry(
            name=name,
            country=countries.pop() if len(countries) == 1 else None,
            rules=tuple(sorted({rule.id for rule, _ in mine})),
            fresh_for=min(spans, default=None),
        )
    return found


def held(connection: Connection, rulebook: Rulebook) -> list[Held]:
    """Return every list that the rulebook asks about or that we hold, with our newest copy."""
    copies = registries.newest_of_all(connection)
    lists = {name: Registry(name=name, country=None, rules=(), fresh_for=None) for name in copies} | known(rulebook)
    return [
        Held(
            registry=registry,
            as_of=copies[name]["as_of"] if name in copies else None,
            imported_at=copies[name]["imported_at"] if name in copies else None,
            entries=copies[name]["entries"] if name in copies else 0,
        )
        for name, registry in sorted(lists.items())
    ]


def take_in(  # noqa: PLR0913 - the copy, and what is said of it
    kit: Kit,
    registry: Registry,
    lines: Iterable[str],
    *,
    as_of: datetime,
    is_full: bool,
    source: str,
    by: str,
    force: bool = False,
) -> Taken:
    """Put the copy of *registry* that *lines* hold in force; raises `RefusedCopy`.

    A full copy replaces what we held, changes are added to and taken from it. The same file twice changes nothing more.
    *force* takes an older copy, one with many bad lines, and one that lost many numbers.
    """
    with kit.database.read() as connection:
        _check_age(registries.newest(connection, registry.name), as_of, is_full=is_full, force=force)
        now = kit.database.now(connection)
    if as_of > now + BROKEN_OFF:
        raise RefusedCopy(f"a copy of {as_of:%Y-%m-%d} lies ahead: say with --as-of when the list was drawn up")
    copy_id = kit.ids.new()
    staging = _Staging(kit, registry, copy_id, as_of, is_full=is_full)
    try:
        staging.read(lines)
        staging.check(force=force)
        row = {"id": copy_id, "registry": registry.name, "as_of": as_of, "imported_by": by, "source": source}
        with kit.database.write() as connection:
            former = registries.newest(connection, registry.name, lock=True)
            _check_age(former, as_of, is_full=is_full, force=force)
            staging.put_in_force(connection)
            entries = registries.note_copy(connection, row | {"imported_at": kit.database.now(connection)})
            if is_full and former is not None and entries < former["entries"] * SHRUNK_SHARE and not force:
                raise RefusedCopy(
                    f"this copy holds {entries} numbers and the one before {former['entries']}: was it cut off? "
                    "Take it all the same with --force"
                )
            _note(
                kit, connection, registry.name, by, {"as_of": as_of.isoformat(), "entries": entries, "source": source}
            )
    finally:
        with kit.database.write() as connection:
            before = kit.database.now(connection) - BROKEN_OFF
            registries.drop_staged(connection, registry.name, copy_id=copy_id, before=before)
    log.info("registry.imported", registry=registry.name, entries=entries, bad=staging.bad_count)
    return Taken(
        registry=registry.name,
        as_of=as_of,
        entries=entries,
        lines=staging.lines,
        bad_count=staging.bad_count,
        bad=staging.bad,
    )


class _Staging:
    """A copy as it is read in, under names that nobody asks by."""

    def __init__(self, kit: Kit, registry: Registry, copy_id: str, as_of: datetime, *, is_full: bool) -> None:
        self.lines = self.bad_count = 0
        self.bad: list[BadLine] = []
        self._kit = kit
        self._registry = registry
        self._as_of = as_of
        self._is_full = is_full
        self._has_dates = False
        self._added = registries.staged_name(registry.name, copy_id, registries.ADDED)
        self._deleted = registries.staged_name(registry.name, copy_id, registries.DELETED)

    def read(self, lines: Iterable[str]) -> None:
        """Read every line, a batch at a time."""
        found = read_lines(lines, self._registry.country)
        while batch := list(islice(found, BATCH_MAX)):
            self.lines += len(batch)
            self._take(batch)

    def check(self, *, force: bool) -> None:
        """Raise `RefusedCopy` where this seems to be no such list."""
        good = self.lines - self.bad_count
        if good == 0:
            told = f": line {self.bad[0].line}: {self.bad[0].problem}" if self.bad else ""
            raise RefusedCopy(f"there is no number in this file{told}. Nothing was changed")
        if self.bad_count > self.lines * BAD_SHARE_MAX and not force:
            first = self.bad[0]
            raise RefusedCopy(
                f"{self.bad_count} of {self.lines} lines can't be read, the first is line {first.line}: {first.problem} "
                "Is it this list? Take the others all the same with --force"
            )

    def put_in_force(self, connection: Connection) -> None:
        """Let the gate ask by this copy from the end of the transaction on."""
        if self._is_full:
            registries.replace(connection, self._registry.name, self._added, keep_dates=not self._has_dates)
        else:
            registries.apply(connection, self._registry.name, self._added, self._deleted)

    def _take(self, batch: Sequence[Listed | BadLine]) -> None:
        latest: dict[str, Listed] = {}
        for one in batch:
            if isinstance(one, BadLine):
                self._spoilt(one)
            elif (problem := self._flag_problem(one)) is not None:
                self._spoilt(BadLine(line=one.line, problem=problem))
            else:
                latest[self._kit.address_key.key_of(AddressKind.PHONE, one.number)] = one
                self._has_dates = self._has_dates or one.listed_at is not None
        gone = {key for key, one in latest.items() if one.is_deleted}
        added = [self._row(key, one) for key, one in latest.items() if key not in gone]
        with self._kit.database.write() as connection:
            if not self._is_full:
                registries.unstage(connection, self._deleted, latest.keys() - gone)
                registries.unstage(connection, self._added, gone)
                registries.stage(connection, self._deleted, [self._row(key, latest[key]) for key in sorted(gone)])
            registries.stage(connection, self._added, added)

    def _flag_problem(self, one: Listed) -> str | None:
        if self._is_full and one.is_deleted:
            return "it deletes a number, so this is a file of changes: import it with --changes."
        if not self._is_full and one.is_deleted is None:
            return "a file of changes says A or D for each number; a whole list is imported with --full."
        return None

    def _row(self, key: str, one: Listed) -> dict[str, object]:
        return {"key": key, "key_id": self._kit.address_key.key_id, "listed_at": one.listed_at or self._as_of}

    def _spoilt(self, bad: BadLine) -> None:
        self.bad_count += 1
        if len(self.bad) < BAD_SHOWN_MAX:
            self.bad.append(bad)


def _check_age(former: Mapping[Any, Any] | None, as_of: datetime, *, is_full: bool, force: bool) -> None:
    newest = None if former is None else former["as_of"]
    if newest is None and not is_full:
        raise RefusedCopy("there is no copy that this changes: import the whole list first, with --full")
    if newest is not None and as_of < newest and not force:
        raise RefusedCopy(
            f"this copy is of {as_of:%Y-%m-%d} and ours of {newest:%Y-%m-%d}, which is newer. Take it with --force"
        )


def _note(kit: Kit, connection: Connection, name: str, by: str, after: dict[str, object]) -> None:
    now = kit.database.now(connection)
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action="registry.imported", subject=name, after=after
    )
