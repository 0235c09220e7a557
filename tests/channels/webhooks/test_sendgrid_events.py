"""SendGrid's batches become our events, one poisoned element never spoiling its neighbours."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.events import EventKind, ProviderEvent
from channels.message import Fault
from channels.webhooks.sendgrid_events import parse
from channels.webhooks.sendgrid_failures import CLASSIFICATIONS, DROPS, HARD_STATUSES, SOFT_STATUSES, SOFT_SUBJECTS
from channels.webhooks.unreadable import Unreadable
from tests.channels.webhooks.forms import NOW, events, only
from tests.shared import shared_file

NO_INSTANTS: list[Any] = [None, [], "soon", "nan", "inf", -5, 10**30, 10**400, {}, 0]
MESSAGE = "0193f1a0-0000-7000-8000-000000000001"


def _event(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "email": "Ann@Example.com",
        "timestamp": int(NOW.timestamp()) - 60,
        "event": name,
        "sg_event_id": f"id-{name}",
        "sg_message_id": "R3F9tq5aQVW9.filterdrecv-p3iad2-17-5E1234-1F.0",
        "ft_message_id": MESSAGE,
        **fields,
    }


def _parse(*elements: Any) -> list[ProviderEvent | Unreadable]:
    return parse(json.dumps(elements).encode(), received_at=NOW)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("delivered", EventKind.DELIVERED),
        ("deferred", EventKind.DEFERRED),
        ("open", EventKind.OPENED),
        ("click", EventKind.CLICKED),
        ("spamreport", EventKind.COMPLAINED),
        ("unsubscribe", EventKind.UNSUBSCRIBED),
        ("group_unsubscribe", EventKind.UNSUBSCRIBED),
        ("group_resubscribe", EventKind.RESUBSCRIBED),
        ("processed", EventKind.ACCEPTED),
        ("account_status_change", EventKind.UNKNOWN),
        ("Delivered", EventKind.DELIVERED),
    ],
)
def test_each_event_has_its_kind(name: str, kind: EventKind) -> None:
    assert only(_parse(_event(name))).kind is kind


def test_an_event_keeps_what_it_says() -> None:
    told = _event("click", url="https://example.com/a", asm_group_id=10)

    event = only(_parse(told))

    assert event.provider == "sendgrid"
    assert event.message_id == MESSAGE
    assert event.provider_message_id == "R3F9tq5aQVW9"
    assert event.address == "ann@example.com"
    assert event.at == NOW - timedelta(minutes=1)
    assert event.text == "https://example.com/a"
    assert event.extra["raw"] == told


def test_the_official_samples_are_all_read() -> None:
    batches = json.loads(shared_file("vectors/sendgrid_events_official_doc_samples.json").read_text())["batches"]

    first, *others = [events(parse(json.dumps(batch).encode(), received_at=NOW)) for batch in batches]

    assert [event.kind for event in first] == [
        EventKind.ACCEPTED,
        EventKind.DEFERRED,
        EventKind.DELIVERED,
        EventKind.OPENED,
        EventKind.CLICKED,
        EventKind.BOUNCED,
        EventKind.BOUNCED,
        EventKind.COMPLAINED,
        EventKind.UNSUBSCRIBED,
        EventKind.UNSUBSCRIBED,
        EventKind.RESUBSCRIBED,
    ]
    assert len({event.event_id for event in first}) == len(first)
    named = {(event.extra["event"], event.kind) for batch in others for event in batch}
    assert ("bounce", EventKind.UNDELIVERED) in named  # blocked: the address lives
    assert ("bounce", EventKind.BOUNCED) in named


def test_the_captured_signed_batches_are_all_read() -> None:
    vectors = json.loads(shared_file("vectors/sendgrid_event_signature_vectors.json").read_text())

    for vector in vectors:
        if vector["expect_valid"]:
            assert events(parse(vector["payload"].encode(), received_at=NOW))


@pytest.mark.parametrize("reason", sorted(DROPS))
def test_each_drop_reason_has_its_meaning(reason: str) -> None:
    first, *more = events(_parse(_event("dropped", reason=reason.title())))

    assert (first.kind, first.extra["fault"]) == (DROPS[reason].kind, DROPS[reason].fault)
    assert [event.kind for event in more] == [also for also in [DROPS[reason].also] if also]


def test_a_drop_for_a_stop_is_also_a_stop() -> None:
    lost, stop = events(_parse(_event("dropped", reason="Unsubscribed Address")))

    assert (lost.kind, stop.kind) == (EventKind.UNDELIVERED, EventKind.UNSUBSCRIBED)
    assert stop.message_id == MESSAGE
    assert stop.event_id != lost.event_id


def test_a_drop_for_a_complaint_does_not_say_that_this_message_arrived() -> None:
    lost, complaint = events(_parse(_event("dropped", reason="Spam Reporting Address")))

    assert lost.message_id == MESSAGE
    assert complaint.kind is EventKind.COMPLAINED
    assert (complaint.message_id, complaint.provider_message_id) == (None, None)
    assert complaint.address == "ann@example.com"


@pytest.mark.parametrize("reason", ["Something new", "Invalidated by us", ""])
def test_an_unknown_drop_loses_the_message_only(reason: str) -> None:
    event = only(_parse(_event("dropped", reason=reason)))

    assert (event.kind, event.extra["fault"]) == (EventKind.UNDELIVERED, Fault.UNCLASSIFIED)


@pytest.mark.parametrize("status", sorted(HARD_STATUSES))
def test_a_hard_status_is_a_dead_address(status: str) -> None:
    assert only(_parse(_event("bounce", type="bounce", status=status))).kind is EventKind.BOUNCED
    assert only(_parse(_event("bounce", type="blocked", status=status))).kind is EventKind.UNDELIVERED


@pytest.mark.parametrize("status", [*sorted(SOFT_STATUSES), *(f"{subject}.1" for subject in SOFT_SUBJECTS), "4.1.1"])
def test_a_soft_status_is_no_dead_address(status: str) -> None:
    assert only(_parse(_event("bounce", type="bounce", status=status))).kind is EventKind.UNDELIVERED


@pytest.mark.parametrize("classification", sorted(CLASSIFICATIONS))
def test_each_classification_has_its_meaning(classification: str) -> None:
    event = only(_parse(_event("bounce", type="bounce", bounce_classification=classification.title())))

    assert (event.kind, event.extra["fault"]) == (
        CLASSIFICATIONS[classification].kind,
        CLASSIFICATIONS[classification].fault,
    )


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        ("5.0.0", "500 unknown recipient", EventKind.BOUNCED),
        ("", "550 5.1.1 The email account that you tried to reach does not exist.", EventKind.BOUNCED),
        ("5.0.0", "550 No such user here", EventKind.BOUNCED),
        ("", "550 Requested action not taken: mailbox unavailable", EventKind.BOUNCED),
        ("5.7.1", "550 5.7.1 user unknown", EventKind.BOUNCED),
        ("", "", EventKind.BOUNCED),
        ("5.0.0", "552 5.2.2 Mailbox full", EventKind.UNDELIVERED),
        ("", "552 The mailbox is full", EventKind.UNDELIVERED),
        ("5.0.0", "554 Message rejected as spam", EventKind.UNDELIVERED),
        ("", "550 Blocked by policy", EventKind.UNDELIVERED),
        ("", "unable to connect to MX servers", EventKind.UNDELIVERED),
        ("", "450 mailbox busy", EventKind.UNDELIVERED),
        ("", "Too many messages from you", EventKind.UNDELIVERED),
    ],
)
def test_words_decide_where_the_status_says_nothing(status: str, reason: str, kind: EventKind) -> None:
    assert only(_parse(_event("bounce", type="bounce", status=status, reason=reason))).kind is kind


def test_an_asynchronous_bounce_is_found_by_our_id_alone() -> None:
    told = _event("bounce", type="bounce", status="5.1.1")
    del told["sg_message_id"]

    event = only(_parse(told))

    assert (event.kind, event.message_id, event.provider_message_id) == (EventKind.BOUNCED, MESSAGE, None)


@pytest.mark.parametrize(
    ("fields", "is_machine"),
    [
        ({"event": "open", "sg_machine_open": True}, True),
        ({"event": "open", "sg_machine_open": False}, False),
        ({"event": "open", "useragent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"}, False),
        ({"event": "click", "useragent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, True),
        ({"event": "click", "useragent": "python-requests/2.31"}, True),
        ({"event": "click", "useragent": "Mozilla/5.0 (Linux; Android 10; CUBOT X30)"}, False),
        ({"event": "delivered", "sg_machine_open": True}, False),
    ],
)
def test_machines_are_told_from_people(fields: dict[str, Any], *, is_machine: bool) -> None:
    assert only(_parse(_event("open") | fields)).machine is is_machine


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        (1513299569, datetime(2017, 12, 15, 0, 59, 29, tzinfo=UTC)),
        ("1513299569", datetime(2017, 12, 15, 0, 59, 29, tzinfo=UTC)),
        (1591726752372, datetime(2020, 6, 9, 18, 19, 12, 372000, tzinfo=UTC)),
        (NOW.timestamp() + 3600, NOW),
        *((nonsense, NOW) for nonsense in NO_INSTANTS),
    ],
)
def test_an_instant_is_read_or_is_that_of_arrival(timestamp: Any, at: datetime) -> None:
    assert only(_parse(_event("open", timestamp=timestamp))).at == at


def test_without_an_id_the_same_event_gets_the_same_one() -> None:
    told = {"event": "open", "email": "a@example.com", "timestamp": 1337966815}

    ids = [event.event_id for event in events(_parse(told, told, told | {"email": "b@example.com"}))]

    assert ids[0] == ids[1] != ids[2]


def test_a_poisoned_element_spoils_no_other() -> None:
    poison: list[Any] = [None, 7, "x", [], {}, {"event": 5}, {"event": ""}, {"event": "\ud800\0"}]

    found = _parse(_event("open"), *poison, _event("click"))

    assert isinstance(found[0], ProviderEvent)
    assert isinstance(found[-1], ProviderEvent)
    assert sum(isinstance(one, Unreadable) for one in found) == 7


def test_what_a_database_refuses_is_replaced() -> None:
    body = b'[{"event":"open","ft_message_id":"a\\u0000\\ud800","email":"\\u0000@x","x":NaN,"y":[[[[[[[[[[1]]]]]]]]]]}]'

    event = only(parse(body, received_at=NOW))

    kept = json.dumps(event.extra, allow_nan=False, ensure_ascii=False).encode()
    assert b"\\u0000" not in kept
    assert event.message_id == "a\N{REPLACEMENT CHARACTER}?"
    assert event.address is None


@pytest.mark.parametrize(
    "body",
    [b"", b"[", b"\xff\xfe", b"nonsense", b"7", b'"x"', b"[" * 100_000, b" " * 9_000_000, b"[" + b"9" * 9000 + b"]"],
)
def test_what_is_no_batch_is_said_to_be_unreadable(body: bytes) -> None:
    [found] = parse(body, received_at=NOW)

    assert isinstance(found, Unreadable)
    assert found.problem
    assert len(found.excerpt) <= 2000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(
    ["event", "type", "status", "reason", "email", "timestamp", "sg_event_id", "sg_message_id", "useragent", "url"]
)
names = st.sampled_from(["open", "bounce", "dropped", "click"])


@given(st.lists(st.dictionaries(fields | st.text(), json_values, max_size=6) | json_values, max_size=4), names)
def test_no_batch_raises_and_each_element_is_accounted_for(batch: list[Any], name: str) -> None:
    batch = [element | {"event": name} if isinstance(element, dict) else element for element in batch]

    found = parse(json.dumps(batch).encode(), received_at=NOW)

    assert len(found) >= len(batch)
    for one in found:
        if isinstance(one, ProviderEvent):
            json.dumps(one.extra, allow_nan=False).encode()
            assert one.at <= NOW


@given(st.binary(max_size=200))
def test_no_bytes_raise(body: bytes) -> None:
    for one in parse(body, received_at=NOW):
        assert one.provider == "sendgrid"
