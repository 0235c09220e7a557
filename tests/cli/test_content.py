"""Content that can't be used: where, what, and what to do; and a rehearsal of what can."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.documents.readers import write_small_content
from tests.shared import REPOSITORY

GOOD = """\
name: short
stages:
  - {id: hello, email: instant-answer}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("instant-answer", "instant-anwser"), "instant-answer"),
        (GOOD + "colour: red\n", "colour"),
        (GOOD + "  - {id: again, repeat: hello}\n", "wait"),
        ("name: short\nstages: [", ""),
        (GOOD + "  - {id: on, enroll: nowhere}\n", "nowhere"),
    ],
    ids=["a missing template", "an unknown field", "a loop without a wait", "no YAML", "a hand-over to nowhere"],
)
def test_a_bad_sequence_is_told_by_file_line_and_remedy(shell: Shell, text: str, told: str) -> None:
    file = shell.write("short.yaml", text)

    done = shell.run("sequence", "check", file)

    assert done.exit_code == 1
    assert done.stdout.startswith("short.yaml")
    assert told in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_good_sequence_passes(shell: Shell) -> None:
    assert shell.good("sequence", "check", shell.write("short.yaml", GOOD)) == "short.yaml: good, 1 stages\n"
    assert shell.answers("sequence", "check", "short.yaml") == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b""], ids=["not UTF-8", "empty"])
def test_a_file_that_is_no_sequence_is_refused(shell: Shell, content: bytes) -> None:
    done = shell.run("sequence", "check", shell.write("short.yaml", content))

    assert done.exit_code in {1, 2}
    assert "short.yaml" in done.stdout + done.stderr


def test_a_template_with_a_missing_value_is_told_by_line(shell: Shell) -> None:
    templates = _copy_templates(shell)
    (templates / "sms" / "hello-text.txt").write_text("Hello {{ lead.company }}, {{ brand.name }}\n")

    done = shell.run("template", "check")

    assert done.exit_code == 1
    assert "sms/hello-text.txt:1: lead.company is empty for some leads" in done.stdout
    preview = shell.run("template", "preview", "hello-text", "--lead", "nothing known")
    assert preview.exit_code == 1
    assert "lead.company is empty" in preview.stderr


def test_nothing_is_published_where_something_is_wrong(shell: Shell) -> None:
    templates = _small_templates(shell)
    shell.good("sequence", "publish")
    before = shell.answers("sequence", "list")
    (templates / "sequences" / "short.yaml").write_text(GOOD)
    (templates / "sequences" / "wrong.yaml").write_text(GOOD.replace("instant-answer", "gone"))

    refused = shell.run("sequence", "publish")

    assert refused.exit_code == 1
    assert "sequences/wrong.yaml:3: Stage hello uses the email template 'gone'" in refused.stdout
    assert "'gone'" in shell.refusal("sequence", "publish", "--accept-findings")
    assert shell.answers("sequence", "list") == before


def test_a_sequence_is_called_as_its_file(shell: Shell) -> None:
    templates = _small_templates(shell)
    (templates / "sequences" / "long.yaml").write_text(GOOD)

    assert "called 'short' and its file 'long'" in shell.run("sequence", "check").stdout
    assert "called 'short' and its file 'long'" in shell.run("sequence", "publish").stdout


def test_a_message_is_shown_as_a_lead_would_get_it(shell: Shell) -> None:
    spanish = shell.answer("template", "preview", "hello-text", "--language", "es")

    assert spanish["file"] == "sms/hello-text.es.txt"
    assert "Known:" in shell.refusal("template", "preview", "nothing-of-the-kind")


def test_a_rehearsal_walks_into_the_next_sequence(shell: Shell) -> None:
    words = ("simulate", "instant-answer", "--region", "NY", "--from", "2026-03-02T15:00:00Z", "--days", "60")

    steps = shell.answers(*words)

    assert {step["sequence"] for step in steps} >= {"instant-answer", "five-days-then-weekly"}
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    assert shell.answers(*words) == steps


def test_a_rehearsal_without_consent_shows_what_would_be_skipped(shell: Shell) -> None:
    words = ("simulate", "instant-answer", "--from", "2026-03-02T15:00:00Z", "--days", "5", "--no-consent")

    skipped = {step["what"] for step in shell.answers(*words) if step["skipped_for"] == "no_consent"}

    assert "sms hello-text" in skipped


def test_a_rehearsal_with_many_leads_tells_what_came_of_them(shell: Shell) -> None:
    words = ("simulate", "instant-answer", "--leads", "6", "--days", "10", "--seed", "3")

    trial = shell.answer(*words)

    assert {touch["sequence"] for touch in trial["touches"]} >= {"instant-answer", "five-days-then-weekly"}
    assert trial["summary"]["leads"] == 6
    assert (trial["summary"]["duplicates"], trial["summary"]["sent_after_opt_out"]) == (0, 0)


def _small_templates(shell: Shell) -> Path:
    """Return a folder of the shell's own, with a few messages that are checked in a moment."""
    write_small_content(shell.folder)
    return shell.folder / "templates"


def _copy_templates(shell: Shell) -> Path:
    """Return a folder with the templates of the brand's own trade: to check the others takes long and tells no more."""
    target = shell.folder / "templates"
    leave = shutil.ignore_patterns("__pycache__", "__init__.py", "professional-services", "online-shop")
    shutil.copytree(REPOSITORY / "templates", target, ignore=leave)
    return target


def test_words_that_the_law_forbids_are_published_only_if_somebody_says_so(shell: Shell) -> None:
    message = _small_templates(shell) / "email" / "instant-answer.md"
    message.write_text(message.read_text().replace("subject: ", 'subject: "Re: your order" #', 1))

    refused = shell.run("sequence", "publish")
    checked = shell.run("template", "check")

    assert (refused.exit_code, checked.exit_code) == (1, 1)
    [finding] = refused.stdout.splitlines()
    assert "pretends to be a reply" in finding
    assert finding in checked.stdout
    shell.good("sequence", "publish", "--accept-findings")


def test_every_trade_of_the_folder_is_checked(shell: Shell) -> None:
    templates = _copy_templates(shell)
    shop = templates / "trades" / "bakery"
    (shop / "sms").mkdir(parents=True)
    (shop / "sequences").mkdir()
    (shop / "sms" / "hello-text.txt").write_text("Hello {{ lead.company }}, {{ brand.name }}\n")
    (shop / "sequences" / "wrong.yaml").write_text(GOOD.replace("short", "wrong").replace("instant-answer", "gone"))

    messages = shell.run("template", "check")
    sequences = shell.run("sequence", "check")

    assert (messages.exit_code, sequences.exit_code) == (1, 1)
    assert "trades/bakery/sms/hello-text.txt:1: lead.company is empty for some leads" in messages.stdout
    assert "trades/bakery/sequences/wrong.yaml:3: " in sequences.stdout
    assert sequences.stdout.count("sequences/instant-answer.yaml") == 1
    assert shell.run("template", "check", "--trade", "home-services").exit_code == 0
    assert "Did you mean bakery?" in shell.refusal("template", "check", "--trade", "bakry")


def test_a_message_is_shown_as_a_trade_has_it(shell: Shell) -> None:
    templates = _copy_templates(shell)
    sms = templates / "trades" / "bakery" / "sms"
    sms.mkdir(parents=True)
    (sms / "hello-text.txt").write_text("Bread from {{ brand.name }}\n")

    told = shell.answer("template", "preview", "hello-text", "--trade", "bakery", "--language", "en")

    assert told["file"] == "trades/bakery/sms/hello-text.txt"
    assert told["body"] == "Bread from Alder & Finch"


def test_a_sequence_of_a_trade_is_checked_with_that_trades_messages(shell: Shell) -> None:
    templates = _copy_templates(shell)
    bakery = templates / "trades" / "bakery"
    (bakery / "sms").mkdir(parents=True)
    (bakery / "sequences").mkdir()
    (bakery / "sms" / "fresh-bread.txt").write_text("Bread from {{ brand.name }}\n")
    path = bakery / "sequences" / "short.yaml"
    path.write_text(GOOD.replace("email: instant-answer", "sms: fresh-bread"))

    assert "good" in shell.good("sequence", "check", str(path))
