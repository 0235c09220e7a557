"""A test of a message: marked, on record, through the guarded door, and counted for no lead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from channels.adapter import Deadline
from channels.address import Channel
from channels.guard import Guarded
from channels.message import EmailContent, Fault, MessageId, Outbound, Receipt
from engine.bootstrap.outgoing import make_keep_back, make_takes_tests
from engine.flows.going_live import switch_sending
from engine.flows.kit import Kit
from engine.flows.outgoing import Outgoing
from engine.flows.sandboxed import tell_events
from engine.settings import Settings
from engine.store import senders
from engine.store import tables as t
from engine.web.app import create_app
from tests.web.embedded import settings
from tests.web.scenes import arrive, everything, rows_of, work
from tests.web.signing import signed_in_to

__all__ = ["settings"]

PAGE = "/console/content/email/instant-answer"
OWN = "ann@realmail.io"
LIVE_SENDER = "019cb08b-38c0-7392-a827-ddada170b338"  # the kit's ids begin again where the template's did


@dataclass
class Provider:
    """A provider of email that takes everything, or says no."""

    taken: list[Outbound] = field(default_factory=list)
    refuses: bool = False
    name: str = "sendgrid"
    channel: Channel = Channel.EMAIL

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Take what may start."""
        for message in batch:
            assert deadline.may_start(message.attempt_id)
            if self.refuses:
                yield message.id, Receipt.refused(Fault.CONFIGURATION, "no such account")
                continue
            self.taken.append(message)
            yield message.id, Receipt.accepted("theirs")


def send(browser: TestClient, to: str, page: str = PAGE) -> Any:
    """Ask for a test; return the answer."""
    return browser.post(f"{page}/test", data={"address": to}, follow_redirects=False)


def live(
    kit: Kit, settings: Settings, provider: Provider, *, allow: str = "", tests: str = "", rests: str = ""
) -> TestClient:
    """Return a browser on an installation that went live with *provider*, with its two lists of addresses."""
    keep_back = make_keep_back(allow)
    guarded = Guarded("sendgrid", Channel.EMAIL, lambda: provider, keep_back)
    outgoing = Outgoing(keep_back=keep_back, takes_tests=make_takes_tests(allow, tests))
    kit = replace(kit, adapters={**kit.adapters, ("sendgrid", Channel.EMAIL): guarded}, outgoing=outgoing)
    with kit.database.write() as connection:
        row = senders.new_row(
            sender_id=LIVE_SENDER, channel=Channel.EMAIL, provider="sendgrid", address="hello@seller.io",
            name="Seller", rate_per_second=10.0, daily_max=None, now=kit.database.now(connection), paused_reason=rests,
        )  # fmt: skip
        senders.add(connection, row)
    return signed_in_to(create_app(kit, settings))


def test_before_going_live_a_test_ends_in_the_sandbox_and_says_what_it_is(kit: Kit, browser: TestClient) -> None:
    answer = send(browser, OWN)

    assert answer.status_code == 303
    assert "sandbox" in answer.cookies["said"]
    [kept] = rows_of_sandbox(kit)
    assert (kept["to"], kept["subject"][:7]) == (OWN, "[Test] ")
    assert "it counts for no lead" in browser.get("/console/sandbox").text


def test_texts_and_voicemails_say_that_they_are_tests(kit: Kit, browser: TestClient) -> None:
    send(browser, "+1 415 523 9999", "/console/content/sms/hello-text")
    send(browser, "+1 415 523 9999", "/console/content/voicemail/one-tip")

    text, voicemail = rows_of_sandbox(kit)
    assert text["content"]["body"].startswith("[Test] ")
    assert voicemail["content"]["script"].startswith("This is a test. ")


def test_a_test_counts_for_no_lead_and_nobody_answers_it(kit: Kit, browser: TestClient) -> None:
    arrive(kit)
    work(kit)
    before = everything(kit)

    send(browser, "open+ann@realmail.io")
    told = tell_events(kit)

    changed = {name for name, found in everything(kit).items() if found != before[name]}
    assert changed == {"sandbox_messages", "audit_log"}
    assert told == 0


def test_a_test_is_on_record_with_a_masked_address(kit: Kit, browser: TestClient) -> None:
    send(browser, OWN)

    [noted] = rows_of(kit, t.audit_log, action="test.sent")
    assert noted["actor"] == "admin"
    assert noted["after"] == {
        "channel": "email",
        "template": "instant-answer",
        "to": "a***@realmail.io",
        "provider": "sandbox",
    }


@pytest.mark.parametrize(("allow", "tests"), [(OWN, ""), ("@realmail.io", ""), ("", OWN), ("@realmail.io", OWN)])
def test_a_real_provider_takes_a_test_to_an_address_that_was_named(
    kit: Kit, settings: Settings, allow: str, tests: str
) -> None:
    provider = Provider()

    answer = send(live(kit, settings, provider, allow=allow, tests=tests), OWN)

    assert answer.status_code == 303
    [message] = provider.taken
    assert isinstance(message.content, EmailContent)
    assert (message.to, message.is_test, message.content.subject[:7]) == (OWN, True, "[Test] ")
    assert rows_of(kit, t.messages) == []


@pytest.mark.parametrize(
    ("allow", "tests", "to"),
    [
        ("", "", OWN),
        ("@seller.io", "", OWN),
        ("", "@seller.io", OWN),
        ("@seller.io", OWN, OWN),  # an allow-list bounds what the list for tests names
        ("", "+14155239999", OWN),
        ("", "", "ann@example.com"),
    ],
)
def test_a_real_provider_takes_none_to_any_other(kit: Kit, settings: Settings, allow: str, tests: str, to: str) -> None:
    provider = Provider()

    answer = send(live(kit, settings, provider, allow=allow, tests=tests), to)

    assert answer.status_code == 409
    assert provider.taken == []


def test_the_refusal_says_what_to_do(kit: Kit, settings: Settings) -> None:
    browser = live(kit, settings, Provider())

    assert "FIFTHTOUCH_TEST_LIST" in send(browser, OWN).text


def test_a_sender_that_rests_sends_no_tests_either(kit: Kit, settings: Settings) -> None:
    provider = Provider()

    answer = send(live(kit, settings, provider, tests=OWN, rests=senders.NOT_LIVE_YET), OWN)

    assert (answer.status_code, provider.taken) == (303, [])  # the sandbox took it
    assert len(rows_of_sandbox(kit)) == 1


def test_what_the_provider_refuses_is_told(kit: Kit, settings: Settings) -> None:
    answer = send(live(kit, settings, Provider(refuses=True), tests=OWN), OWN)

    assert answer.status_code == 409
    assert "no such account" in answer.text


def test_no_test_goes_to_a_lead(kit: Kit, settings: Settings) -> None:
    arrive(kit, email=OWN)
    provider = Provider()

    answer = send(live(kit, settings, provider, tests=OWN), "Ann@RealMail.io")

    assert answer.status_code == 409
    assert "a lead&#39;s" in answer.text
    assert provider.taken == []


def test_no_test_goes_where_somebody_said_stop(kit: Kit, settings: Settings) -> None:
    provider = Provider()
    with kit.database.write() as connection:
        key = kit.address_key.key_of("email", OWN)
        row = {
            "id": kit.ids.new(), "kind": "email", "key": key, "key_id": kit.address_key.key_id, "normalisation": 1,
            "channel": "", "reason": "opted_out", "source": "import", "at": kit.database.now(connection),
        }  # fmt: skip
        connection.execute(insert(t.suppressions), [row])

    answer = send(live(kit, settings, provider, tests=OWN), OWN)

    assert (answer.status_code, provider.taken) == (409, [])


def test_nothing_is_sent_while_all_sending_is_stopped(kit: Kit, browser: TestClient) -> None:
    switch_sending(kit, is_stopped=True, by="ann")

    answer = send(browser, OWN)

    assert answer.status_code == 409
    assert rows_of_sandbox(kit) == []


@pytest.mark.parametrize("address", ["", "ann", "ann@", "a@b\r\nBcc: all@example.com", "+1503", "<script>@example.com"])
def test_what_is_no_address_is_refused(kit: Kit, browser: TestClient, address: str) -> None:
    answer = send(browser, address)

    assert answer.status_code in {400, 409}
    assert "<script>@" not in answer.text
    assert rows_of_sandbox(kit) == []


def test_a_script_for_a_person_is_not_sent(browser: TestClient) -> None:
    assert send(browser, OWN, "/console/content/call/first-call").status_code == 409


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {}])
def test_another_sites_form_sends_nothing(kit: Kit, settings: Settings, headers: dict[str, str]) -> None:
    browser = signed_in_to(create_app(kit, settings), headers=headers)

    assert send(browser, OWN).status_code == 403
    assert rows_of_sandbox(kit) == []


def test_a_test_with_a_leads_words_carries_none_of_their_links(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit, first_name="Marguerite")

    answer = browser.post(f"{PAGE}/test?lead={lead_id}", data={"address": OWN}, follow_redirects=False)

    assert answer.status_code == 303
    [kept] = rows_of_sandbox(kit)
    assert "Marguerite" in kept["content"]["text"]
    assert kit.links(lead_id).unsubscribe not in str(kept["content"])
    assert "https://www.example.com/u/preview" in str(kept["content"])


def rows_of_sandbox(kit: Kit) -> list[Any]:
    """Return what the sandbox took, in order."""
    with kit.database.read() as connection:
        return list(connection.execute(t.sandbox_messages.select().order_by(t.sandbox_messages.c.number)).mappings())
