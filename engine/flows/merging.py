"""Join two leads who are one person: everything becomes part of the survivor, and the strictest word of either holds.

The ledger is never rewritten: what the double said stays under its own id. What it stopped is put on record anew for the
survivor, and what it allowed only for an address that the survivor has and where neither of the two has stopped. There is
no way back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from channels.address import AddressKind, Channel, kind_of
from consent.facts import Basis, ConsentFact, FactKind, Purpose, SuppressionReason
from consent.proof import Proof, proof_from
from engine.domain.enrollment import RESTING_STATUSES, Enrollment, EnrollmentStatus
from engine.domain.lead import LeadId, LeadStatus
from engine.flows.again import again_if_changed
from engine.flows.asking import address_of
from engine.flows.consenting import fact_row
from engine.flows.kit import Kit
from engine.flows.looking_after import ask_what_next
from engine.flows.resting import STRENGTH, rest
from engine.flows.withdraw import KIN, Stop, carry_out, lock_leads
from engine.store import attempts, audit, consents, enrollments, lead_edits, leads, merging, messages, tasks
from engine.store.database import Connection
from engine.store.gate_facts import consents_of
from engine.store.leads import StoredLead
from engine.store.pages import Row

MERGED = "merged"
SIMILAR_FROM = 0.8  # of two names' letters in order; "Jon Smith" and "John Smith" are above, two siblings below
COST_MAX = 2**31 - 1

FILLED = (
    "first_name", "last_name", "company", "email", "phone", "country", "region", "zone", "zone_source", "interest",
    "source", "owner",
)  # fmt: skip
"""What the survivor takes from the double where it has nothing itself."""


class NotMergeable(RuntimeError):
    """The two can't become one; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may be the same person, and what speaks for it."""

    row: Row
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merger:
    """What became of two leads: *moved* rows by table, and the channels that are *stopped* for the survivor now."""

    survivor: str
    double: str
    moved: Mapping[str, int]
    stopped: tuple[str, ...]


def find_doubles(connection: Connection, lead: Row) -> list[Candidate]:
    """Return who may be the same person as *lead*: by their phone, or by a similar name at the same company."""
    found = []
    for row in merging.candidates(connection, lead):
        if lead["phone"] and row["phone"] == lead["phone"]:
            found.append(Candidate(row=row, because="the same phone number"))
        elif _same(row["company"], lead["company"]) and _similar(_name(row), _name(lead)):
            found.append(Candidate(row=row, because="a similar name at the same company"))
    return found


@again_if_changed
def merge(kit: Kit, survivor_id: str, double_id: str, *, by: str) -> Merger:
    """Make *double_id* part of *survivor_id*, in one transaction; returns when nothing that is stopped can leave any more.

    Raises `NotMergeable`.
    """
    with kit.database.write() as connection:
        survivor, double, covered = _lock(connection, survivor_id, double_id)
        now = kit.database.now(connection)
        stops = [*_standing(connection, survivor, double), *_by_address(connection, survivor, double)]
        gained, left = _fields(survivor, double)
        resting = _strongest_rest(connection, survivor_id, double_id)
        _end_rivals(connection, survivor_id, double_id, now)
        merging.lock_messages(connection, [survivor_id, double_id])
        merging.give_back_claims(connection, [double_id])
        moved = merging.move_rows(connection, double_id, survivor_id)
        merging.absorb(connection, double_id, survivor_id, left=left, gained=gained)
        joined = leads.load(connection, [survivor_id])[LeadId(survivor_id)]
        for kind, address_id in ((AddressKind.EMAIL, joined.email_id), (AddressKind.PHONE, joined.phone_id)):
            lead_edits.readdress(connection, survivor_id, kind, address_id)
        moved["consent_facts"] = _carry_grants(kit, connection, joined, double, stops, now, by=by)
        covered = [joined, *(one for one in covered if one.lead.id not in {survivor_id, double_id})]
        for stop in _as_stops(stops, double_id, by):
            carry_out(kit, connection, covered, stop, now, speaker_id=survivor_id)
        if resting is not None:
            until, reason = resting.due_at, resting.reason
            rest(connection, [survivor_id], status=resting.status, until=until, reason=reason, now=now)
        enrollments.wake_open(connection, [survivor_id], now)
        ask_what_next(kit, connection, joined, now, why="Two leads became one")
        _note(kit, connection, survivor, double, joined, moved, now, by=by)
        addresses = {one for each in (survivor, double) for one in each.address_ids()}
        call_by = attempts.latest_call_by(connection, [survivor_id, double_id], addresses)
    kit.wait_out(call_by)
    stopped = tuple(sorted({str(channel) for stop in _as_stops(stops, double_id, by) for channel in stop.covers()}))
    return Merger(survivor=survivor_id, double=double_id, moved=moved, stopped=stopped)


def _lock(connection: Connection, survivor_id: str, double_id: str) -> tuple[StoredLead, StoredLead, list[StoredLead]]:
    """Lock both, whoever shares an address with them, and the addresses; return them as they stand then."""
    if survivor_id == double_id:
        raise NotMergeable("These are one lead already.")
    found = leads.load(connection, [survivor_id, double_id])
    if len(found) < len({survivor_id, double_id}):
        raise NotMergeable("One of the two is not there.")
    address_ids = {one for stored in found.values() for one in stored.address_ids()}
    covered = {one.lead.id: one for one in (*found.values(), *leads.sharing(connection, address_ids))}
    lock_leads(connection, covered.values())
    covered = leads.load(connection, covered)
    both = [covered[LeadId(one)] for one in (survivor_id, double_id)]
    if any(one.merged_into for one in both):
        raise NotMergeable("One of the two was joined with another lead already.")
    if leads.erased(connection, [survivor_id, double_id]):
        raise NotMergeable("One of the two was erased on request: nothing is joined with it.")
    return both[0], both[1], list(covered.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """A stop that holds for one of the two: of a channel, for a purpose or for all, of a topic or of all."""

    channel: Channel
    purpose: Purpose | None
    topic: str | None


def _standing(connection: Connection, *both: StoredLead) -> list[_Word]:
    """Return the stops that either has said and not taken back whole."""
    found = consents_of(connection, [one.lead.id for one in both])
    return [
        _Word(channel=fact.channel, purpose=fact.purpose, topic=fact.topic)
        for facts in found.values()
        for fact in facts
        if fact.kind is FactKind.WITHDRAWN and not _taken_back(fact, facts)
    ]


def _taken_back(stop: ConsentFact, facts: Iterable[ConsentFact]) -> bool:
    """Return whether a later grant takes back all of *stop*; one that ends by itself takes back nothing for good."""
    return any(
        grant.kind is FactKind.GRANTED
        and grant.basis is not Basis.NONE
        and grant.channel is stop.channel
        and grant.at > stop.at
        and grant.expires_at is None
        and grant.topic in {None, stop.topic}
        and (grant.purpose is None or grant.purpose in {stop.purpose, Purpose.MARKETING})
        for grant in facts
    )


def _by_address(connection: Connection, *both: StoredLead) -> list[_Word]:
    """Return what stands against an address of either as a person's own word: it holds for both addresses."""
    found = []
    for row in merging.opted_out_addresses(connection, {one for each in both for one in each.address_ids()}):
        channels: Collection[Channel] = [one for one in Channel if kind_of(one) == row["kind"]]
        purpose = None
        if row["reason"] in {SuppressionReason.LEGAL, SuppressionReason.DECEASED}:
            channels = list(Channel)
        elif row["reason"] == SuppressionReason.COMPLAINT:
            channels, purpose = list(Channel), Purpose.MARKETING
        elif row["channel"]:
            channels = [Channel(row["channel"])]
        found += [_Word(channel=channel, purpose=purpose, topic=None) for channel in channels]
    return found


def _as_stops(words: Sequence[_Word], double_id: str, by: str) -> list[Stop]:
    """Return *words* as stops of the survivor, those of one kind together."""
    groups: dict[tuple[Purpose | None, str | None], set[Channel]] = {}
    for word in words:
        groups.setdefault((word.purpose, word.topic), set()).add(word.channel)
    return [
        Stop(
            channels=frozenset(channels),
            source=MERGED,
            wording="",
            recorded_by=by,
            only_marketing=purpose is Purpose.MARKETING,
            every_purpose=purpose is not Purpose.MARKETING,
            topic=topic if purpose is Purpose.MARKETING else None,
            proof=Proof(act="stopped before two leads became one", evidence=f"the facts of lead {double_id}"),
        )
        for (purpose, topic), channels in sorted(groups.items(), key=str)
    ]


def _carry_grants(
    kit: Kit,
    connection: Connection,
    joined: StoredLead,
    double: StoredLead,
    stops: Sequence[_Word],
    now: datetime,
    *,
    by: str,
) -> int:
    """Put on record for the survivor what the double allowed for an address that the survivor has."""
    closed = {one for word in stops for one in {word.channel, *KIN.get(word.channel, ())}}
    rows = [
        fact_row(
            kit,
            joined.lead.id,
            channel=Channel(fact["channel"]),
            purpose=Purpose(fact["purpose"]) if fact["purpose"] else None,
            kind=FactKind(fact["kind"]),
            basis=Basis(fact["basis"]),
            at=fact["at"],
            now=now,
            source=fact["source"],
            recorded_by=by,
            personal=replace(
                proof_from(fact["personal"]), origin=f"fact {fact['id']} of lead {double.lead.id}, joined with this one"
            ).to_personal(),
            expires_at=fact["expires_at"],
            topic=fact["topic"],
        )
        for fact in merging.facts_to_carry(connection, double.lead.id)
        if fact["channel"] not in closed and _has_address_of(joined, double, Channel(fact["channel"]))
    ]
    consents.record(connection, rows)
    return len(rows)


def _has_address_of(joined: StoredLead, double: StoredLead, channel: Channel) -> bool:
    address = address_of(double, channel)[0]
    return address is not None and address == address_of(joined, channel)[0]


def _fields(survivor: StoredLead, double: StoredLead) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the survivor gains, and what the double keeps: the addresses that the survivor does not have."""
    mine, theirs = survivor.lead, double.lead
    gained = {name: getattr(theirs, name) for name in FILLED if getattr(theirs, name) and not getattr(mine, name)}
    for name in ("email", "phone"):
        if name in gained:
            gained[f"{name}_id"] = getattr(double, f"{name}_id")
    if "region" in gained and mine.country and mine.country != theirs.country:
        del gained["region"]
    gained |= {
        "custom": {**theirs.custom, **mine.custom},
        "cost_cents": min(mine.cost_cents + theirs.cost_cents, COST_MAX),
        "status": _further(mine.status, theirs.status),
        "review_since": min((one for one in (survivor.review_since, double.review_since) if one), default=None),
        "first_touch_at": min((one for one in (survivor.first_touch_at, double.first_touch_at) if one), default=None),
        "checks": {**double.checks, **survivor.checks} or None,
    }
    left: dict[str, Any] = {"status": LeadStatus.LOST}
    for name in ("email", "phone"):
        if getattr(theirs, name) == (gained.get(name) or getattr(mine, name)):
            left |= {name: None, f"{name}_id": None}
    return gained, left


def _further(mine: LeadStatus, theirs: LeadStatus) -> LeadStatus:
    """Return how far the two have come: a customer is one for good; who is lost stays so unless the other is open."""
    order = (LeadStatus.LOST, LeadStatus.NEW, LeadStatus.WORKING, LeadStatus.QUALIFIED, LeadStatus.CUSTOMER)
    return max(mine, theirs, key=order.index)


def _strongest_rest(connection: Connection, *lead_ids: str) -> Enrollment | None:
    """Return what rests most strongly for either of the two: what waits for a person does so for all of it."""
    resting = [one for one in enrollments.open_of(connection, lead_ids) if one.status in RESTING_STATUSES]
    return max(resting, key=lambda one: (STRENGTH[one.status], one.due_at or one.started_at), default=None)


def _end_rivals(connection: Connection, survivor_id: str, double_id: str, now: datetime) -> None:
    """End what the double walks where the survivor walks the same, or both walk a sequence that bears no other."""
    walked = enrollments.open_of(connection, [survivor_id, double_id])
    mine = {one.sequence for one in walked if one.lead_id == survivor_id}
    rivals = {str(one.id) for one in walked if one.lead_id == double_id and one.sequence in mine}
    if merging.exclusive_of(connection, survivor_id):
        rivals |= merging.exclusive_of(connection, double_id)
    ended = [
        replace(one, status=EnrollmentStatus.STOPPED, due_at=None, reason=MERGED) for one in walked if one.id in rivals
    ]
    enrollments.save(connection, ended, now)
    if rivals:
        messages.cancel_open(connection, now=now, reason=MERGED, enrollment_ids=rivals)
        tasks.cancel_open(connection, now=now, reason=MERGED, enrollment_ids=rivals)


def _note(  # noqa: PLR0913 - both before, and one after
    kit: Kit,
    connection: Connection,
    survivor: StoredLead,
    double: StoredLead,
    joined: StoredLead,
    moved: Mapping[str, int],
    now: datetime,
    *,
    by: str,
) -> None:
    def told(stored: StoredLead) -> dict[str, Any]:
        names = (*FILLED, "status", "cost_cents")
        return {name: getattr(stored.lead, name) for name in names if getattr(stored.lead, name)}

    before = {"survivor": told(survivor), "double": told(double)}
    after = {"survivor": told(joined), "double": double.lead.id, "moved": dict(moved)}
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action="lead.merged", subject=survivor.lead.id,
        before=before, after=after,
    )  # fmt: skip
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action="lead.became_part", subject=double.lead.id,
        before=told(double), after={"survivor": survivor.lead.id},
    )  # fmt: skip


def _name(row: Row) -> str:
    return f"{row['first_name']} {row['last_name']}".strip().casefold()


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and one.strip().casefold() == other.strip().casefold()


def _similar(one: str, other: str) -> bool:
    return bool(one) and bool(other) and SequenceMatcher(None, one, other).ratio() >= SIMILAR_FROM
