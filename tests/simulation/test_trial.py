"""A rehearsal shows what a sequence would do to many leads, and leaves nothing behind."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from channels.address import Channel
from engine.bootstrap import prepare, real_world
from engine.clock import SystemClock
from engine.content.library import Library, load_library
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.leadfile import read
from engine.settings import Settings
from engine.simulation.audience import Installed, Listed
from engine.simulation.behaviour import SILENT
from engine.simulation.people import invent
from engine.simulation.trial import Trial, try_out
from engine.store import tables as t
from engine.store.errors import StoreError
from engine.store.tables import metadata
from tests.content.builders import library
from tests.databases import START
from tests.flows.content import FILES
from tests.servers import DatabaseServer

SEQUENCE = "five-days-then-weekly"
PLAN = """\
name: plan
stages:
  - {id: hello, email: hello}
  - {id: text, sms: hi, after: 1 day}
  - {id: tip, voicemail: tip, after: 1 day}
  - {id: ring, call: ring, after: 1 day, patience: 2 days}
  - {id: news, email: news, after: 1 day}
"""
LIST = b"""first_name,email,phone,country,region,unsubscribed
Ada,ada@example.com,+15035550101,US,OR,
Ben,ben@example.com,+15035550102,US,OR,yes
"""


@pytest.fixture(scope="module")
def trial() -> Trial:
    return try_out(load_library(), SEQUENCE, leads=8, days=14, seed=3, start=START)


@pytest.fixture
def small(tmp_path: Path) -> Library:
    """Return a library of a few messages, which is published in no time."""
    return library(tmp_path / "templates", {**FILES, "sequences/plan.yaml": PLAN})


def test_everybody_enters_the_sequence_at_once(trial: Trial) -> None:
    first = [touch for touch in trial.touches if touch.stage == "day-1"]

    assert len(first) == 8
    assert {touch.sequence for touch in first} == {SEQUENCE}
    assert trial.summary.leads == 8


def test_the_calendar_is_in_the_order_of_time(trial: Trial) -> None:
    instants = [touch.at for touch in trial.touches if touch.at is not None]

    assert instants == sorted(instants)
    assert instants[0] >= START


def test_whatever_was_not_sent_has_a_reason(trial: Trial) -> None:
    assert [one for one in trial.touches if one.state in ("skipped", "cancelled", "failed") and not one.reason] == []


def test_holds_are_counted_with_their_rule(trial: Trial) -> None:
    assert all(hold.reason and hold.rule and hold.touches > 0 for hold in trial.holds)


def test_each_hold_says_whom_until_when_and_because_of_what(trial: Trial) -> None:
    assert {(one.reason, one.rule) for one in trial.held} == {(one.reason, one.rule) for one in trial.holds}
    assert all(one.why and one.lead_id for one in trial.held)
    assert all(one.until is None or one.until > one.at for one in trial.held)


def test_the_volume_is_what_the_calendar_says(trial: Trial) -> None:
    sent = [one for one in trial.touches if one.state == "accepted"]

    assert sum(one.sent for one in trial.volume) == len(sent) > 0
    assert trial.texts.sent == sum(one.channel == Channel.SMS for one in sent)
    assert trial.texts.segments == sum(one.tokens for one in trial.volume if one.channel == Channel.SMS)
    assert trial.texts.segments >= trial.texts.sent
    assert trial.texts.cost_cents(2.0) == trial.texts.segments * 2


def test_everybody_is_texted_or_named_with_the_reason(trial: Trial) -> None:
    texted = {one.lead_id for one in trial.touches if one.channel == Channel.SMS and one.state == "accepted"}
    untexted = {one.lead_id for one in trial.untexted}

    assert len(texted | untexted) == 8
    assert texted & untexted == set()
    assert all(one.reason for one in trial.untexted)


def test_a_trial_keeps_the_promises(trial: Trial) -> None:
    summary = trial.summary

    assert (summary.duplicates, summary.sent_after_opt_out, summary.forgotten) == (0, 0, 0)


def test_the_same_seed_gives_the_same_rehearsal(small: Library) -> None:
    one, again = (try_out(small, "plan", leads=5, days=7, seed=3, start=START) for _ in range(2))

    assert again == one


def test_silent_leads_neither_answer_nor_stop(small: Library) -> None:
    quiet = try_out(small, "plan", leads=6, days=9, seed=3, start=START, behaviour=SILENT)

    assert (quiet.answered, quiet.summary.opt_outs, quiet.summary.replies) == (0, 0, 0)
    assert {one.reason for one in quiet.touches if one.state == "done"} <= {"no_answer", "done"}


def test_the_leads_of_a_file_bring_their_stops_and_no_permission(small: Library) -> None:
    listed = Listed(leadfile=read(LIST, country=None), source="list.csv")

    trial = try_out(small, "plan", leads=listed, days=6, seed=3, start=START)

    assert trial.summary.leads == 2
    assert {one.to for one in trial.touches if one.channel == Channel.EMAIL} <= {"ada@example.com", "ben@example.com"}
    assert not [one for one in trial.touches if one.channel == Channel.SMS and one.state == "accepted"]
    assert {one.reason for one in trial.untexted} <= {"no_consent", "suppressed", "withdrawn", "no_text_in_it"}


def test_an_unknown_sequence_is_named(small: Library) -> None:
    with pytest.raises(Missing, match="no-such-sequence"):
        try_out(small, "no-such-sequence", leads=1, days=1, seed=1)


def test_nothing_is_left_behind(small: Library, workdir: Path) -> None:
    before = sorted(workdir.rglob("*"))

    try_out(small, "plan", leads=1, days=1, seed=1)

    assert sorted(workdir.rglob("*")) == before


def installation(url: str, small: Library) -> tuple[Settings, Kit]:
    """Make an installation at *url* with three leads of its own, who have entered nothing."""
    settings = Settings(database_url=url, secret_key="only for tests", _env_file=None)
    kit = prepare(settings, real_world(settings), library=small)
    people = invent(3, seed=4, start=START, days=30, interests=[], at_once=True)
    receive_leads(kit, [one.draft for one in people], recorded_by="test", enter=False)
    return settings, kit


def everything(kit: Kit) -> dict[str, int]:
    with kit.database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def test_the_installations_own_leads_are_rehearsed_and_left_as_they_are(
    database_server: DatabaseServer, workdir: Path, small: Library
) -> None:
    url = database_server.create_database()
    settings, kit = installation(url, small)
    before, files = everything(kit), sorted(workdir.rglob("*"))
    soon = SystemClock().now() + timedelta(days=1)

    trial = try_out(
        small,
        "plan",
        leads=Installed(settings=settings, limit=10),
        days=6,
        seed=1,
        start=soon,
    )

    assert trial.summary.leads == 3
    assert {one.sequence for one in trial.touches} == {"plan"}
    assert min(one.at for one in trial.touches if one.at) >= soon
    with kit.database.read() as connection:
        ours = set(connection.execute(select(t.leads.c.id)).scalars())
    assert {one.lead_id for one in trial.touches} <= ours
    assert everything(kit) == before
    assert sorted(workdir.rglob("*")) == files
    kit.database.close()
    database_server.drop_database(url)


def test_an_embedded_database_keeps_every_byte(tmp_path: Path, small: Library) -> None:
    settings, kit = installation(f"sqlite:///{tmp_path / 'ours.db'}", small)
    kit.database.close()
    before = (tmp_path / "ours.db").read_bytes()

    try_out(
        small,
        "plan",
        leads=Installed(settings=settings, limit=1),
        days=2,
        seed=1,
        start=SystemClock().now(),
    )

    assert (tmp_path / "ours.db").read_bytes() == before


def test_a_missing_installation_is_named_and_not_made(tmp_path: Path, small: Library) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'none.db'}", secret_key="any", _env_file=None)

    with pytest.raises(StoreError, match="there is no database"):
        try_out(
            small,
            "plan",
            leads=Installed(settings=settings, limit=1),
            days=1,
            seed=1,
            start=START,
        )

    assert not (tmp_path / "none.db").exists()
