"""Whatever comes is read, or refused in words: it never crashes, and whatever is made of it can be stored."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.events import ProviderEvent
from channels.inbound.mail import TEXT_CHARACTERS_MAX
from channels.inbound.raw_mail import read_mail
from channels.webhooks import sendgrid_events, sendgrid_inbound, twilio_sms, twilio_status, twilio_voice
from channels.webhooks.mail_events import read_mail_event
from channels.webhooks.unreadable import Unreadable
from engine.content.compile import compile_message
from engine.content.library import Library
from engine.content.problems import ContentErrors, Problem
from engine.content.sequences import parse_sequence
from engine.content.source import parse_source
from engine.flows.absorb import event_from_json, event_to_json
from engine.leadfile.reading import read
from tests.channels.webhooks.forms import NOW
from tests.content.builders import library
from tests.fuzz import seeds
from tests.fuzz.bending import bent

# Generous: a machine under load pauses; what hangs takes minutes. Where speed is promised, the large inputs tell it.
patiently = settings(deadline=10_000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a brand with a layout, to compile messages with."""
    return library(tmp_path_factory.mktemp("templates"), {})


def _can_be_kept(found: Sequence[ProviderEvent | Unreadable]) -> None:
    for one in found:
        if isinstance(one, ProviderEvent):
            written = json.dumps(event_to_json(one), ensure_ascii=False)
            written.encode()  # no half of a surrogate pair
            assert "\\u0000" not in written
            assert event_from_json(json.loads(written)).event_id == one.event_id
        else:
            one.problem.encode()
            one.excerpt.encode()


@patiently
@given(bent(seeds.MAILS))
def test_a_mail(raw: bytes) -> None:
    mail = read_mail(raw)
    event = read_mail_event(mail, provider="imap", received_at=NOW)

    assert len(mail.text) <= TEXT_CHARACTERS_MAX
    assert event.event_id == read_mail_event(read_mail(raw), provider="imap", received_at=NOW).event_id
    _can_be_kept([event])


@patiently
@given(
    bent(seeds.PARSED),
    st.sampled_from([seeds.CONTENT_TYPE, "multipart/form-data", "", f'{seeds.CONTENT_TYPE}"; x=\xff']),
)
def test_a_mail_taken_apart(body: bytes, content_type: str) -> None:
    found = sendgrid_inbound.parse(content_type, body)

    if isinstance(found, Unreadable):
        _can_be_kept([found])
    else:
        _can_be_kept([read_mail_event(found, provider="sendgrid", received_at=NOW)])


@patiently
@given(bent(seeds.EVENTS))
def test_a_batch_of_events(body: bytes) -> None:
    _can_be_kept(sendgrid_events.parse(body, received_at=NOW))


FORMS: tuple[tuple[tuple[bytes, ...], Callable[[bytes], Sequence[ProviderEvent | Unreadable]]], ...] = (
    (seeds.TEXTS, lambda body: twilio_sms.parse(body, received_at=NOW)),
    (seeds.TEXTS, lambda body: twilio_status.parse(body, received_at=NOW, message_id=None)),
    (seeds.CALLS, lambda body: twilio_voice.parse_inbound(body, received_at=NOW)),
    (seeds.CALLS, lambda body: twilio_voice.parse_status(body, received_at=NOW, message_id=None)),
)


@patiently
@given(st.data())
@pytest.mark.parametrize("place", range(len(FORMS)), ids=["text", "status", "call in", "call's end"])
def test_a_form_of_twilios(place: int, data: st.DataObject) -> None:
    good, parse = FORMS[place]

    _can_be_kept(parse(data.draw(bent(good))))


@patiently
@given(bent(seeds.LEADS), st.sampled_from([None, "US", "DE"]))
def test_a_file_of_leads(data: bytes, country: str | None) -> None:
    found = read(data, country=country)

    for error in found.errors:
        assert error.problem
    for row in found.rows:
        assert row.email or row.phone_e164


@patiently
@given(bent(seeds.SEQUENCES))
def test_a_sequence(text: bytes) -> None:
    problems: Sequence[Problem] = ()
    try:
        parse_sequence(text.decode("utf-8", "replace"), file="sequences/plan.yaml")
    except ContentErrors as refused:
        problems = refused.problems

    assert all(one.message and one.file for one in problems)


@patiently
@given(bent(seeds.MESSAGES), st.sampled_from(["email/x.md", "email/x.mjml", "sms/x.txt", "calls/x.md"]))
def test_a_message(shelf: Library, text: bytes, file: str) -> None:
    problems: Sequence[Problem] = ()
    try:
        compile_message(shelf, parse_source(file, text.decode("utf-8", "replace")))
    except ContentErrors as refused:
        problems = refused.problems

    assert all(one.message and one.file for one in problems)


def test_the_good_ones_are_read(shelf: Library, tmp_path: Path) -> None:
    """What is bent must be good to begin with, or nothing but the first refusal is tried."""
    assert all(read_mail(raw).problems == () for raw in seeds.MAILS)
    assert all(not isinstance(sendgrid_inbound.parse(seeds.CONTENT_TYPE, body), Unreadable) for body in seeds.PARSED)
    assert [len(sendgrid_events.parse(body, received_at=NOW)) for body in seeds.EVENTS] == [3]
    assert [len(read(data).rows) for data in seeds.LEADS] == [2, 1, 1]
    assert len(parse_sequence(seeds.SEQUENCES[0].decode(), file="sequences/plan.yaml").stages) == 5
    assert compile_message(shelf, parse_source("email/x.md", seeds.MESSAGES[0].decode())).parts
