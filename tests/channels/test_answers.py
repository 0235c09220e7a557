"""What an HTTP answer means for a message, whoever the provider is."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.answers import MOVED, RETRY_AFTER_SECONDS_MAX, STATUS_FAULTS, accepted_as, read_outcome, retry_after
from channels.message import Fault, Receipt, ReceiptKind
from channels.transport import Answer, NoAnswer, NotStarted

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def answered(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=body)


def read(answer: Answer | NoAnswer | NotStarted) -> Receipt:
    return read_outcome(
        answer,
        accepted=lambda _answer: Receipt.accepted("one"),
        refused=lambda _answer: Receipt.refused(Fault.CONTENT, "no"),
    )


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (NotStarted(detail="no connection"), ReceiptKind.NEVER_STARTED),
        (NoAnswer(detail="reset"), ReceiptKind.UNKNOWN),
        (answered(202), ReceiptKind.ACCEPTED),
        (answered(302), ReceiptKind.UNKNOWN),
        (answered(303), ReceiptKind.UNKNOWN),
        (answered(304), ReceiptKind.UNKNOWN),
        (answered(400), ReceiptKind.REFUSED),
        (answered(499), ReceiptKind.REFUSED),
        (answered(500), ReceiptKind.UNKNOWN),
        (answered(502), ReceiptKind.UNKNOWN),
        (answered(503, Retry_After="5"), ReceiptKind.UNKNOWN),
        (answered(504), ReceiptKind.UNKNOWN),
        (answered(600), ReceiptKind.UNKNOWN),
    ],
)
def test_a_message_is_refused_only_where_the_answer_proves_it(
    outcome: Answer | NoAnswer | NotStarted, kind: ReceiptKind
) -> None:
    assert read(outcome).kind is kind


@pytest.mark.parametrize("status", sorted(MOVED))
def test_an_address_that_has_moved_is_for_the_operator_to_correct(status: int) -> None:
    receipt = read(answered(status, Location="https://elsewhere.example"))

    assert receipt.fault is Fault.CONFIGURATION
    assert "settings" in receipt.detail


def test_every_status_of_the_table_is_a_refusal() -> None:
    assert all(400 <= status < 500 for status in STATUS_FAULTS)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "0"}, 0),
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": " 1.5 "}, 1.5),
        ({"Retry_After": format_datetime(NOON + timedelta(seconds=90), usegmt=True)}, 90),
        ({"Retry_After": format_datetime(NOON - timedelta(seconds=90), usegmt=True)}, None),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "nan"}, None),
        ({"Retry_After": "inf"}, None),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "1e30"}, RETRY_AFTER_SECONDS_MAX),
        ({"Retry_After": "7", "X_RateLimit_Reset": "1"}, 7),
        ({"X_RateLimit_Reset": str(int(NOON.timestamp()) + 30)}, 30),
        ({"X_RateLimit_Reset": "1e400"}, None),
        ({"X_RateLimit_Reset": "1e30"}, None),
        ({}, None),
    ],
)
def test_the_providers_wish_is_kept(headers: dict[str, str], seconds: float | None) -> None:
    answer = answered(429, b"", Date=format_datetime(NOON, usegmt=True), **headers)

    assert retry_after(answer) == seconds


def test_a_date_counts_nothing_where_the_answer_does_not_say_what_time_it_is() -> None:
    assert retry_after(answered(429, Retry_After=format_datetime(NOON, usegmt=True))) is None


@given(wish=st.text(), lifted=st.text(), date=st.text())
def test_no_wish_raises(wish: str, lifted: str, date: str) -> None:
    seconds = retry_after(answered(429, Retry_After=wish, X_RateLimit_Reset=lifted, Date=date))

    assert seconds is None or 0 <= seconds <= RETRY_AFTER_SECONDS_MAX


@pytest.mark.parametrize(("given_id", "kept"), [(" abc ", "abc"), ("a\0b", "a\N{REPLACEMENT CHARACTER}b")])
def test_an_id_is_kept_as_a_database_can_keep_it(given_id: str, kept: str) -> None:
    receipt = accepted_as(given_id, answered(201))

    assert (receipt.kind, receipt.provider_id) == (ReceiptKind.ACCEPTED, kept)


def test_a_success_without_an_id_is_nobodys_word() -> None:
    receipt = accepted_as(" ", answered(201, b"welcome to the hotel"))

    assert receipt.kind is ReceiptKind.UNKNOWN
    assert "welcome to the hotel" in receipt.detail
