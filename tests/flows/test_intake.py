"""Taking leads in: each person once, with what they allowed, somebody who owns them, and something that happens next."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from channels.address import Channel
from engine.domain.entry import EntryReason
from engine.domain.task import TaskOutcome
from engine.flows.draft import Draft
from engine.flows.intake import receive_leads
from engine.flows.settle_task import settle_task
from engine.store import tables as t
from tests.flows.story import ANN, BOB, DAY, SECOND, Story, grants


def test_a_new_lead_is_kept_with_its_grants_and_starts_at_once(story: Story) -> None:
    arrived = story.arrival(ANN)

    assert arrived.is_new
    assert story.lead(arrived.lead_id)["email"] == "ann@example.com"
    assert {row["channel"] for row in story.rows(t.consent_facts)} == {"email", "sms", "voicemail", "call"}
    assert story.enrollment()["sequence"] == "start"
    assert story.enrollment()["due_at"] == story.now()


def test_a_lead_known_by_email_is_completed_and_nothing_it_said_is_overwritten(story: Story) -> None:
    first = story.arrives(phone=None, company="", first_name="Ann")

    again = story.arrival(replace(ANN, first_name="Anna", company="Fern"))

    lead = story.lead(again.lead_id)
    assert (again.lead_id, again.is_new) == (first, False)
    assert (lead["first_name"], lead["company"], lead["phone"]) == ("Ann", "Fern", "+12125550101")
    assert [row["name"] for row in story.rows(t.happenings)] == ["lead.created", "came_back"]


def test_a_lead_known_by_phone_alone_gains_its_email(story: Story) -> None:
    first = story.arrives(email=None)

    again = story.arrival(ANN)

    assert again.lead_id == first
    assert story.lead(first)["email"] == "ann@example.com"


def test_two_people_who_share_a_phone_stay_two_leads(story: Story) -> None:
    """The import says so too: an office or a couple may share a line."""
    ann = story.arrives()

    bob = story.arrival(replace(BOB, phone=ANN.phone))

    assert bob.is_new
    assert story.lead(bob.lead_id)["phone_id"] == story.lead(ann)["phone_id"]


def test_the_same_draft_twice_in_one_batch_is_one_lead(story: Story) -> None:
    one, two = receive_leads(story.kit, [ANN, ANN], recorded_by="form")

    assert (one.lead_id, one.is_new) != (two.lead_id, two.is_new)
    assert one.lead_id == two.lead_id
    assert len(story.rows(t.enrollments)) == 1


def test_two_at_once_for_the_same_email_make_one_lead(story: Story) -> None:
    together = Barrier(2)

    def post(_: int) -> str:
        together.wait()
        return story.arrival(ANN).lead_id

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(post, range(2))

    assert first == second
    assert len(story.rows(t.leads)) == 1
    assert len(story.rows(t.enrollments)) == 1


@pytest.mark.parametrize("orphaned", [False, True], ids=["nobody known", "addresses of an erased lead"])
def test_batches_that_name_the_same_people_in_other_orders_wait_for_each_other(story: Story, *, orphaned: bool) -> None:
    people = [replace(ANN, email=f"lead{number}@example.com", phone=f"+121255501{number:02}") for number in range(20)]
    if orphaned:
        with story.kit.database.write() as connection:
            from engine.store import leads

            key = story.kit.address_key.key_of
            pairs = [("email", key("email", person.email or "")) for person in people]
            leads.ensure_addresses(connection, pairs, new_id=story.kit.ids.new, now=story.now())
    together = Barrier(2)

    def load(batch: list[Draft]) -> list[str]:
        together.wait()
        return [arrived.lead_id for arrived in receive_leads(story.kit, batch, recorded_by="import")]

    with ThreadPoolExecutor(2) as threads:
        one, two = threads.map(load, [people, people[::-1]])

    assert sorted(one) == sorted(two)
    assert len(story.rows(t.leads)) == len(people)


def test_a_stop_that_came_with_a_lead_blocks_that_channel_only(story: Story) -> None:
    story.arrives(suppress=frozenset({Channel.SMS}))

    story.live(10 * DAY)

    assert story.suppressed() == {("phone", "sms", "opted_out")}
    # A recorded voice is kin to a text: who stopped one stopped the other.
    assert story.states() | {"news": "accepted"} == story.states()
    assert (story.states()["text"], story.states()["tip"]) == ("skipped", "skipped")


def test_a_stop_for_a_channel_without_an_address_needs_none(story: Story) -> None:
    story.arrives(phone=None, suppress=frozenset({Channel.SMS}))

    assert story.suppressed() == set()


def test_a_stop_for_a_known_lead_stops_the_address_it_has(story: Story) -> None:
    story.arrives()

    story.arrives(phone=None, grants=(), suppress=frozenset({Channel.SMS}))

    assert story.suppressed() == {("phone", "sms", "opted_out")}


def test_owners_take_turns(story: Story) -> None:
    owners = []
    for number in range(4):
        story.pass_time(SECOND)
        owners.append(story.lead(story.arrives(email=f"lead{number}@example.com", phone=None))["owner"])

    assert owners == ["ann", "bo", "ann", "bo"]


def test_a_lead_that_no_sequence_takes_becomes_its_owners_task(story: Story) -> None:
    lead_id = story.arrives(source="fair")

    task = story.task()
    assert (task["lead_id"], task["kind"], task["state"], task["due_at"]) == (lead_id, "call", "open", story.now())
    assert task["owner"] == story.lead(lead_id)["owner"]


def test_a_lead_that_comes_back_too_soon_does_not_start_again(story: Story) -> None:
    story.arrives()
    story.live(20 * DAY)

    again = story.arrival(ANN)

    assert [entry.answer.reason for entry in again.entries] == [EntryReason.ENTERED_BEFORE]


def test_a_lead_that_comes_back_after_the_time_named_starts_again(story: Story) -> None:
    story.arrives()
    story.live(95 * DAY)

    again = story.arrival(ANN)

    assert [entry.answer.reason for entry in again.entries] == [EntryReason.ENTERS]


def test_a_lead_may_be_kept_without_starting_anything(story: Story) -> None:
    receive_leads(story.kit, [ANN], recorded_by="import", enter=False)

    assert story.rows(t.enrollments) == story.tasks() == []


def test_a_note_and_a_zone_come_with_the_lead(story: Story) -> None:
    lead_id = story.arrives(zone=None, note="Rang on Sunday")

    assert (story.lead(lead_id)["zone"], story.lead(lead_id)["zone_source"]) == ("America/New_York", "phone")
    assert [row["body"] for row in story.rows(t.notes, lead_id=lead_id)] == ["Rang on Sunday"]


def test_permission_is_recorded_for_the_channel_that_was_given(story: Story) -> None:
    story.arrives(grants=grants(Channel.EMAIL))

    story.live(10 * DAY)

    assert story.states() == {"hello": "accepted", "text": "skipped", "tip": "skipped", "news": "accepted"}


def test_a_lead_that_comes_back_and_that_no_sequence_takes_is_its_owners_again(story: Story) -> None:
    lead_id = story.arrives(source="fair")
    settle_task(story.kit, story.task()["id"], TaskOutcome.NO, by="ann")
    story.pass_time(DAY)

    story.arrives(source="fair")

    (task,) = story.tasks(state="open")
    assert (task["lead_id"], task["owner"]) == (lead_id, story.lead(lead_id)["owner"])
    assert task["title"].startswith("Back again")
