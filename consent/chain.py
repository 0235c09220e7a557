"""Checks the whole ledger, fact by fact, for whatever was altered, dropped, moved, slipped in or cut off.

Everything is read once and in order, so a ledger of any length needs little memory. A chain proves what stands before its
last head; that nothing was cut off behind it only an *anchor* can tell, a head that somebody wrote down elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from consent.ledger import GENESIS, SealedFact, commit_to, seal

FINDINGS_MAX = 100  # of a ledger that is broken everywhere, the first places are enough
LATE_AFTER = timedelta(hours=1)  # facts are chained within seconds, so none is this much older than those before it
HEAD_CHARACTERS = 64


class Fault(StrEnum):
    """What is wrong at one place of the ledger."""

    ALTERED = "altered"  # the facts of a seal don't lead to its head: one was changed, moved, added or taken out
    MISSING = "missing"  # a fact that was sealed is gone
    PERSONAL = "personal"  # the personal data beside a fact are not those it was made with
    GAP = "gap"  # a seal is gone, or its number was changed
    FORKED = "forked"  # a seal doesn't follow the one before it
    MOVED = "moved"  # the places of a seal's facts don't count 0, 1, 2 ...
    UNREADABLE = "unreadable"  # a fact holds what no fact can hold
    CUT = "cut"  # the ledger ends before an anchor
    ANCHOR = "anchor"  # the ledger has another head where an anchor was written down


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One seal as it is on record."""

    number: int
    previous_head: str
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One fact as it is on record; *number* and *position* are None while no seal covers it.

    *fact* is None where it is gone, or where *is_readable* is False. *personal* is empty once it was erased.
    """

    fact_id: str
    fact: SealedFact | None
    personal: object
    number: int | None = None
    position: int | None = None
    is_readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A head that was written down outside: after seal *number* the chain had it."""

    head: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken place: *number* is its seal, *fact_id* its fact where one can be told from the others."""

    fault: Fault
    number: int | None
    fact_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of checking. *findings* begins with the first broken place; *late* names facts that came out of order."""

    seals: int
    sealed: int
    unsealed: int
    erased: int
    number: int
    head: str
    broken: int
    findings: tuple[Finding, ...]
    late: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is broken."""
        return self.broken == 0


def anchor_from(text: str) -> Anchor | None:
    """Return the anchor in *text*, HEAD@NUMBER as `consent anchor` prints it, or None."""
    head, _, number = text.strip().lower().partition("@")
    is_head = len(head) == HEAD_CHARACTERS and all(one in "0123456789abcdef" for one in head)
    if not is_head or not number.isdecimal() or not number.isascii():
        return None
    return Anchor(head=head, number=int(number))


def examine(
    links: Iterable[Link], sealed: Iterable[Placed], unsealed: Iterable[Placed], anchors: Sequence[Anchor] = ()
) -> Verdict:
    """Return what *links* and the facts at their places tell; both come in the order of the chain."""
    walk = _Walk(anchors={one.number: one.head for one in anchors})
    walk.check_anchors(anchors)
    facts = _Ahead(sealed)
    for link in links:
        for stray in facts.before(link.number):
            walk.find(Fault.GAP, stray.number, stray.fact_id)
        walk.take(link, facts.of(link.number))
    for stray in facts.rest():
        walk.find(Fault.GAP, stray.number, stray.fact_id)
    for anchor in sorted(anchors, key=lambda one: one.number):
        if anchor.number > walk.number:
            walk.find(Fault.CUT, anchor.number)
    for one in unsealed:
        walk.take_unsealed(one)
    return walk.verdict()


class _Ahead:
    """Facts in order, looked at one ahead, so that each seal gets its own."""

    def __init__(self, facts: Iterable[Placed]) -> None:
        self._facts = iter(facts)
        self._next = next(self._facts, None)

    def before(self, number: int) -> Iterator[Placed]:
        """Yield what stands in seals before *number* that nobody asked for."""
        while self._next is not None and self._next.number is not None and self._next.number < number:
            yield self._pop()

    def of(self, number: int) -> Iterator[Placed]:
        """Yield the facts of seal *number*."""
        while self._next is not None and self._next.number == number:
            yield self._pop()

    def rest(self) -> Iterator[Placed]:
        """Yield what is left."""
        while self._next is not None:
            yield self._pop()

    def _pop(self) -> Placed:
        found, self._next = self._next, next(self._facts, None)
        assert found is not None
        return found


@dataclass(kw_only=True)
class _Walk:
    """How far the checking has come."""

    anchors: Mapping[int, str]
    head: str = GENESIS
    number: int = 0
    seals: int = 0
    sealed: int = 0
    unsealed: int = 0
    erased: int = 0
    broken: int = 0
    newest: datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    def find(self, fault: Fault, number: int | None, fact_id: str | None = None) -> None:
        """Note a broken place."""
        self.broken += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(fault=fault, number=number, fact_id=fact_id))

    def check_anchors(self, anchors: Sequence[Anchor]) -> None:
        """Compare two anchors of one place with each other, and those of the beginning with what it always is."""
        for one in anchors:
            if one.head != self.anchors[one.number] or (one.number == 0 and one.head != GENESIS):
                self.find(Fault.ANCHOR, one.number)

    def take(self, link: Link, placed: Iterable[Placed]) -> None:
        """Follow the chain over one seal."""
        self.seals += 1
        head = self.head
        if link.number != self.number + 1:
            self.find(Fault.GAP, self.number + 1)
            head = link.previous_head
        elif not compare_digest(link.previous_head.encode(), self.head.encode()):
            self.find(Fault.FORKED, link.number)
        count, only, is_complete = 0, None, True
        for one in placed:
            if one.position != count:
                self.find(Fault.MOVED, link.number, one.fact_id)
            count, only = count + 1, one.fact_id if count == 0 else None
            self._check(one)
            is_complete = is_complete and one.fact is not None
            if is_complete and one.fact is not None:
                head = _after(head, one.fact)
        # What follows a broken place is judged by itself, from the head on record.
        before, self.number, self.head, self.sealed = self.broken, link.number, link.head, self.sealed + count
        if is_complete and not compare_digest(head.encode(), link.head.encode()):
            self.find(Fault.ALTERED, link.number, only)
        if self.anchors.get(link.number, link.head) != link.head and self.broken == before:
            self.find(Fault.ANCHOR, link.number)

    def take_unsealed(self, one: Placed) -> None:
        """Check a fact that no seal covers yet."""
        self.unsealed += 1
        self._check(one)

    def verdict(self) -> Verdict:
        """Return what came of it."""
        return Verdict(
            seals=self.seals,
            sealed=self.sealed,
            unsealed=self.unsealed,
            erased=self.erased,
            number=self.number,
            head=self.head,
            broken=self.broken,
            findings=tuple(self.findings),
            late=tuple(self.late),
        )

    def _check(self, one: Placed) -> None:
        if one.fact is None:
            self.find(Fault.MISSING if one.is_readable else Fault.UNREADABLE, one.number, one.fact_id)
            return
        self._note_late(one.fact)
        if one.personal == {}:
            self.erased += 1
        elif not fits(one.personal, str(one.fact["commitment"])):
            self.find(Fault.PERSONAL, one.number, one.fact_id)

    def _note_late(self, fact: SealedFact) -> None:
        """Note a fact that claims to be recorded long before the one in front of it."""
        at = fact["recorded_at"]
        assert isinstance(at, datetime)
        if self.newest is not None and at < self.newest - LATE_AFTER and len(self.late) < FINDINGS_MAX:
            self.late.append(str(fact["id"]))
        self.newest = at if self.newest is None else max(self.newest, at)


def _after(head: str, fact: SealedFact) -> str:
    """Return the head after *fact*; one that follows from nothing where *head* is none."""
    try:
        return seal(head, [fact])
    except ValueError:  # somebody wrote what is no head, or no text
        return GENESIS


def fits(personal: object, commitment: str) -> bool:
    """Return whether *personal*, with its salt, is what *commitment* was made of."""
    if not isinstance(personal, dict) or not isinstance(personal.get("salt"), str):
        return False
    said = {name: value for name, value in personal.items() if name != "salt"}
    try:
        return compare_digest(commit_to(said, personal["salt"].encode()).encode(), commitment.encode())
    except (AssertionError, TypeError, ValueError):  # a salt that is too short, or what no text can hold
        return False
