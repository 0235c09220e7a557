"""What a business tells of a sale and of an appointment starts, ends and hands over the shipped cadences."""

import pytest

from tests.cli.conftest import Shell

ANN = (
    "--email", "ann@example.com", "--phone", "+12125550101", "--first-name", "Ann", "--country", "US", "--region", "NY",
    "--consent", "email", "--wording", "Yes, write to me", "--source", "fair",
)  # fmt: skip
TOLD = ("event", "tell", "ann@example.com")
FAR_OFF = "2099-03-05T14:00:00-05:00"


@pytest.fixture
def ann(shell: Shell) -> Shell:
    """Return a shell in whose installation one lead was answered."""
    shell.good("lead", "add", *ANN)
    shell.good("work", "--once")
    return shell


def walks(shell: Shell) -> set[str]:
    """Return the names of the sequences that the lead walks now."""
    shell.good("work", "--once")
    walked = shell.answer("lead", "show", "ann@example.com")["enrollments"]
    return {one["sequence"] for one in walked if one["status"] not in ("finished", "stopped")}


def said(shell: Shell) -> set[str]:
    """Return the templates of the messages that left."""
    return {row["template"] for row in shell.answers("log") if row["state"] == "accepted"}


def test_a_sale_ends_the_courtship_and_begins_with_thanks(ann: Shell) -> None:
    ann.good(*TOLD, "customer")
    assert walks(ann) == {"thank-you-after-purchase"}

    ann.good(*TOLD, "praised")

    assert walks(ann) == {"thank-you-after-purchase", "referral-request"}


def test_a_missed_appointment_is_answered_once_until_there_is_a_new_one(ann: Shell) -> None:
    ann.good(*TOLD, "booked", "--at", FAR_OFF)
    assert walks(ann) == {"appointment-reminder"}
    assert "appointment-confirmed" in said(ann)
    ann.good(*TOLD, "no-show")
    assert walks(ann) == {"no-show"}

    ann.good(*TOLD, "booked", "--at", FAR_OFF.replace("05T", "06T"))

    assert walks(ann) == {"appointment-reminder"}


def test_a_booking_without_a_time_and_one_called_off_remind_of_nothing(ann: Shell) -> None:
    ann.good(*TOLD, "booked")
    assert walks(ann) == set()
    ann.good(*TOLD, "booked", "--at", FAR_OFF)

    ann.good(*TOLD, "called-off", "--no-date")

    assert walks(ann) == set()
