"""Once a day what providers hold against addresses becomes ours, once, and whatever goes wrong meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from channels.address import AddressKind
from channels.errors import Unavailable
from channels.events import EventKind
from channels.provider_lists import Listed
from engine.bootstrap.adapters import provider_lists
from engine.flows.advance import advance
from engine.flows.sync_lists import OVERLAP, sync_lists
from engine.settings import Settings
from engine.store import errands
from engine.store import tables as t
from tests.flows.story import ANN, BOB, DAY, HOUR, MINUTE, Story

PLAN = (
    "name: plan\nenter: {when: manual}\nstages:\n  - {id: hello, email: hello, after: 3 days}\n  - {id: text, sms: hi}"
)


@dataclass(slots=True)
class Shelf:
    """A provider's list that a test writes."""

    name: str = "sendgrid.unsubscribes"
    kind: AddressKind = AddressKind.EMAIL
    entries: list[tuple[str, EventKind]] = field(default_factory=list)
    asked: list[tuple[datetime | None, datetime]] = field(default_factory=list)
    is_down: bool = False

    def pages(self, since: datetime | None, until: datetime) -> Iterator[Sequence[Listed]]:
        """Yield the entries one by one, each a page."""
        self.asked.append((since, until))
        for address, meaning in self.entries:
            yield [Listed(address=address, meaning=meaning)]
        if self.is_down:
            raise Unavailable("the provider is down")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def story(story: Story, shelf: Shelf) -> Story:
    """Return a story in which a provider keeps a list."""
    story.kit = replace(story.kit, lists=[shelf])
    return story


REASONS = [
    (EventKind.UNSUBSCRIBED, ("email", "email", "opted_out")),
    (EventKind.COMPLAINED, ("email", "", "complaint")),
    (EventKind.BOUNCED, ("email", "", "hard_bounce")),
]


@pytest.mark.parametrize(("meaning", "suppression"), REASONS)
def test_an_address_is_suppressed_whoever_has_it(
    story: Story, shelf: Shelf, meaning: EventKind, suppression: tuple[str, str, str]
) -> None:
    shelf.entries = [("nobody@example.com", meaning)]

    assert sync_lists(story.kit) == 1

    assert story.suppressed() == {suppression}
    [row] = story.rows(t.suppressions)
    assert (row["source"], row["at"]) == ("sendgrid.unsubscribes", story.now())


@pytest.mark.parametrize(("meaning", "suppression"), REASONS)
def test_who_becomes_a_lead_later_is_not_written_to(
    story: Story, shelf: Shelf, meaning: EventKind, suppression: tuple[str, str, str]
) -> None:
    assert ANN.email is not None
    shelf.entries = [(ANN.email, meaning)]
    sync_lists(story.kit)

    story.enters(story.arrives(source="fair"), story.plan(PLAN))
    story.live(4 * DAY)

    assert [taken.channel for taken in story.provider.taken] == ["sms"]
    assert suppression in story.suppressed()


@pytest.mark.parametrize("meaning", [meaning for meaning, _ in REASONS])
def test_what_waits_for_a_listed_lead_is_cancelled_and_for_nobody_else(
    story: Story, shelf: Shelf, meaning: EventKind
) -> None:
    name = story.plan("name: plan\nenter: {when: manual}\nstages:\n  - {id: hello, email: hello, window: any}")
    ann, bob = story.arrives(source="fair"), story.arrives(BOB, source="fair")
    for lead_id in (ann, bob):
        story.enters(lead_id, name)
    advance(story.kit)
    assert ANN.email is not None
    shelf.entries = [(ANN.email, meaning)]

    sync_lists(story.kit)
    story.run()

    assert [message["state"] for message in story.messages(lead_id=ann)] == ["cancelled"]
    assert [message["state"] for message in story.messages(lead_id=bob)] == ["accepted"]


def test_a_stop_on_a_list_is_on_the_leads_record_once(story: Story, shelf: Shelf) -> None:
    lead_id = story.arrives()
    assert ANN.email is not None
    shelf.entries = [(ANN.email, EventKind.UNSUBSCRIBED)]

    sync_lists(story.kit)
    story.pass_time(DAY)
    sync_lists(story.kit)

    facts = story.rows(t.consent_facts, lead_id=lead_id, kind="withdrawn")
    assert [(fact["channel"], fact["purpose"]) for fact in facts] == [("email", "marketing")]


def test_a_complaint_on_a_list_ends_all_marketing(story: Story, shelf: Shelf) -> None:
    lead_id = story.arrives()
    assert ANN.email is not None
    shelf.entries = [(ANN.email, EventKind.COMPLAINED)]

    sync_lists(story.kit)

    stopped = {fact["channel"] for fact in story.rows(t.consent_facts, lead_id=lead_id, kind="withdrawn")}
    assert {"email", "sms", "voicemail"} <= stopped


def test_what_is_known_is_not_written_again(story: Story, shelf: Shelf) -> None:
    shelf.entries = [("one@example.com", EventKind.BOUNCED), ("one@example.com", EventKind.COMPLAINED)]

    assert sync_lists(story.kit) == 2
    story.pass_time(DAY)
    assert sync_lists(story.kit) == 0

    assert len(story.rows(t.suppressions)) == 2


def test_a_list_is_read_once_a_day_from_where_it_was_read_to(story: Story, shelf: Shelf) -> None:
    first = story.now()
    sync_lists(story.kit)
    story.pass_time(23 * HOUR)
    sync_lists(story.kit)
    story.pass_time(HOUR)
    sync_lists(story.kit)

    assert shelf.asked == [(None, first), (first - OVERLAP, first + DAY)]


def test_two_who_come_at_once_read_it_once(story: Story, shelf: Shelf) -> None:
    def take() -> object:
        return story.write(lambda connection: errands.take(connection, errands.PROVIDER_LISTS, story.now()))

    assert take() == {}
    assert take() is None

    sync_lists(story.kit)
    assert shelf.asked == []


def test_who_took_it_and_died_is_followed_by_another(story: Story, shelf: Shelf) -> None:
    story.write(lambda connection: errands.take(connection, errands.PROVIDER_LISTS, story.now()))
    story.pass_time(errands.LEASE + MINUTE)

    sync_lists(story.kit)

    assert [since for since, _ in shelf.asked] == [None]


def test_a_list_that_breaks_off_is_read_again_in_an_hour_and_the_others_are_not(story: Story, shelf: Shelf) -> None:
    other = Shelf(name="sendgrid.bounces")
    story.kit = replace(story.kit, lists=[shelf, other])
    shelf.entries, shelf.is_down = [("one@example.com", EventKind.UNSUBSCRIBED)], True
    began = story.now()

    sync_lists(story.kit)
    assert story.suppressed() == {("email", "email", "opted_out")}  # what was read before it broke off
    story.pass_time(errands.LEASE)
    shelf.is_down = False
    sync_lists(story.kit)

    assert [since for since, _ in shelf.asked] == [None, None]
    assert [since for since, _ in other.asked] == [None, began - OVERLAP]


def test_a_process_told_to_end_leaves_the_rest_to_another(story: Story, shelf: Shelf) -> None:
    shelf.entries = [("one@example.com", EventKind.BOUNCED), ("two@example.com", EventKind.BOUNCED)]

    sync_lists(replace(story.kit, is_stopping=lambda: True))
    story.pass_time(errands.LEASE + MINUTE)
    sync_lists(story.kit)

    assert len(story.rows(t.suppressions)) == 2


def test_an_installation_reads_the_lists_of_the_providers_it_has_keys_for() -> None:
    names = [one.name for one in provider_lists(Settings(sendgrid_api_key="SG.key", _env_file=None))]

    assert names == [f"sendgrid.{name}" for name in ("unsubscribes", "spam_reports", "bounces", "invalid_emails")]
    assert provider_lists(Settings(_env_file=None)) == ()


def test_without_lists_there_is_nothing_to_do(story: Story) -> None:
    assert sync_lists(replace(story.kit, lists=())) == 0
    assert story.rows(t.errands) == []


def test_numbers_on_a_list_lose_every_automated_channel(story: Story, shelf: Shelf) -> None:
    shelf.kind = AddressKind.PHONE
    shelf.entries = [("+12125550188", EventKind.UNSUBSCRIBED)]

    sync_lists(story.kit)

    assert story.suppressed() == {("phone", "sms", "opted_out"), ("phone", "voicemail", "opted_out")}
    assert timedelta(0) < OVERLAP < errands.EVERY
