"""What a person does for one lead by hand: each acts at once, is on record, and collides clearly."""

import pytest

from channels.address import Channel
from engine.domain.task import TaskOutcome
from engine.flows import looking_after
from engine.flows.editing import Collided, Taken, Unfit, edit_lead
from engine.flows.looking_after import NothingToDo
from engine.flows.pausing import pause_enrollment
from engine.store import forgotten
from engine.store import tables as t
from tests.flows.story import ANN, BOB, DAY, HOUR, Story

PLAN = """\
name: plan
enter: {when: manual}
stages:
  - {id: hello, email: hello, window: any}
  - {id: news, email: news, after: 1 day, window: any}
"""


@pytest.fixture
def lead_id(story: Story) -> str:
    """Return Ann, who got her first mail an hour ago."""
    lead_id = story.arrives(source="fair")
    story.write(lambda connection: connection.execute(t.tasks.delete()))
    story.enters(lead_id, story.plan(PLAN))
    story.run()
    story.pass_time(HOUR)
    return lead_id


def acts(story: Story, lead_id: str) -> list[str]:
    """Return what is in the audit log about a lead."""
    return [row["action"] for row in story.rows(t.audit_log, subject=lead_id) if row["actor"] == "bea"]


def test_a_lead_rests_until_somebody_resumes_it(story: Story, lead_id: str) -> None:
    assert looking_after.pause_lead(story.kit, lead_id, by="bea", reason="on holiday") == 1
    story.live(3 * DAY)
    paused = len(story.messages(state="accepted"))

    assert looking_after.resume_lead(story.kit, lead_id, by="bea") == 1
    story.live(DAY)

    assert (paused, len(story.messages(state="accepted"))) == (1, 2)
    assert acts(story, lead_id) == ["lead.paused", "lead.resumed"]


def test_who_is_paused_or_opened_again_by_hand_is_not_forgotten(story: Story, lead_id: str) -> None:
    looking_after.pause_lead(story.kit, lead_id, by="bea")
    assert story.task(state="open")["title"] == "Paused by hand: decide what is next"
    assert forgotten_of(story) == 0
    looking_after.resume_lead(story.kit, lead_id, by="bea")
    story.write(lambda connection: connection.execute(t.tasks.delete()))
    pause_enrollment(story.kit, str(story.enrollment()["id"]), until=None, by="bea")
    assert forgotten_of(story) == 0

    for status in ("lost", "working"):
        story.write(lambda connection: connection.execute(t.tasks.delete()))
        edit_lead(story.kit, lead_id, {"status": status}, version=story.lead(lead_id)["version"], by="bea")

    assert forgotten_of(story) == 0


def forgotten_of(story: Story) -> int:
    with story.kit.database.read() as connection:
        return int(forgotten.audit(connection, story.now())["forgotten"])


def test_a_lead_is_left_alone_until_a_date_also_where_it_waited_for_a_person(story: Story, lead_id: str) -> None:
    looking_after.pause_lead(story.kit, lead_id, by="bea")
    until = story.now() + 30 * DAY

    looking_after.snooze_lead(story.kit, lead_id, until, by="bea")

    walk = story.enrollment(lead_id=lead_id)
    assert (walk["status"], walk["due_at"]) == ("snoozed", until)


def test_nothing_rests_where_nothing_walks(story: Story) -> None:
    with pytest.raises(NothingToDo):
        looking_after.pause_lead(story.kit, story.arrives(source="fair"), by="bea")


def test_the_rules_say_why_a_lead_does_not_enter(story: Story, lead_id: str) -> None:
    entry = looking_after.enrol_lead(story.kit, lead_id, "plan", by="bea")

    assert (entry.answer.enters, entry.answer.reason) == (False, "already_in")


def test_who_is_taken_out_hears_no_more_and_is_not_forgotten(story: Story, lead_id: str) -> None:
    walk = story.enrollment(lead_id=lead_id)

    assert looking_after.take_out(story.kit, lead_id, walk["id"], by="bea") == "plan"
    story.live(3 * DAY)

    assert story.enrollment(lead_id=lead_id)["reason"] == "taken out by hand"
    assert len(story.messages(state="accepted")) == 1
    assert story.task(state="open")["title"] == "Taken out of plan: decide what is next"
    with pytest.raises(NothingToDo):
        looking_after.take_out(story.kit, lead_id, walk["id"], by="bea")


def test_a_stop_told_to_a_person_is_on_record_with_who_heard_it(story: Story, lead_id: str) -> None:
    looking_after.stop_lead(story.kit, lead_id, frozenset({Channel.SMS}), by="bea", wording="no more texts please")

    assert story.withdrawn(lead_id) == {"sms", "voicemail"}
    [fact] = story.rows(t.consent_facts, lead_id=lead_id, kind="withdrawn", channel="sms")
    assert (fact["recorded_by"], fact["personal"]["wording"]) == ("bea", "no more texts please")
    assert acts(story, lead_id) == ["lead.stopped"]


def test_a_call_outside_the_plan_counts_once(story: Story, lead_id: str) -> None:
    for _ in range(2):
        looking_after.log_call(story.kit, lead_id, TaskOutcome.REACHED, by="bea", note="Wants a quote", nonce="1")

    [call] = story.tasks(kind="call")
    assert (call["state"], call["outcome"], call["owner"]) == ("done", "reached", "bea")
    assert [row["body"] for row in story.rows(t.notes)] == ["Wants a quote"]
    assert story.lead(lead_id)["status"] == "working"


def test_an_edit_is_read_as_on_arrival_and_kept_with_how_it_was(story: Story, lead_id: str) -> None:
    version = story.lead(lead_id)["version"]
    changes = {"first_name": " Anne  Marie ", "phone": "(212) 555-0199", "country": "usa", "language": "EN", "zone": ""}

    before = edit_lead(story.kit, lead_id, changes, version=version, by="bea")

    lead = story.lead(lead_id)
    assert (lead["first_name"], lead["phone"], lead["zone"]) == ("Anne Marie", "+12125550199", None)
    assert before == {"first_name": "Ann", "phone": ANN.phone, "zone": "America/New_York"}
    assert lead["version"] == version + 1
    [told] = story.rows(t.audit_log, subject=lead_id, action="lead.changed")
    assert told["before"] == before
    assert {row["word"] for row in story.rows(t.lead_words, lead_id=lead_id)} >= {"anne", "marie", "2125550199"}
    assert {row["address_id"] for row in story.messages(state="scheduled", channel="sms")} <= {lead["phone_id"]}


def test_two_edits_of_one_version_collide(story: Story, lead_id: str) -> None:
    version = story.lead(lead_id)["version"]
    edit_lead(story.kit, lead_id, {"company": "Alder"}, version=version, by="ann")

    with pytest.raises(Collided) as collided:
        edit_lead(story.kit, lead_id, {"company": "Finch"}, version=version, by="bea")

    assert collided.value.version == version + 1
    assert story.lead(lead_id)["company"] == "Alder"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ann@"), ("phone", "12"), ("country", "Atlantis"), ("zone", "Mars/Base"), ("language", "?"),
        ("status", "gone"), ("owner", "nobody-here"), ("company", "x" * 201),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_says_which_field_and_how(story: Story, lead_id: str, field: str, value: str) -> None:
    with pytest.raises(Unfit) as unfit:
        edit_lead(story.kit, lead_id, {field: value}, version=story.lead(lead_id)["version"], by="bea")

    assert unfit.value.field == field


def test_an_address_of_somebody_else_names_them_and_a_last_address_stays(story: Story, lead_id: str) -> None:
    other = story.arrives(BOB, source="fair")
    version = story.lead(lead_id)["version"]

    with pytest.raises(Taken) as taken:
        edit_lead(story.kit, lead_id, {"email": "Bob@Example.com"}, version=version, by="bea")
    with pytest.raises(Unfit):
        edit_lead(story.kit, lead_id, {"email": "", "phone": ""}, version=version, by="bea")

    assert taken.value.lead_id == other


def test_whose_lead_it_is_decides_who_does_what_is_open(story: Story, lead_id: str) -> None:
    story.write(
        lambda connection: connection.execute(
            t.users.insert().values(
                id="bea", name="Bea", email="bea@example.org", title="", owns_leads=True, created_at=story.now()
            )
        )
    )
    story.replies("How much is it?", to=story.message(stage="hello"))

    edit_lead(story.kit, lead_id, {"owner": "bea"}, version=story.lead(lead_id)["version"], by="ann")

    assert story.task(state="open")["owner"] == "bea"
    assert story.rows(t.threads)[0]["owner"] == "bea"

    edit_lead(story.kit, lead_id, {"owner": ""}, version=story.lead(lead_id)["version"], by="ann")

    assert story.task(state="open")["owner"] in {row["id"] for row in story.rows(t.users, owns_leads=True)}
    with story.kit.database.read() as connection:
        assert forgotten.who_of(connection, [lead_id]) == set()
