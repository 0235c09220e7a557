"""SendGrid's lists of whom it will not write to, read from the stand-in page by page."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from channels.accounts import SendGridAccount
from channels.errors import Misconfigured, Unavailable
from channels.events import EventKind
from channels.provider_lists import Listed
from channels.sendgrid_lists import PAGE, SENDGRID_LISTS, SendGridList, sendgrid_lists
from channels.standin import StandIn
from channels.standin.faults import FaultKind
from channels.transport import Transport
from tests.channels.wires import Conversation, answer, far_end

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


def list_of(transport: Transport, standin: StandIn, name: str) -> SendGridList:
    account = SendGridAccount(api_key=standin.sendgrid_api_key, url=standin.sendgrid_url)
    return SendGridList(lambda: transport, account, name)


def read(one: SendGridList, since: datetime | None = None, until: datetime = NOON) -> list[Listed]:
    return [listed for page in one.pages(since, until) for listed in page]


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("unsubscribes", EventKind.UNSUBSCRIBED),
        ("spam_reports", EventKind.COMPLAINED),
        ("bounces", EventKind.BOUNCED),
        ("invalid_emails", EventKind.BOUNCED),
    ],
)
def test_each_list_has_its_meaning(transport: Transport, standin: StandIn, name: str, meaning: EventKind) -> None:
    standin.sendgrid.lists.add(name, "Ann@Example.com", NOON - HOUR)

    found = read(list_of(transport, standin, name))

    assert found == [Listed(address="ann@example.com", meaning=meaning)]


def test_every_list_of_an_account_is_named_apart(transport: Transport) -> None:
    lists = sendgrid_lists(lambda: transport, SendGridAccount(api_key="SG.key"))

    assert {one.name for one in lists} == {f"sendgrid.{name}" for name in SENDGRID_LISTS}


def test_only_what_is_new_is_read(transport: Transport, standin: StandIn) -> None:
    for address, at in (("old@example.com", -2), ("new@example.com", -1), ("coming@example.com", 1)):
        standin.sendgrid.lists.add("unsubscribes", address, NOON + at * HOUR)

    found = read(list_of(transport, standin, "unsubscribes"), since=NOON - 1.5 * HOUR)

    assert [listed.address for listed in found] == ["new@example.com"]


@pytest.mark.parametrize("count", [0, 1, PAGE, PAGE + 1, 2 * PAGE + 3])
def test_a_long_list_is_read_to_its_end(transport: Transport, standin: StandIn, count: int) -> None:
    for number in range(count):
        standin.sendgrid.lists.add("spam_reports", f"lead{number}@example.com", NOON - number * timedelta(seconds=1))

    found = read(list_of(transport, standin, "spam_reports"))

    assert len({listed.address for listed in found}) == count


def test_a_key_that_may_not_read_lists_is_for_the_operator(transport: Transport, standin: StandIn) -> None:
    account = SendGridAccount(api_key="SG.other", url=standin.sendgrid_url)

    with pytest.raises(Misconfigured, match=r"SENDGRID_API_KEY may not read sendgrid\.bounces"):
        read(SendGridList(lambda: transport, account, "bounces"))


@pytest.mark.parametrize("kind", [FaultKind.FAIL, FaultKind.THROTTLE, FaultKind.RESET_LATE, FaultKind.MALFORMED])
def test_a_list_that_cannot_be_read_says_so(transport: Transport, standin: StandIn, kind: FaultKind) -> None:
    standin.faults.add(kind, reads=True)

    with pytest.raises(Unavailable):
        read(list_of(transport, standin, "bounces"))


BOUNCES = [
    {"email": "gone@example.com", "reason": "550 5.1.1 no such user", "status": "5.1.1"},
    {"email": "full@example.com", "reason": "552 5.2.2 mailbox is full", "status": "5.2.2"},
    {"email": "not an address", "reason": "550 5.1.1 no such user", "status": "5.1.1"},
    {"email": None, "reason": None, "status": None},
    "nonsense",
]


def test_only_the_dead_are_taken_from_the_bounces(transport: Transport) -> None:
    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(answer(200, json.dumps(BOUNCES).encode()))

    with far_end(reply) as wire:
        found = read(SendGridList(lambda: transport, SendGridAccount(api_key="SG.key", url=wire.url), "bounces"))

    assert [listed.address for listed in found] == ["gone@example.com"]


@pytest.mark.parametrize("body", [b"{}", b"null", b"<html>", b"[" * 100_000])
def test_what_is_no_list_is_not_read_as_an_empty_one(transport: Transport, body: bytes) -> None:
    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(answer(200, body))

    with far_end(reply) as wire, pytest.raises(Unavailable):
        read(SendGridList(lambda: transport, SendGridAccount(api_key="SG.key", url=wire.url), "bounces"))
