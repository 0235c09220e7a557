"""The small tools: no database, one answer for each question, one message for each mistake."""

import json

import pytest

from tests.cli.conftest import Shell


def test_a_country_may_carry_its_region(bare: Shell) -> None:
    words = ("when", "--from", "2026-12-23", "--after", "3 business days")

    assert bare.answer(*words, "--country", "GB-ENG") == bare.answer(*words, "--country", "GB", "--region", "ENG")


def test_a_delay_nobody_can_read_is_refused_with_an_example(bare: Shell) -> None:
    told = bare.refusal("when", "--country", "US", "--from", "2026-01-01", "--after", "three moons")

    assert "'three moons'" in told
    assert "10 minutes" in told


def test_each_line_gets_an_answer_and_a_bad_one_an_error_in_its_place(bare: Shell) -> None:
    lines = [b'"hello"', b"12", b"not json", b'"caf\xff"', b"", b'"half \\ud83d"', b'["x"]']

    done = bare.run("segments", "--json", "-", stdin=b"\n".join(lines) + b"\n")

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 2
    assert ["error" in answer for answer in answers] == [False, True, True, True, False, True]
    assert answers[4]["encoding"] == "UCS-2"


def test_smart_encoding_is_asked_for(bare: Shell) -> None:
    plain, smart = ("segments", "--json", "-"), ("segments", "--smart", "--json", "-")
    curly = json.dumps("It\u2019s here")

    assert json.loads(bare.good(*plain, stdin=curly))["encoding"] == "UCS-2"
    assert json.loads(bare.good(*smart, stdin=curly))["encoding"] == "GSM-7"


def test_texts_may_be_given_as_words(bare: Shell) -> None:
    [one, two] = bare.answers("segments", "hi", "x" * 161)

    assert (one["segments"], two["segments"]) == (1, 2)


def test_a_reply_is_read_at_the_instant_given(bare: Shell) -> None:
    at = ("--at", "2026-03-02T10:00:00-05:00")

    [reading] = bare.answers("classify", *at, "-", stdin='"Call me in two weeks"\n')

    assert set(reading) == {"label", "sure", "until", "channels", "evidence"}
    assert reading["until"].startswith("2026-03-16")


@pytest.mark.parametrize(("alias", "name"), [("voicemail_drop", "voicemail"), ("manual_call", "call")])
def test_a_channel_may_be_named_as_in_the_rules(bare: Shell, alias: str, name: str) -> None:
    words = ("gate", "explain", "--country", "US", "--at", "2026-03-02T15:00:00Z", "--channel")

    assert bare.answer(*words, alias) == bare.answer(*words, name)


def test_every_rule_is_asked_also_after_a_block(bare: Shell) -> None:
    words = ("gate", "explain", "--channel", "sms", "--country", "US", "--zone", "America/New_York")

    answer = bare.answer(*words, "--at", "2026-03-02T06:00:00-05:00")

    asked = {rule["id"]: rule["answer"] for rule in answer["rules"]}
    assert answer["outcome"] == "block"
    assert asked["US-TCPA-PEWC"] == "block"
    assert asked["US-TCPA-HOURS"] == "hold"


def test_a_consent_may_be_supposed(bare: Shell) -> None:
    words = ("gate", "explain", "--channel", "sms", "--country", "US-NY", "--at", "2026-03-02T12:00:00-05:00")

    assert bare.answer(*words, "--consent", "express_written")["outcome"] == "allow"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--channel", "pigeon", "--country", "US"), "voicemail"),
        (("--channel", "sms"), "--country"),
        (("--channel", "sms", "--country", "US", "--zone", "Mars/Olympus"), "America/New_York"),
        (("--channel", "sms", "--country", "US", "--to", "a@example.com"), "phone number"),
        (("--channel", "sms", "--country", "US", "--at", "noon"), "2026-03-01"),
    ],
    ids=["channel", "about whom", "zone", "address", "instant"],
)
def test_a_question_that_cannot_be_asked_says_what_to_write(bare: Shell, words: tuple[str, ...], told: str) -> None:
    assert told in bare.refusal("gate", "explain", *words)


def test_no_small_tool_leaves_a_database_behind(bare: Shell) -> None:
    bare.good("segments", "hi")
    bare.good("classify", "stop")
    bare.good("gate", "explain", "--channel", "email", "--country", "DE")
    bare.good("when", "--country", "US", "--after", "1 day")
    bare.good("sequence", "check")
    bare.good("template", "preview", "hello-text")
    bare.refusal("log")

    assert list(bare.folder.iterdir()) == []
