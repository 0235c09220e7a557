"""Erasure: everything that names a person goes, everything that must stay does, and nobody writes to them again."""

import json
import zlib
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from channels.address import Address, AddressKind
from channels.events import EventKind
from consent.replies import Label
from engine.domain.arriving import RowOutcome
from engine.domain.retention import PAYLOADS
from engine.flows.dispute import dossier
from engine.flows.erasing import drop_overdue_proofs, erase, everything_about
from engine.flows.intake import receive_leads
from engine.flows.proving import verify
from engine.flows.raw import Raw, keep_raw
from engine.flows.rereading import correct
from engine.flows.retaining import retain
from engine.flows.seal import seal_facts
from engine.store import dossiers, events, imports, suspects
from engine.store import tables as t
from tests.flows.content import START
from tests.flows.story import ANN, BOB, DAY, Story

NAMES = ("ann@example.com", "nguyen", "12125550101", "blue house", "this is ann", "ann is nice")
SECRETS = replace(ANN, last_name="Nguyen", custom={"house": "the blue house"})


@pytest.fixture
def lead_id(story: Story) -> str:
    """Return Ann, who got messages, answered one, was called, and of whom somebody wrote something down."""
    story.plan(START)
    lead_id = story.arrives(SECRETS)
    story.live(2 * DAY)
    (first, *_rest) = story.messages(state="accepted")
    story.happens(EventKind.OPENED, message_id=first["id"], address="ann@example.com")
    story.replies("This is Ann Nguyen of the blue house", to=first)
    story.run()
    note = {"id": story.kit.ids.new(), "lead_id": lead_id, "at": story.now(), "author": "maren", "body": "Ann is nice"}
    story.write(lambda connection: events.note(connection, [note]))
    body = b'[{"email": "ann@example.com", "event": "open"}]'
    keep_raw(story.kit, Raw(provider="sendgrid", callback="events", target="/", headers={"To": "Ann"}, body=body))
    seal_facts(story.kit)
    return lead_id


def everything(story: Story) -> str:
    """Return every row of every table as one text, in small letters, packed things unpacked."""
    return json.dumps({table.name: [_plain(dict(row)) for row in story.rows(table)] for table in _personal()}).lower()


def _personal() -> list[Any]:
    shipped = {t.content_revisions, t.content_current, t.sequences, t.users, t.installation}
    return [table for table in t.metadata.sorted_tables if table not in shipped]


def _plain(row: dict[str, Any]) -> dict[str, str]:
    return {
        name: zlib.decompress(value).decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in row.items()
    }


def test_nothing_names_the_person_afterwards(story: Story, lead_id: str) -> None:
    before = everything(story)
    assert all(name in before for name in NAMES)

    erase(story.kit, lead_id, by="maren", keeps_proof=False)

    after = everything(story)
    assert [name for name in NAMES if name in after] == []
    assert story.lead(lead_id)["erased_at"] == story.now()


WRITTEN = ("Ann@Example.COM", "(212) 555-0101", "212.555.0101", "001 212/555\u00a001\u201101", "call 2125550101!")
OF_OTHERS = "(212) 555-0102"


def test_held_forms_and_refused_rows_are_found_however_the_address_was_typed(story: Story, lead_id: str) -> None:
    held = {
        "at": story.now(), "form": "contact", "reason": "trap", "page": "", "sender": "", "visit": {}, "state": "held",
        "decided_at": None, "decided_by": "", "lead_id": None,
    }  # fmt: skip
    run: dict[str, Any] = {
        "id": story.kit.ids.new(), "at": story.now(), "by": "maren", "file_name": "a.csv", "file_hash": "h",
        "options": {}, "state": "done", "total": 1, "taken": 0, "counts": {}, "progress_at": story.now(),
        "ended_at": story.now(), "undone_at": None, "undone_by": "",
    }  # fmt: skip
    story.write(lambda connection: imports.add(connection, run))
    for line, words in enumerate((*WRITTEN, OF_OTHERS), start=2):
        typed = {"contact": words}
        row = {**held, "id": story.kit.ids.new(), "fingerprint": words, "values": typed}
        refused = imports.new_row(run["id"], line, RowOutcome.REFUSED, cells=typed)
        story.write(partial(suspects.hold, row=row))
        story.write(partial(imports.insert, rows=[refused]))

    erase(story.kit, lead_id, by="maren")

    assert [row["values"] for row in story.rows(t.form_suspects)] == [{"contact": OF_OTHERS}]
    cells = [row["cells"] for row in story.rows(t.import_rows) if row["cells"]]
    assert cells == [{"contact": OF_OTHERS}]


def test_what_is_kept_is_told_with_its_reason(story: Story, lead_id: str) -> None:
    done = erase(story.kit, lead_id, by="maren")

    assert {one.what for one in done.kept} >= {"suppressions", "ledger", "delivery record", "proof of consent"}
    assert {one.rule for one in done.kept if one.what == "proof of consent"} == {"US-TSR-CONSENT-RECORD"}
    assert done.touched["notes"] == 1
    assert done.callbacks == 1


def test_proof_a_law_wants_is_kept_until_its_time_is_over(story: Story, lead_id: str) -> None:
    erase(story.kit, lead_id, by="maren")
    kept = {row["channel"] for row in story.rows(t.consent_facts, lead_id=lead_id) if row["personal"]}

    story.pass_time(timedelta(days=5 * 365))
    assert drop_overdue_proofs(story.kit) == 0
    story.pass_time(timedelta(days=2))
    dropped = drop_overdue_proofs(story.kit)

    assert kept == {"sms", "voicemail", "call"}
    assert dropped == len([row for row in story.rows(t.consent_facts, lead_id=lead_id) if row["channel"] in kept])
    assert all(row["personal"] == {} for row in story.rows(t.consent_facts, lead_id=lead_id))


def test_the_chain_holds_without_the_person(story: Story, lead_id: str) -> None:
    before = {row["id"]: row["commitment"] for row in story.rows(t.consent_facts)}

    erase(story.kit, lead_id, by="maren", keeps_proof=False)
    seal_facts(story.kit)

    after = {row["id"]: row["commitment"] for row in story.rows(t.consent_facts)}
    assert {one: after[one] for one in before} == before
    assert verify(story.kit).is_whole


def test_everything_open_ends(story: Story, lead_id: str) -> None:
    erase(story.kit, lead_id, by="maren")

    assert {row["status"] for row in story.rows(t.enrollments, lead_id=lead_id)} <= {"finished", "stopped"}
    assert not story.tasks(lead_id=lead_id, state="open")
    accepted = len(story.messages(state="accepted"))
    story.live(30 * DAY)
    assert len(story.messages(state="accepted")) == accepted


def test_an_old_list_brings_nobody_back(story: Story, lead_id: str) -> None:
    erase(story.kit, lead_id, by="maren")

    (again,) = receive_leads(story.kit, [replace(SECRETS, source="web-form", grants=())], recorded_by="import")
    story.live(10 * DAY)

    assert again.lead_id != lead_id
    assert story.messages(lead_id=again.lead_id, state="accepted") == []


def test_who_shares_a_telephone_keeps_it(story: Story) -> None:
    story.plan(START)
    ann = story.arrives(ANN)
    bob = story.arrives(replace(BOB, phone=ANN.phone))

    erase(story.kit, ann, by="maren")

    assert {row["kind"] for row in story.rows(t.suppressions)} == {"email"}
    assert story.withdrawn(bob) == set()


def test_erasing_twice_does_no_harm(story: Story, lead_id: str) -> None:
    erase(story.kit, lead_id, by="maren")
    before = everything(story)

    again = erase(story.kit, lead_id, by="theo")

    assert again.callbacks == 0
    assert len(everything(story)) - len(before) < len(before) / 10


def test_a_person_gets_everything_that_is_kept(story: Story, lead_id: str) -> None:
    [reply] = story.rows(t.replies)
    correct(
        story.kit, reply["id"], Label.INTERESTED if reply["label"] != Label.INTERESTED else Label.QUESTION, by="maren"
    )

    told = everything_about(story.kit, lead_id)

    assert told["leads"][0]["email"] == "ann@example.com"
    assert told["notes"][0]["body"] == "Ann is nice"
    assert {"consent_facts", "enrollments", "messages", "message_bodies", "replies", "decisions"} <= set(told)
    assert (len(told["threads"]), told["reply_corrections"][0]["reply_id"]) == (1, reply["id"])
    assert all(
        "html" in row["body"] or "body" in row["body"] or "script" in row["body"] for row in told["message_bodies"]
    )


def test_what_is_old_goes_and_what_is_not_stays(story: Story, lead_id: str) -> None:
    assert story.rows(t.provider_payloads)

    assert retain(story.kit) == 0
    story.pass_time(PAYLOADS + timedelta(days=32))
    assert retain(story.kit) > 0

    assert story.rows(t.provider_payloads) == []
    assert story.rows(t.message_bodies) != []


def test_a_dispute_still_finds_what_was_on_record(story: Story, lead_id: str) -> None:
    erase(story.kit, lead_id, by="maren")

    with story.kit.database.read() as connection:
        key = story.kit.address_key.key_of(AddressKind.EMAIL, "ann@example.com")
        found = dossiers.leads_by_key(connection, AddressKind.EMAIL, key)
        told = dossier(story.kit, connection, found, [Address.email("ann@example.com")])

    assert told["leads"] == [lead_id]
    assert {fact["kind"] for fact in told["facts"]} == {"granted", "withdrawn"}
    assert told["suppressions"] != []


def test_who_was_erased_is_no_lead_whom_others_share_an_address_with(story: Story, lead_id: str) -> None:
    erase(story.kit, lead_id, by="maren")
    bob = story.arrives(replace(BOB, phone=ANN.phone))
    facts_before = len(story.rows(t.consent_facts, lead_id=lead_id))

    story.stops(bob)

    assert len(story.rows(t.consent_facts, lead_id=lead_id)) == facts_before
