"""Going live: nothing written for the sandbox reaches people, and nobody is written to before somebody says so."""

from dataclasses import replace
from pathlib import Path

import pytest

from channels.address import Channel
from channels.guard import Guarded
from engine.bootstrap import add_live_senders, make_outgoing
from engine.bootstrap.outgoing import make_keep_back
from engine.flows import going_live
from engine.flows.advance import advance
from engine.flows.going_live import NotReady
from engine.flows.outgoing import Outgoing
from engine.flows.publish import publish
from engine.settings import Settings
from engine.store import installation, senders
from engine.store import tables as t
from tests.content.builders import BRAND, library
from tests.flows.content import FILES
from tests.flows.moody import Moody
from tests.flows.story import ANN, DAY, HOUR, SECOND, Story

REAL = "ann@realmail.io"
OTHER = "bob@realmail.io"
DAILY = "name: {name}\nenter: {{when: manual}}\nwindow: any\nstages:\n  - {{id: news, email: news}}\n  - {{id: more, email: news, after: 1 day}}"


def go_on_with(story: Story, allow_list: str = "") -> Moody:
    """Give the story a real provider of email, as keys in the environment would; return it."""
    provider = Moody(name="sendgrid")
    keep_back = make_keep_back(allow_list)
    adapter = replace(provider.on(Channel.EMAIL), name="sendgrid")
    live = Guarded("sendgrid", Channel.EMAIL, lambda: adapter, keep_back)
    adapters = {**story.kit.adapters, ("sendgrid", Channel.EMAIL): live}
    story.kit = replace(story.kit, adapters=adapters, outgoing=Outgoing(keep_back=keep_back))
    return provider


def add_sender(story: Story, address: str = "hello@seller.io", **changes: object) -> senders.Sender:
    """Add a sender of the real provider, as `sender add` does."""
    with story.kit.database.write() as connection:
        row = senders.new_row(
            sender_id=story.kit.ids.new(), channel=Channel.EMAIL, provider="sendgrid", address=address, name="Seller",
            rate_per_second=100.0, daily_max=None, now=story.now(), paused_reason=senders.NOT_LIVE_YET,
        )  # fmt: skip
        senders.add(connection, row | changes)
        return next(one for one in senders.all_senders(connection) if one.address == address)


def enters_daily(story: Story, email: str = REAL) -> str:
    lead_id = story.arrives(email=email, phone=None, source="import")
    story.enters(lead_id, story.plan(DAILY.format(name="daily")))
    return lead_id


def sender_of(story: Story, message: object) -> str:
    (row,) = story.rows(t.senders, id=message["sender_id"])  # type: ignore[index]
    return str(row["provider"])


def test_what_is_planned_after_the_keys_were_set_waits_for_somebody_to_go_live(story: Story) -> None:
    real = go_on_with(story)
    story.pass_time(SECOND)
    add_sender(story)
    story.pass_time(SECOND)
    enters_daily(story)

    story.live(3 * HOUR)

    assert (real.taken, story.provider.taken) == ([], [])
    assert (story.message()["state"], story.message()["reason"]) == ("scheduled", "not_live_yet")
    going_live.start(story.kit, by="ann")
    story.live(HOUR)
    assert [message.to for message in real.taken] == [REAL]
    assert story.provider.taken == []


def test_what_was_written_for_the_sandbox_never_reaches_people(story: Story) -> None:
    lead_id = enters_daily(story)
    advance(story.kit)
    real = go_on_with(story)
    story.pass_time(SECOND)
    add_sender(story)

    done = going_live.start(story.kit, by="ann")
    story.live(3 * DAY)

    assert (done.skipped, done.stopped) == (1, 1)
    assert (real.taken, story.provider.taken) == ([], [])
    assert (story.message()["state"], story.message()["reason"]) == ("skipped", "written_for_sandbox")
    assert (story.enrollment()["status"], story.enrollment()["reason"]) == ("stopped", "written_for_sandbox")
    assert "begun in the sandbox" in story.task(lead_id=lead_id, kind="review")["title"]


def test_a_walk_whose_first_message_the_sandbox_took_does_not_go_on_to_real_people(story: Story) -> None:
    lead_id = enters_daily(story)
    story.run()
    real = go_on_with(story)
    story.pass_time(SECOND)
    add_sender(story)
    going_live.start(story.kit, by="ann")

    story.live(3 * DAY)

    assert real.taken == []
    story.enters(lead_id, "daily")
    story.run()
    assert [message.to for message in real.taken] == [REAL]


def test_a_channel_that_comes_later_skips_what_its_sandbox_had_and_the_walk_goes_on(story: Story) -> None:
    real = go_on_with(story)
    story.pass_time(SECOND)
    story.write(lambda connection: installation.note_live(connection, story.now()))
    enters_daily(story)
    advance(story.kit)
    add_sender(story)

    done = going_live.start(story.kit, by="ann")
    story.live(2 * DAY)

    assert (done.skipped, done.stopped) == (1, 0)
    assert story.states() == {"news": "skipped", "more": "accepted"}
    assert len(real.taken) == 1


def test_a_trial_sends_so_many_then_asks(story: Story) -> None:
    real = go_on_with(story)
    story.pass_time(SECOND)
    add_sender(story)
    for number in range(5):
        enters_daily(story, f"lead{number}@realmail.io")
    going_live.start(story.kit, by="ann", trial=3)

    story.live(HOUR)

    assert len(real.taken) == 3
    assert going_live.look(story.kit).senders[0].rests_for == "trial_over"
    going_live.go_on(story.kit, by="ann")
    story.live(HOUR)
    assert len(real.taken) == 5


def test_a_trial_is_not_used_up_by_what_the_gate_holds(story: Story) -> None:
    real = go_on_with(story)
    story.pass_time(SECOND)
    add_sender(story)
    first = enters_daily(story, "lead0@realmail.io")
    enters_daily(story, "lead1@realmail.io")
    going_live.start(story.kit, by="ann", trial=2)
    advance(story.kit)
    story.stops(first, Channel.EMAIL)

    story.live(HOUR)

    assert [message.to for message in real.taken] == ["lead1@realmail.io"]
    assert going_live.look(story.kit).senders[0].pace.trial_left == 1


def test_a_demonstration_does_not_go_live(story: Story) -> None:
    go_on_with(story)
    story.write(installation.mark_demonstration)
    add_sender(story)

    with pytest.raises(NotReady, match="demonstration"):
        going_live.start(story.kit, by="ann")


def test_nobody_goes_live_without_a_sender(story: Story) -> None:
    with pytest.raises(NotReady, match="real provider"):
        going_live.start(story.kit, by="ann")


def test_a_sender_without_keys_does_not_go_live(story: Story) -> None:
    add_sender(story)

    with pytest.raises(NotReady, match="keys"):
        going_live.start(story.kit, by="ann")


def test_a_new_sender_is_resumed_by_going_live_alone(story: Story) -> None:
    go_on_with(story)
    sender = add_sender(story)

    with pytest.raises(NotReady, match="live start"):
        going_live.resume_sender(story.kit, sender, by="ann")


def test_stopping_live_sending_leaves_everything_waiting_and_starting_again_sends_it(story: Story) -> None:
    real = go_on_with(story)
    story.pass_time(SECOND)
    add_sender(story)
    going_live.start(story.kit, by="ann")
    going_live.stop(story.kit, by="bob")
    enters_daily(story)
    story.live(HOUR)
    assert real.taken == []

    going_live.start(story.kit, by="ann")
    story.live(HOUR)

    assert len(real.taken) == 1
    actions = [(row["actor"], row["action"]) for row in story.rows(t.audit_log)]
    assert actions == [("ann", "live.started"), ("bob", "sender.paused"), ("ann", "live.started")]


def test_going_live_does_not_wake_a_sender_that_somebody_paused(story: Story) -> None:
    go_on_with(story)
    sender = add_sender(story)
    going_live.start(story.kit, by="ann")
    going_live.pause_sender(story.kit, sender, by="bob", reason="bounces")

    going_live.start(story.kit, by="ann")

    assert going_live.look(story.kit).senders[0].rests_for == "bounces"


def test_the_one_switch_stops_the_sandbox_too(story: Story) -> None:
    story.arrives()
    going_live.switch_sending(story.kit, is_stopped=True, by="ann")

    story.live(HOUR)

    assert story.provider.taken == []
    going_live.switch_sending(story.kit, is_stopped=False, by="ann")
    story.run()
    assert len(story.provider.taken) == 1


def test_reserved_addresses_are_skipped_and_the_walk_goes_on(story: Story) -> None:
    real = go_on_with(story)
    story.pass_time(SECOND)
    add_sender(story)
    going_live.start(story.kit, by="ann")
    enters_daily(story, "ann@example.com")

    story.live(2 * DAY)

    assert real.taken == []
    assert {(row["state"], row["reason"]) for row in story.messages()} == {("skipped", "reserved_address")}
    assert story.enrollment()["status"] == "finished"


def test_who_is_not_on_the_allow_list_is_held_and_asked_again_hourly(story: Story) -> None:
    real = go_on_with(story, "@realmail.io")
    story.pass_time(SECOND)
    add_sender(story)
    going_live.start(story.kit, by="ann")
    enters_daily(story)
    stranger = enters_daily(story, "eve@elsewhere.io")

    story.run()

    assert [message.to for message in real.taken] == [REAL]
    held = story.message(lead_id=stranger)
    assert (held["state"], held["reason"], held["due_at"]) == ("held", "not_on_allow_list", story.now() + HOUR)
    later = go_on_with(story, "@realmail.io, eve@elsewhere.io")
    story.live(HOUR)
    assert [message.to for message in later.taken] == ["eve@elsewhere.io"]


def test_the_sandbox_is_not_subject_to_the_allow_list(story: Story) -> None:
    go_on_with(story, "@realmail.io")

    story.arrives()
    story.run()

    assert [message.to for message in story.provider.taken] == [ANN.email]


@pytest.mark.parametrize(
    ("address", "allow_list", "reason"),
    [
        ("ann@realmail.io", "", None),
        ("ann@example.com", "", "reserved_address"),
        ("+12125550101", "", "reserved_address"),
        ("+14155550199", "", "reserved_address"),
        ("+14155239999", "", None),
        ("ann@realmail.io", "@seller.io", "not_on_allow_list"),
        ("ann@realmail.io", "@RealMail.io", None),
        ("ann@sub.realmail.io", "@realmail.io", "not_on_allow_list"),
        ("ann@example.com", "@example.com", None),
        ("ann@example.com", "Ann@Example.com", None),
        ("bob@example.com", "ann@example.com", "reserved_address"),
        ("+12125550101", "+1 212 555 0101", None),
        ("+12125550101", "+1212555*", None),
        ("+13125550101", "+1212555*", "reserved_address"),
        ("+14155239999", "+12125550101", "not_on_allow_list"),
    ],
)
def test_who_is_kept_back(address: str, allow_list: str, reason: str | None) -> None:
    channel = Channel.EMAIL if "@" in address else Channel.SMS

    assert make_keep_back(allow_list)(channel, address) == reason


def test_the_brands_own_senders_are_added_once_and_rest(story: Story, tmp_path: Path) -> None:
    go_on_with(story)
    brand = BRAND + "senders: {email: {address: hello@fern.example.com, name: Fern}}\n"
    publish(story.kit, library(tmp_path / "example", {**FILES, "brand.yaml": brand}))
    assert add_live_senders(story.kit) == []  # an example's own address cannot send

    publish(story.kit, library(tmp_path / "own", {**FILES, "brand.yaml": brand.replace("example.com", "io")}))

    assert len(add_live_senders(story.kit)) == 1
    assert add_live_senders(story.kit) == []
    assert [one.rests_for for one in going_live.look(story.kit).senders] == ["not_live_yet"]


def test_answers_come_back_to_their_message_where_a_domain_takes_them() -> None:
    with_domain = make_outgoing(Settings(reply_domain="reply.seller.io", _env_file=None), b"key")
    without = make_outgoing(Settings(_env_file=None), b"key")

    address = with_domain.reply_to("0198c0de-0000-7000-8000-000000000001")  # type: ignore[arg-type]

    assert address is not None
    assert address.startswith("reply+")
    assert address.endswith("@reply.seller.io")
    assert len(address.partition("@")[0]) <= 64
    assert without.reply_to("0198c0de-0000-7000-8000-000000000001") is None  # type: ignore[arg-type]
