"""Importing consents: each at its own instant, later stops win, and the same file twice adds nothing."""

from datetime import timedelta

import pytest

from channels.address import Channel
from engine.flows.advance import advance
from engine.flows.import_consents import Imported, Outcome, import_consents
from engine.leadfile.consent_rows import read_consents
from engine.store import tables as t
from tests.flows.story import ANN, BOB, DAY, Story

PLAN = "name: plan\nenter: {when: manual}\nstages: [{id: mail, email: news}]"
HEAD = "address,kind,channel,basis,at,wording,recorded by\n"


def bring(story: Story, *lines: str, dry_run: bool = False) -> list[Imported]:
    read = read_consents((HEAD + "\n".join(lines)).encode(), name="old.csv")
    assert read.refused == ()
    return import_consents(story.kit, read.rows, by="import", dry_run=dry_run)


def outcomes(told: list[Imported]) -> list[str]:
    return [str(one.outcome) for one in told]


GRANT = "ann@example.com,granted,email,express,2025-03-04T10:00:00Z,Write to me,Joe"


def test_a_grant_stands_at_its_own_instant_with_its_proof(story: Story) -> None:
    lead_id = story.arrives(ANN, grants=())

    assert outcomes(bring(story, GRANT)) == ["recorded"]

    (fact,) = story.rows(t.consent_facts, lead_id=lead_id)
    assert (fact["channel"], fact["kind"], fact["basis"], fact["source"]) == ("email", "granted", "express", "import")
    assert f"{fact['at']:%Y-%m-%d %H}" == "2025-03-04 10"
    assert fact["recorded_at"] == story.now()
    assert fact["recorded_by"] == "import: Joe"
    personal = {name: value for name, value in fact["personal"].items() if name != "salt"}
    assert personal == {
        "wording": "Write to me", "origin": "old.csv:2", "address": "ann@example.com", "name": "Ann",
    }  # fmt: skip


def test_the_same_file_twice_adds_nothing(story: Story) -> None:
    story.arrives(ANN, grants=())
    story.arrives(BOB, grants=())
    lines = (
        GRANT,
        "+12125550102,withdrawn,sms,,2025-05-05,STOP,",
        "bob@example.com,no,,,,,",
        "eve@example.com,no,,,,,",
    )
    first = bring(story, *lines)
    facts, suppressions = story.rows(t.consent_facts), story.rows(t.suppressions)

    again = bring(story, *lines)

    assert outcomes(first) == ["recorded", "recorded", "recorded", "suppressed"]
    assert outcomes(again) == ["known", "known", "known", "suppressed"]
    assert story.rows(t.consent_facts) == facts
    assert story.rows(t.suppressions) == suppressions


def test_a_later_stop_on_record_wins_over_an_older_grant(story: Story) -> None:
    lead_id = story.arrives(ANN)
    story.pass_time(DAY)
    story.stops(lead_id, Channel.EMAIL)

    (told,) = bring(story, GRANT)

    assert (told.outcome, told.detail) == (Outcome.RECORDED, "A later stop stands against it.")


def test_an_older_stop_leaves_a_newer_grant_alone(story: Story) -> None:
    lead_id = story.arrives(ANN)

    bring(story, "ann@example.com,withdrawn,email,,2025-01-01,,")

    facts = story.rows(t.consent_facts, lead_id=lead_id, channel="email")
    assert {(fact["kind"], fact["at"].year) for fact in facts} == {("withdrawn", 2025), ("granted", 2026)}


def test_a_stop_cancels_what_was_about_to_leave(story: Story) -> None:
    story.enters(story.arrives(source="fair"), story.plan(PLAN))
    advance(story.kit)
    assert story.message()["state"] == "scheduled"

    bring(story, f"ann@example.com,unsubscribed,email,,{story.now() + timedelta(days=9):%Y-%m-%d},,")

    assert story.withdrawn(story.rows(t.leads)[0]["id"]) == {"email"}
    assert story.message()["state"] == "cancelled"


def test_a_stop_of_a_shared_number_is_everybodys(story: Story) -> None:
    ann = story.arrives(ANN)
    bob = story.arrives(BOB, phone=ANN.phone)

    bring(story, f"{ANN.phone},stop,sms,,2026-03-02T14:59:00Z,,", f"{ANN.phone},stop,sms,,,,")

    assert story.withdrawn(ann) == story.withdrawn(bob) == {"sms", "voicemail"}


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("eve@example.com,granted,email,express,2025-03-04,Yes,", "Nobody has this address."),
        ("ann@example.com,granted,email,express,2031-03-04,Yes,", "It lies in the future."),
    ],
)
def test_a_grant_that_fits_nobody_or_no_time_is_refused(story: Story, line: str, detail: str) -> None:
    story.arrives(ANN, grants=())

    (told,) = bring(story, line)

    assert (told.outcome, told.detail) == (Outcome.REFUSED, detail)
    assert told.remedy
    assert story.rows(t.consent_facts) == []


def test_a_rehearsal_keeps_nothing(story: Story) -> None:
    story.arrives(ANN, grants=())

    assert outcomes(bring(story, GRANT, "eve@example.com,no,,,,,", dry_run=True)) == ["recorded", "suppressed"]

    assert story.rows(t.consent_facts) == story.rows(t.suppressions) == []
