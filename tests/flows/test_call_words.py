"""Our own words in calls: whole in every language, and the owner's telephone found."""

from dataclasses import fields
from datetime import datetime

import pytest

from engine.flows.call_lines import line_of
from engine.flows.call_words import WORDS, CallWords, words_in
from engine.store import users
from tests.flows.story import HOUR, Story

US = "+15035550100"


@pytest.mark.parametrize("words", WORDS.values(), ids=list(WORDS))
def test_every_language_says_everything_and_names_its_keys(words: CallWords) -> None:
    assert all(getattr(words, field.name) for field in fields(words))
    assert "{name}" in words.welcome
    assert ("1" in words.keys, "9" in words.keys, "9" in words.stop_key) == (True, True, True)


@pytest.mark.parametrize(("language", "spoken"), [("es-MX", "es"), ("FR", "fr"), ("en_GB", "en"), ("th", "en")])
def test_a_language_without_words_is_spoken_to_in_english(language: str, spoken: str) -> None:
    assert words_in(language).language == spoken


def _user(now: datetime, phone: str | None) -> dict[str, object]:
    plain = {"id": "zoe", "name": "Zoe", "email": "zoe@example.com", "title": "", "owns_leads": True}
    return {**plain, "phone": phone, "created_at": now, "last_assigned_at": None}


@pytest.mark.parametrize(
    ("owner", "phone", "number"),
    [
        ("zoe", "+15035550177", "+15035550177"),
        ("", None, "+15035550101"),
        ("bo", None, None),
        ("nobody", None, "+15035550101"),
    ],
    ids=["a user's own", "who is next", "known by the brand, without one", "the brand's first"],
)
def test_the_owners_telephone_is_found(story: Story, owner: str, phone: str | None, number: str | None) -> None:
    if phone:
        story.write(lambda connection: users.add(connection, [_user(story.now(), phone)]))

    line = story.write(lambda connection: line_of(story.kit, connection, owner, us=US, now=story.now()))

    assert line.number == number


def test_a_telephone_is_answered_in_office_hours_where_it_is(story: Story) -> None:
    line = story.write(lambda connection: line_of(story.kit, connection, "", us=US, now=story.now()))

    assert line.opens_at == story.now() + 2 * HOUR
    assert (line.is_answered(story.now()), line.is_answered(line.opens_at)) == (False, True)
