"""Programs elsewhere are told what happened: with the fact, at least once, signed, again after a failure, and not for ever."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from channels.address import Channel
from channels.events import EventKind
from channels.message import MessageId
from channels.posting import BadEndpoint, MemoryPoster
from engine.domain.notice import AGE_MAX, CHOOSABLE, FAILING_MAX, FIELDS, ROTATION, NoticeType
from engine.flows.erasing import erase
from engine.flows.retaining import retain
from engine.flows.telling import tell_programs
from engine.flows.webhooks import (
    BadChoice,
    NoSuchDelivery,
    add_endpoint,
    pause_endpoint,
    remove_endpoint,
    replay_delivery,
    replay_failed,
    resume_endpoint,
    rotate_secret,
    send_test,
)
from engine.store import notices
from engine.store import tables as t
from engine.store.database import Connection
from tests.flows.story import ANN, BOB, DAY, SECOND, Story

URL = "https://crm.example.com/hooks"
PLAN = """
name: short
purpose: marketing
enter: {when: lead.created}
stages:
  - {id: hello, email: hello, after: 0 minutes, window: any}
  - {id: ring, call: first-call, after: 0 minutes, wait: no}
"""


@dataclass(slots=True, kw_only=True)
class Told:
    """A story, and a program elsewhere that is told of it."""

    story: Story
    poster: MemoryPoster
    endpoint_id: str
    secret: str

    def hears(self) -> list[dict[str, Any]]:
        """Tell what there is to tell; return what was posted, in the order of posting."""
        before = len(self.poster.posted)
        while tell_programs(self.story.kit):
            pass
        return [json.loads(post.body) for post, _ in self.poster.posted[before:]]

    def deliveries(self) -> Sequence[Any]:
        """Return the log."""
        return self.story.rows(t.webhook_deliveries)


@pytest.fixture
def told(story: Story) -> Told:
    poster = MemoryPoster()
    story.kit = replace(story.kit, poster=poster)
    made = add_endpoint(story.kit, url=URL, types=CHOOSABLE, by="maren")
    return Told(story=story, poster=poster, endpoint_id=made.id, secret=made.secret)


def test_nothing_is_written_where_nobody_wants_to_hear(story: Story) -> None:
    story.arrives()

    assert story.rows(t.notices) == []


def test_every_type_is_told_with_its_fields_and_without_the_person(told: Told) -> None:
    story = told.story
    story.plan(PLAN)
    ann = story.arrives()
    story.run()
    [message] = story.messages(lead_id=ann)
    story.happens(EventKind.DELIVERED, message_id=MessageId(message["id"]))
    story.replies("How much is it?", to=message)
    story.stops(ann)
    story.run()

    heard = told.hears()

    kinds = {one["type"] for one in heard}
    assert kinds >= {
        "lead.created", "message.accepted", "message.delivered", "message.replied", "task.created", "task.closed",
        "lead.stopped", "enrollment.finished",
    }  # fmt: skip
    for one in heard:
        assert one["data"].keys() == FIELDS[NoticeType(one["type"])].keys()
        assert (one["version"], one["data"]["lead_id"]) == (1, ann)
    assert not any(word in json.dumps(heard) for word in ("Ann", "ann@", "1212555", "How much"))
    assert story.rows(t.notices) == []


def test_a_fact_that_is_undone_is_not_told(told: Told) -> None:
    def half_done(connection: Connection) -> None:
        notices.tell(connection, NoticeType.LEAD_CREATED, [(told.endpoint_id, None)])
        raise LookupError

    with pytest.raises(LookupError):
        told.story.write(half_done)

    assert told.story.rows(t.notices) == []


def test_only_chosen_types_are_told(story: Story) -> None:
    story.kit = replace(story.kit, poster=MemoryPoster())
    add_endpoint(story.kit, url=URL, types=["lead.stopped"], by="maren")
    ann = story.arrives()
    story.stops(ann, Channel.SMS)

    tell_programs(story.kit)

    [row] = story.rows(t.webhook_deliveries)
    assert (row["type"], row["body"]["data"]["channels"]) == ("lead.stopped", ["sms", "voicemail"])


def test_a_receivers_library_verifies_it_and_both_secrets_sign_while_one_replaces_the_other(told: Told) -> None:
    told.story.arrives()
    newer = rotate_secret(told.story.kit, told.endpoint_id, by="maren")
    told.hears()
    post, headers = told.poster.posted[0]

    assert len(headers["webhook-signature"].split()) == 2
    for secret in (told.secret, newer):
        assert _matches(secret, post.body, headers)
    told.story.pass_time(ROTATION)
    told.story.arrives(BOB)
    told.hears()
    post, headers = told.poster.posted[-1]
    assert (_matches(told.secret, post.body, headers), _matches(newer, post.body, headers)) == (False, True)


def _matches(secret: str, body: bytes, headers: Any) -> bool:
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signed = Webhook(secret).sign(msg_id=headers["webhook-id"], timestamp=at, data=body.decode())
    return signed in headers["webhook-signature"].split()


def test_what_is_not_taken_is_posted_again_under_its_id_for_three_days(told: Told) -> None:
    told.poster.status = 503
    told.story.arrives()
    told.hears()
    began = told.story.now()
    while (due := told.deliveries()[0]["due_at"]) is not None:
        told.story.clock.move_to(max(due, told.story.now() + SECOND))
        told.hears()

    [row] = told.deliveries()
    assert (row["state"], row["status"], row["answer"]) == ("failed", 503, "said")
    assert row["tries"] > 10
    assert AGE_MAX - timedelta(hours=7) < row["tried_at"] - began <= AGE_MAX
    assert len({post.id for post, _ in told.poster.posted}) == 1


def test_what_failed_is_replayed_one_or_all_since_an_instant(told: Told) -> None:
    kit = told.story.kit
    told.poster.status = 410
    told.story.arrives()
    told.hears()
    [failed] = told.deliveries()
    resume_endpoint(kit, told.endpoint_id, by="maren")
    told.poster.status = 200

    later = replay_failed(kit, told.endpoint_id, told.story.now() + SECOND, by="maren")
    counted = replay_failed(kit, told.endpoint_id, told.story.now(), by="maren")
    told.hears()
    replay_delivery(kit, failed["id"], by="maren")
    told.hears()

    assert (later, counted) == (0, 1)
    assert [post.id for post, _ in told.poster.posted] == [failed["id"]] * 3
    assert told.deliveries()[0]["state"] == "delivered"
    with pytest.raises(NoSuchDelivery):
        replay_delivery(kit, told.endpoint_id, by="maren")


@pytest.mark.parametrize(("status", "after", "reason"), [(410, timedelta(0), "gone"), (None, FAILING_MAX, "failing")])
def test_an_endpoint_that_is_gone_or_fails_for_days_is_disabled_with_an_incident(
    told: Told, status: int | None, after: timedelta, reason: str
) -> None:
    told.poster.status = status
    told.story.arrives()
    told.hears()
    told.story.pass_time(after)
    if after:
        told.story.arrives(BOB)
        told.hears()
    told.story.arrives(replace(ANN, email="eve@example.com", phone=None))

    [endpoint] = told.story.rows(t.webhook_endpoints)
    assert (endpoint["disabled_reason"], told.hears()) == (reason, [])
    assert [row["kind"] for row in told.story.rows(t.incidents, closed_at=None)] == ["webhook_disabled"]
    resume_endpoint(told.story.kit, told.endpoint_id, by="maren")
    assert told.story.rows(t.incidents, closed_at=None) == []


def test_a_paused_endpoint_hears_everything_once_it_is_resumed(told: Told) -> None:
    pause_endpoint(told.story.kit, told.endpoint_id, by="maren")
    told.story.arrives()
    assert told.hears() == []

    resume_endpoint(told.story.kit, told.endpoint_id, by="maren")

    assert told.hears()[0]["type"] == "lead.created"


def test_whoever_dies_before_noting_lets_it_be_posted_again_after_the_lease(told: Told) -> None:
    class Dies(MemoryPoster):
        def post(self, posts: Any, at: Any) -> Any:
            super().post(posts, at)
            raise SystemExit

    dying = Dies()
    told.story.arrives()
    with pytest.raises(SystemExit):
        tell_programs(replace(told.story.kit, poster=dying))
    assert told.hears() == []

    told.story.pass_time(timedelta(seconds=61))

    assert len(told.hears()) == len(dying.posted)
    assert {post.id for post, _ in told.poster.posted} == {post.id for post, _ in dying.posted}


def test_a_test_is_sent_whatever_was_chosen(told: Told) -> None:
    send_test(told.story.kit, told.endpoint_id, by="maren")

    assert [one["type"] for one in told.hears()] == ["webhook.test"]


def test_erasing_and_time_take_away_what_was_told(told: Told) -> None:
    ann, bob = told.story.arrives(), told.story.arrives(BOB)
    told.hears()

    erase(told.story.kit, ann, by="maren")

    assert {row["body"] is None for row in told.story.rows(t.webhook_deliveries, lead_id=ann)} == {True}
    assert {row["body"] is None for row in told.story.rows(t.webhook_deliveries, lead_id=bob)} == {False}
    told.story.pass_time(31 * DAY)
    retain(told.story.kit)
    assert told.deliveries() == []


@pytest.mark.parametrize(
    "url",
    ["", "crm.example.com", "ftp://crm.example.com", "https://", "https://u:p@crm.example.com", "https://a b.example",
     "https://crm.example.com/#x", "https://[::1", "javascript:alert(1)", "http://crm.example.com"],
)  # fmt: skip
def test_addresses_that_cannot_be_posted_to_are_refused(story: Story, url: str) -> None:
    with pytest.raises(BadEndpoint):
        add_endpoint(story.kit, url=url, types=CHOOSABLE, by="maren")


def test_types_are_chosen_from_the_list_and_each_change_is_on_record(told: Told) -> None:
    for wrong in ([], ["lead.renamed"], ["webhook.test"]):
        with pytest.raises(BadChoice):
            add_endpoint(told.story.kit, url=URL, types=wrong, by="maren")

    remove_endpoint(told.story.kit, told.endpoint_id, by="maren")

    noted = [row["action"] for row in told.story.rows(t.audit_log) if row["action"].startswith("webhook.")]
    assert noted == ["webhook.added", "webhook.removed"]
    assert told.secret not in str(told.story.rows(t.audit_log))
