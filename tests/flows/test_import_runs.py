"""An import tells what became of each row, and is taken back as far as nothing has happened to its leads."""

from datetime import timedelta
from typing import Any

import pytest

from channels.events import EventKind
from engine.domain.task import TaskOutcome
from engine.flows.import_runs import STALE, FileRun, RunReport, import_file
from engine.flows.settle_task import settle_task
from engine.flows.shelf import Missing
from engine.flows.undo_import import NoSuchImport, StillRunning, Undone, undo_import
from engine.leadfile import read
from engine.store import imports
from engine.store import tables as t
from tests.flows.story import BOB, Story

FILE = b"""Email,First name,Country,Unsubscribed
ann@example.com,Ann,US,
bob@example.com,Bob,US,
nobody at example,Cay,US,
ANN@example.com,Ann,US,
dee@example.com,Dee,Nowhere,
eve@example.com,Eve,US,yes
"""


def run_of(story: Story, data: bytes = FILE, **changes: Any) -> RunReport:
    run = FileRun(**{"name": "spring fair.csv", "data": data, "source": "fair", "by": "maren", **changes})
    return import_file(story.kit, run, read(data))


def rows_of(story: Story, import_id: str) -> dict[int, Any]:
    return {row["line"]: row for row in story.rows(t.import_rows, import_id=import_id)}


def test_each_row_says_what_became_of_it(story: Story) -> None:
    bob = story.arrives(BOB)
    report = run_of(story)

    rows = rows_of(story, report.import_id)
    assert {line: row["outcome"] for line, row in rows.items()} == {
        2: "created", 3: "joined", 4: "refused", 5: "merged", 6: "created", 7: "created",
    }  # fmt: skip
    assert rows[3]["lead_id"] == bob
    assert rows[4]["cells"] == {
        "Email": "nobody at example", "First name": "Cay", "Country": "US", "Unsubscribed": "",
    }  # fmt: skip
    assert "left out" in rows[4]["remarks"][0]["problem"]
    assert rows[4]["remarks"][0]["remedy"]
    assert rows[6]["remarks"][0]["column"] == "Country"
    [run] = story.rows(t.imports)
    assert (run["state"], run["by"], run["file_name"], run["taken"], run["total"]) == (
        "done", "maren", "spring fair.csv", 4, 4,
    )  # fmt: skip
    assert run["counts"] == {"created": 3, "joined": 1, "refused": 1, "merged": 1}


def test_an_unknown_sequence_takes_nothing_in(story: Story) -> None:
    with pytest.raises(Missing):
        run_of(story, sequence="nope")

    assert (story.rows(t.leads), story.rows(t.imports)[0]["taken"]) == ([], 0)


def test_leads_that_nothing_has_happened_to_are_taken_back(story: Story) -> None:
    bob = story.arrives(BOB)
    before = {row["id"] for row in story.rows(t.tasks, state="open")}
    report = run_of(story)

    assert undo_import(story.kit, report.import_id, by="maren") == Undone(erased=3, kept=0)

    assert [row["id"] for row in story.rows(t.leads, erased_at=None)] == [bob]
    assert {row["id"] for row in story.rows(t.tasks, state="open")} == before
    assert story.rows(t.imports)[0]["state"] == "undone"
    assert "example.com" not in str([row for row in story.rows(t.leads) if row["id"] != bob])
    assert len(story.rows(t.suppressions)) == 1, "the stop in the file may be somebody's word"
    again = run_of(story)
    assert again.leads.created == 3
    assert undo_import(story.kit, report.import_id, by="maren") == Undone(erased=3, kept=0)
    assert len(story.rows(t.leads, erased_at=None)) == 4


def test_leads_that_something_has_happened_to_stay_and_the_report_says_why(story: Story) -> None:
    data = b"Email\n" + b"".join(b"lead%d@example.com\n" % number for number in range(6))
    report = run_of(story, data)
    leads = [row["lead_id"] for row in rows_of(story, report.import_id).values()]
    story.happens(EventKind.REPLIED, address="lead0@example.com", text="How much?", message_id=None)
    story.write(
        lambda connection: connection.execute(
            t.notes.insert().values(id=story.kit.ids.new(), lead_id=leads[1], at=story.now(), author="maren", body="x")
        )
    )
    [task] = story.rows(t.tasks, lead_id=leads[2], state="open")
    settle_task(story.kit, task["id"], TaskOutcome.NO_ANSWER, by="maren")
    run_of(story, b"Email\nlead3@example.com\n")
    story.stops(leads[4])

    done = undo_import(story.kit, report.import_id, by="maren")

    assert (done.erased, done.kept) == (1, 5)
    rows = list(rows_of(story, report.import_id).values())
    assert [row["undone"] for row in rows] == ["kept"] * 5 + ["erased"]
    assert [row["undone_reason"] for row in rows] == [
        "it answered", "somebody wrote a note", "a task about it was done", "another import named it",
        "its permission changed", "",
    ]  # fmt: skip


def test_it_goes_on_where_it_was_stopped(story: Story) -> None:
    report = run_of(story)
    story.write(lambda connection: imports.change(connection, report.import_id, state="undoing"))
    story.write(lambda connection: imports.note_undone(connection, report.import_id, [2], "kept", "by hand"))

    assert undo_import(story.kit, report.import_id, by="maren") == Undone(erased=3, kept=1)


def test_what_is_under_way_is_not_taken_back_until_it_has_broken_off(story: Story) -> None:
    report = run_of(story)
    story.write(lambda connection: imports.change(connection, report.import_id, state="running"))

    with pytest.raises(StillRunning):
        undo_import(story.kit, report.import_id, by="maren")
    with pytest.raises(NoSuchImport):
        undo_import(story.kit, story.kit.ids.new(), by="maren")
    story.pass_time(STALE + timedelta(seconds=1))

    assert undo_import(story.kit, report.import_id, by="maren").erased == 4


def test_consents_that_the_file_proves_are_put_on_record_and_others_are_not(story: Story) -> None:
    data = (
        b"Email,First name,Consent channel,Consent date,Consent wording,Page\n"
        b"ann@example.com,Ann,email,2026-01-05T10:00:00Z,I agree to emails about my request,https://a.example/form\n"
        b"bob@example.com,Bob,email,,I agree,\n"
        b"cay@example.com,Cay,email,2026-01-05,,\n"
    )
    report = run_of(story, data)

    [fact] = story.rows(t.consent_facts)
    assert (fact["channel"], fact["kind"], fact["at"].isoformat()) == ("email", "granted", "2026-01-05T10:00:00+00:00")
    assert fact["personal"]["wording"] == "I agree to emails about my request"
    assert fact["personal"]["page"] == "https://a.example/form"
    assert report.consents == 1
    assert undo_import(story.kit, report.import_id, by="maren").erased == 3


def test_json_lines_are_taken_in_like_a_table(story: Story) -> None:
    data = b'{"email": "ann@example.com", "first_name": "Ann", "address": {"country": "US"}}\n{"email": 5}\nnonsense\n'
    report = run_of(story, data)

    [lead] = story.rows(t.leads)
    assert (lead["email"], lead["first_name"], lead["country"]) == ("ann@example.com", "Ann", "US")
    assert {line: row["outcome"] for line, row in rows_of(story, report.import_id).items()} == {
        1: "created", 2: "refused", 3: "refused",
    }  # fmt: skip
