"""Two leads become one: everything moves, no stop is lost, no enrollment is doubled, and erasing takes both."""

from itertools import product

import pytest

from channels.address import Channel
from channels.events import EventKind
from consent.answer import Outcome
from consent.facts import Purpose, SuppressionReason
from engine.domain.lead import LeadId
from engine.flows.asking import ask
from engine.flows.erasing import erase
from engine.flows.merging import NotMergeable, find_doubles, merge
from engine.flows.suppress_addresses import Wanted, suppress
from engine.store import consents, lead_list, leads
from engine.store import tables as t
from engine.store.stops import sent_after_opt_out
from tests.flows.story import ANN, BOB, DAY, Story

PLAN = """\
name: plan
enter: {when: manual}
stages:
  - {id: hello, email: hello, window: any}
  - {id: news, email: news, after: 1 day, window: any}
"""
SHARED = PLAN.replace("name: plan", "name: beside").replace("stages:", "exclusive: no\nstages:")
ASKED = [*product((Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL), (Purpose.MARKETING, Purpose.SERVICE))]


def may(story: Story, lead_id: str) -> set[tuple[str, str]]:
    """Return by which channels, and for what, a lead may be written to, hours and caps aside."""
    with story.kit.database.read() as connection:
        stored = leads.load(connection, [lead_id])[LeadId(lead_id)]
        facts = consents.load_gate_facts(connection, [stored], story.now())[stored.lead.id]
    answers = {
        (channel, purpose): ask(
            stored, facts, story.kit.rulebook, story.now(),
            channel=channel, purpose=purpose, planned_at=story.now(), sequence="", is_rehearsed=True,
        )
        for channel, purpose in ASKED
    }  # fmt: skip
    return {pair for pair, answer in answers.items() if answer.outcome is not Outcome.BLOCK}


def pair(story: Story) -> tuple[str, str]:
    """Return Ann, and Ann again with another mailbox and another phone."""
    return story.arrives(source="fair"), story.arrives(BOB, source="fair", first_name="Anne")


STOPS: dict[str, list[Channel]] = {
    "nothing": [],
    "email": [Channel.EMAIL],
    "texts": [Channel.SMS],
    "calls": [Channel.CALL],
    "everything": [*Channel],
}


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("nothing", "everything"),
        ("everything", "nothing"),
        ("email", "texts"),
        ("nothing", "email"),
        ("calls", "texts"),
    ],
)
def test_a_stop_of_either_holds_for_both(story: Story, mine: str, theirs: str) -> None:
    survivor, double = pair(story)
    for lead_id, what in ((survivor, mine), (double, theirs)):
        if what == "everything":
            story.stops(lead_id)
        elif what != "nothing":
            story.stops(lead_id, *STOPS[what])
    before = may(story, survivor) & may(story, double)

    merge(story.kit, survivor, double, by="ann")

    assert may(story, survivor) == before


def test_a_stop_that_was_taken_back_stops_nobody(story: Story) -> None:
    survivor, double = pair(story)
    story.stops(double, Channel.EMAIL)
    story.pass_time(DAY)
    story.happens(EventKind.RESUBSCRIBED, channel=Channel.EMAIL, address=BOB.email)

    merge(story.kit, survivor, double, by="ann")

    assert (Channel.EMAIL, Purpose.MARKETING) in may(story, survivor)


@pytest.mark.parametrize("reason", [SuppressionReason.OPTED_OUT, SuppressionReason.LEGAL, SuppressionReason.DECEASED])
def test_an_address_that_must_not_be_used_closes_the_channel_for_both(story: Story, reason: SuppressionReason) -> None:
    survivor, double = pair(story)
    stored = story.lead(double)
    address = next(one for one in BOB.addresses if one.value == stored["phone"])
    suppress(story.kit, [Wanted(address=address, channel=None, reason=reason)], by="ann")

    merge(story.kit, survivor, double, by="ann")

    open_channels = {channel for channel, _ in may(story, survivor)}
    assert open_channels == ({Channel.EMAIL} if reason is SuppressionReason.OPTED_OUT else set())


def test_a_stop_of_the_double_that_was_under_way_is_the_survivors(story: Story) -> None:
    survivor, double = pair(story)
    merge(story.kit, survivor, double, by="ann")

    story.stops(double, Channel.EMAIL)

    assert story.withdrawn(survivor) == {Channel.EMAIL}


def test_a_stop_that_comes_later_from_the_old_address_is_the_survivors(story: Story) -> None:
    survivor, double = pair(story)
    merge(story.kit, survivor, double, by="ann")

    story.replies("STOP", channel=Channel.SMS, address=BOB.phone)

    assert story.withdrawn(survivor) >= {Channel.SMS, Channel.VOICEMAIL}
    [reply] = story.rows(t.replies)
    assert reply["lead_id"] == survivor


def test_a_double_that_comes_again_comes_as_the_survivor(story: Story) -> None:
    survivor, double = pair(story)
    merge(story.kit, survivor, double, by="ann")

    assert story.arrives(BOB) == survivor
    assert story.arrives(BOB, email=None) == survivor


def test_permission_goes_over_only_with_its_address(story: Story) -> None:
    survivor = story.arrives(source="fair", phone=None, grants=())
    double = story.arrives(BOB, source="fair")

    merge(story.kit, survivor, double, by="ann")

    assert story.lead(survivor)["phone"] == BOB.phone
    assert (Channel.SMS, Purpose.MARKETING) in may(story, survivor)
    granted = {row["channel"] for row in story.rows(t.consent_facts, lead_id=survivor)}
    assert Channel.EMAIL not in granted
    assert story.rows(t.consent_facts, lead_id=double)


def test_who_lets_a_double_enter_lets_the_survivor_enter(story: Story) -> None:
    survivor, double = pair(story)
    name = story.plan(PLAN)
    merge(story.kit, survivor, double, by="ann")

    story.enters(double, name)

    assert story.enrollment(sequence=name)["lead_id"] == survivor


def test_nobody_walks_one_sequence_twice(story: Story) -> None:
    survivor, double = pair(story)
    story.plan(PLAN), story.plan(SHARED)
    for lead_id, name in ((survivor, "plan"), (double, "plan"), (double, "beside")):
        story.enters(lead_id, name)
    story.run()

    merge(story.kit, survivor, double, by="ann")

    walked = {(row["sequence"], row["status"], row["reason"]) for row in story.rows(t.enrollments, lead_id=survivor)}
    assert [one for one in walked if one[1] == "stopped"] == [("plan", "stopped", "merged")]
    assert {one[0] for one in walked if one[1] != "stopped"} == {"plan", "beside"}
    assert not story.rows(t.enrollments, lead_id=double)


def test_everything_about_the_double_is_about_the_survivor(story: Story) -> None:
    survivor, double = pair(story)
    story.enters(double, story.plan(PLAN))
    story.run()
    sent = story.message(lead_id=double, stage="hello")
    story.replies("How much is it?", to=sent, address=BOB.email)
    caps = len(story.messages(lead_id=survivor))

    done = merge(story.kit, survivor, double, by="ann")

    assert done.moved["messages"] == 1
    assert len(story.messages(lead_id=survivor)) == caps + 1
    for table in (t.messages, t.replies, t.tasks, t.happenings, t.notes, t.threads):
        assert not [row for row in story.rows(table) if row["lead_id"] == double], table.name
    [thread] = story.rows(t.threads)
    assert thread["lead_id"] == survivor
    assert story.message(id=sent["id"])["sent_as"] == double
    [told] = [row for row in story.rows(t.audit_log, subject=survivor) if row["action"] == "lead.merged"]
    assert (told["actor"], told["before"]["double"]["email"]) == ("ann", BOB.email)


def test_what_went_to_the_double_after_the_survivor_had_stopped_was_right_then(story: Story) -> None:
    survivor, double = pair(story)
    story.stops(survivor)
    story.pass_time(DAY)
    story.enters(double, story.plan(PLAN))
    story.run()

    merge(story.kit, survivor, double, by="ann")
    story.live(3 * DAY)

    with story.kit.database.read() as connection:
        assert sent_after_opt_out(connection) == 0
    assert [row["state"] for row in story.messages(lead_id=survivor)] == ["accepted"]


def test_erasing_the_survivor_erases_the_double(story: Story) -> None:
    survivor, double = pair(story)
    merge(story.kit, survivor, double, by="ann")

    erase(story.kit, double, by="ann", keeps_proof=False)

    for lead_id in (survivor, double):
        row = story.lead(lead_id)
        assert (row["first_name"], row["email"], row["phone"]) == ("", None, None)
        assert row["erased_at"] is not None
    assert all(row["personal"] == {} for row in story.rows(t.consent_facts))
    assert not story.rows(t.lead_words)


def test_the_survivor_is_found_by_the_doubles_words_and_the_double_no_more(story: Story) -> None:
    survivor, double = pair(story)
    merge(story.kit, survivor, double, by="ann")

    with story.kit.database.read() as connection:
        found = lead_list.list_leads(connection, lead_list.LeadFilter(beginning="bob@exa")).rows
        everybody = lead_list.list_leads(connection, lead_list.LeadFilter()).rows
        assert leads.survivor_of(connection, double) == survivor

    assert [row["id"] for row in found] == [survivor]
    assert [row["id"] for row in everybody] == [survivor]


def test_doubles_are_merged_into_the_last_survivor(story: Story) -> None:
    survivor, double = pair(story)
    third = story.arrives(BOB, email="anna@example.com", phone="+12125550103", source="fair")
    merge(story.kit, survivor, double, by="ann")

    merge(story.kit, third, survivor, by="ann")

    assert {story.lead(one)["merged_into"] for one in (survivor, double)} == {third}


@pytest.mark.parametrize("case", ["itself", "again", "erased"])
def test_what_cannot_be_joined_is_refused(story: Story, case: str) -> None:
    survivor, double = pair(story)
    if case == "again":
        merge(story.kit, survivor, double, by="ann")
    if case == "erased":
        erase(story.kit, double, by="ann")

    with pytest.raises(NotMergeable):
        merge(story.kit, survivor, survivor if case == "itself" else double, by="ann")


def test_a_reply_that_waits_lets_all_of_the_survivor_rest(story: Story) -> None:
    survivor, double = pair(story)
    story.plan(PLAN)
    story.enters(survivor, "plan"), story.enters(double, "plan")
    story.run()
    story.replies("How much is it?", to=story.message(lead_id=double, stage="hello"), address=BOB.email)

    merge(story.kit, survivor, double, by="ann")

    assert story.enrollment(lead_id=survivor, sequence="plan", reason="replied: question")["status"] == "paused"


def test_who_has_the_same_phone_or_a_like_name_at_one_company_may_be_a_double(story: Story) -> None:
    ann = story.arrives(last_name="Smith", company="Alder & Finch", source="fair")
    same_phone = story.arrives(BOB, phone=ANN.phone, last_name="Jones", source="fair")
    like_name = story.arrives(
        BOB, email="as@example.org", phone="+12125550104", first_name="Anne", last_name="Smith", company="alder & finch"
    )
    story.arrives(BOB, email="x@example.org", phone="+12125550105", last_name="Smith", company="Alder Co")

    with story.kit.database.read() as connection:
        row = lead_list.find_lead(connection, ann)
        assert row is not None
        found = {one.row["id"]: one.because for one in find_doubles(connection, row)}

    assert found == {same_phone: "the same phone number", like_name: "a similar name at the same company"}
