"""Log lines are events with keys, and neither an address nor a secret gets into them."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from engine import logs

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Lines:
    stream = io.StringIO()
    logs.configure("info", "auto", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_away_from_a_terminal_a_line_is_one_json_object(lines: Lines) -> None:
    structlog.get_logger().info("message.refused", reason="quiet hours", attempt=2)

    [line] = lines()
    assert line["event"] == "message.refused"
    assert line["reason"] == "quiet hours"
    assert line["attempt"] == 2
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_a_pretty_line_can_be_read_by_a_person() -> None:
    stream = io.StringIO()
    logs.configure("info", "pretty", stream)

    structlog.get_logger().info("message.refused", reason="withdrawn")

    assert "message.refused" in stream.getvalue()
    assert "reason=withdrawn" in stream.getvalue()


def test_lines_below_the_level_are_not_written(lines: Lines) -> None:
    structlog.get_logger().debug("tick.idle")
    logging.getLogger("library").debug("idle")

    assert lines() == []


def test_what_is_bound_stands_on_every_line_until_it_is_unbound(lines: Lines) -> None:
    logs.bind(lead_id="0198", job_id="7")
    structlog.get_logger().info("one")
    logs.unbind_all()
    structlog.get_logger().info("two")

    one, two = lines()
    assert (one["lead_id"], one["job_id"]) == ("0198", "7")
    assert "lead_id" not in two


def test_a_library_s_lines_have_the_same_form_and_filters(lines: Lines) -> None:
    logging.getLogger("smtp.library").warning("refused %s", "ada@example.com")

    [line] = lines()
    assert line["event"] == "refused a***@example.com"
    assert line["logger"] == "smtp.library"
    assert line["level"] == "warning"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ada.lovelace+news@mail.example.co.uk", "a***@mail.example.co.uk"),
        ("to <Ada@example.com>, bob@example.org", "to <A***@example.com>, b***@example.org"),
        ("+14155554567", "+1******4567"),
        ("+44 20 7946 0958", "+4******0958"),
        ("(415) 555-4567", "4******4567"),
        ("call 415-555-4567 now", "call 4******4567 now"),
        ("4155554567", "4******4567"),
    ],
)
def test_an_address_is_masked(lines: Lines, written: str, kept: str) -> None:
    structlog.get_logger().info("lead.added", value=written, nested={"to": [written]})

    [line] = lines()
    assert line["value"] == kept
    assert line["nested"] == {"to": [kept]}


@pytest.mark.parametrize(
    "written",
    [
        "019aa1b2-7c3d-7e4f-8a9b-012345678901",
        "2026-11-22T01:02:03.123456Z",
        "held until 2026-11-22 08:00",
        "127.0.0.1:54321",
        "postgresql+psycopg://127.0.0.1:54321/leads",
        "1234567",
        "0.0123456789",
    ],
)
def test_what_is_no_address_stays_readable(written: str) -> None:
    assert logs.mask_addresses(written) == written


@given(st.from_regex(r"[a-z]{2,12}[0-9]{0,3}@[a-z]{2,10}\.(com|example|co\.uk)", fullmatch=True), st.text(max_size=20))
def test_no_email_survives_whatever_stands_around_it(address: str, around: str) -> None:
    assert address not in logs.mask_addresses(f"{around} {address} {around}")


@pytest.mark.parametrize("key", ["secret_key", "auth_token", "password", "api_key", "Authorization", "set-cookie"])
def test_a_secret_is_left_out(lines: Lines, key: str) -> None:
    structlog.get_logger().info("provider.configured", **{key: "hunter2"}, headers={key: "hunter2"})

    assert "hunter2" not in json.dumps(lines())


def test_a_sender_s_tokens_are_a_number_and_no_secret(lines: Lines) -> None:
    structlog.get_logger().info("sender.paced", tokens=3)

    assert lines()[0]["tokens"] == 3


def test_an_exception_is_written_without_the_address_it_quotes(lines: Lines) -> None:
    try:
        raise ValueError("cannot send to ada@example.com")
    except ValueError:
        structlog.get_logger().exception("job.failed")

    [line] = lines()
    assert "ValueError: cannot send to a***@example.com" in line["exception"]
