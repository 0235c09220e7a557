"""One lead from the first word to the last, by the command line alone."""

from typing import Any

import pytest

from tests.cli.conftest import Shell

ANN = (
    "--email", "ann@example.com", "--phone", "+12125550101", "--first-name", "Ann", "--country", "US", "--region", "NY",
    "--consent", "email", "--wording", "Yes, write to me", "--source", "web-form",
)  # fmt: skip


@pytest.fixture
def ann(shell: Shell) -> str:
    """Return the id of a lead who was answered."""
    added = shell.answer("lead", "add", *ANN)
    shell.good("work", "--once")
    lead_id: str = added["id"]
    return lead_id


def test_a_first_message_from_lead_to_receipt(shell: Shell, ann: str) -> None:
    [message] = shell.answers("log", "--lead", ann)

    assert (message["channel"], message["state"], message["template"]) == ("email", "accepted", "instant-answer")
    why = shell.answer("why", message["id"])
    assert why["decisions"][0]["asked"] == "plan"
    assert [row["outcome"] for row in why["attempts"]] == ["accepted"]


def test_why_tells_every_rule_in_words(shell: Shell, ann: str) -> None:
    [message] = shell.answers("log", "--lead", ann)

    told = shell.good("why", message["id"])

    assert "When it was planned" in told
    assert "HOUSE-SUPPRESSED" in told
    assert "Attempt 1" in told


def test_a_lead_is_found_by_id_email_and_phone(shell: Shell, ann: str) -> None:
    found = {shell.answer("lead", "show", name)["id"] for name in (ann, "Ann@Example.com", "+1 (212) 555-0101")}

    assert found == {ann}


def test_a_stop_ends_the_channel_and_its_kin(shell: Shell, ann: str) -> None:
    stopped = shell.answer("consent", "withdraw", ann, "sms", "--wording", "stop texting")

    assert stopped["channels"] == ["sms", "voicemail"]
    assert shell.answer("gate", "explain", "--lead", ann, "--channel", "voicemail")["outcome"] == "block"
    assert {fact["kind"] for fact in shell.answer("consent", "show", ann)["facts"]} == {"granted", "withdrawn"}


def test_a_grant_needs_its_wording(shell: Shell, ann: str) -> None:
    assert "--wording" in shell.refusal("consent", "grant", ann, "sms", "--wording", " ")

    shell.good("consent", "grant", ann, "sms", "--wording", "Text me", "--basis", "express_written")
    assert len(shell.answer("consent", "show", ann)["facts"]) == 2


def test_a_lead_rests_and_goes_on(shell: Shell, ann: str) -> None:
    assert shell.answer("pause", ann)["paused"] == 1
    assert _walk(shell, ann)["status"] == "paused"

    assert shell.answer("resume", ann)["resumed"] == 1
    assert _walk(shell, ann)["status"] == "active"


def test_a_whole_sequence_rests(shell: Shell, ann: str) -> None:
    shell.good("pause", "--sequence", "instant-answer")

    assert {row["name"] for row in shell.answers("sequence", "list") if row["is_paused"]} == {"instant-answer"}
    assert "no sequence" in shell.refusal("pause", "--sequence", "nope")
    assert "LEAD" in shell.refusal("pause")


def test_a_task_is_done_once(shell: Shell) -> None:
    # In the United States nobody is rung whose number wasn't looked up in the national list, but who agreed in writing.
    ann = shell.answer("lead", "add", *ANN, "--consent", "call", "--basis", "express_written")["id"]
    shell.good("work", "--once")
    [task] = shell.answers("task", "list")

    shell.good("task", "done", task["id"], "booked", "--note", "Tuesday at ten")

    assert shell.answers("task", "list") == []
    assert "no open task" in shell.refusal("task", "done", task["id"], "booked")
    assert shell.answer("lead", "show", ann)["status"] == "qualified"


def test_a_second_exclusive_sequence_is_refused_with_the_reason(shell: Shell, ann: str) -> None:
    done = shell.run("enroll", ann, "long-term-nurture", "--json")

    assert done.exit_code == 1
    assert '"reason": "exclusive"' in done.stdout
    refusal = shell.refusal("enroll", ann, "nope")
    assert "Published: " in refusal
    assert "five-days-then-weekly" in refusal


def test_a_note_stands_in_the_timeline(shell: Shell, ann: str) -> None:
    shell.good("lead", "note", ann, "Has a \x1b[31mred door", "--by", "ines")

    assert "Has a \x1b[31mred door" in shell.answer("lead", "show", ann)["timeline"][0]["text"]
    told = shell.good("lead", "show", ann)
    assert "ines: Has a" in told
    assert "\x1b" not in told


def test_nobody_is_forgotten_and_the_numbers_add_up(shell: Shell, ann: str) -> None:
    audit = shell.answer("audit")

    assert (audit["leads"], audit["forgotten"]) == (1, 0)
    report = shell.answer("report")
    assert report["touches"]["email"] == 1
    assert report["first_touch"]["answered"] == 1


def test_a_healthy_installation_gets_a_clean_bill(shell: Shell, ann: str) -> None:
    findings = shell.answers("doctor")

    assert [one for one in findings if not one["ok"]] == []
    assert {"database", "templates", "senders", "clock", "queue"} <= {one["check"] for one in findings}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--email, --phone"),
        (("--email", "nobody"), "@"),
        (("--phone", "12"), "phone number"),
        (("--email", "a@example.com", "--consent", "email"), "--wording"),
        (("--email", "a@example.com", "--zone", "Mars/Olympus"), "Europe/Berlin"),
    ],
    ids=["no address", "bad email", "bad phone", "consent without wording", "bad zone"],
)
def test_a_lead_that_cannot_be_taken_in_leaves_nothing_behind(bare: Shell, words: tuple[str, ...], told: str) -> None:
    assert told in bare.refusal("lead", "add", *words)

    assert list(bare.folder.iterdir()) == []


def test_people_and_senders_are_added_once(shell: Shell, ann: str) -> None:
    assert "sandbox for email" in shell.refusal(
        "sender", "add", "a@example.com", "--channel", "email", "--provider", "x"
    )
    assert shell.answer("sender", "add", "a@example.com", "--channel", "email")["is_new"]
    assert not shell.answer("sender", "add", "A@example.com", "--channel", "email")["is_new"]

    shell.good("user", "add", "gus", "--name", "Gus", "--email", "gus@example.com")
    assert "is there already" in shell.refusal("user", "add", "gus", "--name", "Gus", "--email", "gus@example.com")
    assert "gus" in {row["id"] for row in shell.answers("user", "list")}


def _walk(shell: Shell, lead: str) -> Any:
    [walk] = shell.answer("lead", "show", lead)["enrollments"]
    return walk
