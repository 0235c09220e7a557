"""The whole job: a lead posted to the API gets email, text and voicemail, and what comes back changes what happens next."""

from collections.abc import Callable
from typing import Any

import pytest

from channels.address import Channel
from channels.standin.leads import Deed, Does, does
from tests.acceptance.production.shop import Shop
from tests.benchmarks.town import waking_zone
from tests.servers import eventually

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.redis]

WITHIN_SECONDS = 60
ARRIVED = (does(Deed.PROCESSED), does(Deed.DELIVERED))
TEXTED = (does(Deed.SENT), does(Deed.DELIVERED))
MACHINE = (does(Deed.ANSWERED, "machine_end_beep"),)

WORDING = "Yes: write, text and call me about my request, also by machine."


def post_lead(shop: Shop, number: int, **changes: Any) -> str:
    """Post a lead who agreed to everything, where it is about noon; return its id."""
    consents = [
        {"channel": channel, "basis": "express_written", "wording": WORDING, "page": "https://seller.example/quote"}
        for channel in ("email", "sms", "voicemail", "call")
    ]
    plain = {
        "email": f"lead{number}@example.com", "phone": f"+1503555{100 + number:04d}", "first_name": "Ann",
        "country": "US", "region": "OR", "zone": waking_zone(), "source": "web-form", "interest": "furnace",
        "consents": consents,
    }  # fmt: skip
    return str(shop.post("/leads", plain | changes, Idempotency_Key=f"lead-{number}")["id"])


def script(shop: Shop, number: int, *, email: tuple[Does, ...] = ARRIVED, sms: tuple[Does, ...] = TEXTED,
           voicemail: tuple[Does, ...] = MACHINE) -> None:  # fmt: skip
    """Say what a lead does with each touch; arriving is all, unless said otherwise."""
    leads = shop.standin.leads
    leads.script(f"lead{number}@example.com", *email, channel=Channel.EMAIL)
    leads.script(f"+1503555{100 + number:04d}", *sms, channel=Channel.SMS)
    leads.script(f"+1503555{100 + number:04d}", *voicemail, channel=Channel.VOICEMAIL)


def messages_of(shop: Shop, lead_id: str) -> dict[str, dict[str, Any]]:
    """Return the lead's messages as the log shows them, by channel."""
    return {row["channel"]: row for row in shop.told("log", "--lead", lead_id)}


def until(shop: Shop, lead_id: str, is_so: Callable[[dict[str, dict[str, Any]]], bool]) -> dict[str, dict[str, Any]]:
    """Wait until the lead's messages are as asked, and return them."""
    eventually(lambda: is_so(messages_of(shop, lead_id)), within_seconds=WITHIN_SECONDS)
    return messages_of(shop, lead_id)


def test_a_lead_gets_email_text_and_voicemail_and_each_is_known_to_have_arrived(shop: Shop) -> None:
    script(shop, 1)

    lead_id = post_lead(shop, 1)
    found = until(shop, lead_id, lambda by: len(by) == 3 and all(m["delivery"] == "delivered" for m in by.values()))

    assert {row["state"] for row in found.values()} == {"accepted"}
    sent = [*shop.standin.account.to("lead1@example.com"), *shop.standin.account.to("+15035550101")]
    assert sorted(one.message_id or "" for one in sent) == sorted(row["id"] for row in found.values())


def test_a_click_of_a_person_turns_the_walk(shop: Shop) -> None:
    """Whoever clicks within ten seconds is a machine, so this lead takes a little longer."""
    script(shop, 2, email=(*ARRIVED, does(Deed.OPENED), does(Deed.CLICKED, steps=60)))

    lead_id = post_lead(shop, 2)
    until(shop, lead_id, lambda by: bool(by.get("email", {}).get("clicked_at")))

    eventually(lambda: "warm" in {task["stage"] for task in tasks_of(shop, lead_id)}, within_seconds=WITHIN_SECONDS)


def test_a_bounce_ends_the_address_and_the_walk_goes_on_by_phone(shop: Shop) -> None:
    script(shop, 3, email=(does(Deed.PROCESSED), does(Deed.BOUNCED)))

    lead_id = post_lead(shop, 3)
    found = until(shop, lead_id, lambda by: by.get("email", {}).get("delivery") == "bounced" and len(by) == 3)

    assert found["sms"]["state"] == "accepted"
    [shown] = shop.told("lead", "show", lead_id)
    assert "hard_bounce" in str(shown)


def test_stop_by_text_ends_every_automated_phone_channel(shop: Shop) -> None:
    script(shop, 4, sms=(*TEXTED, does(Deed.STOPPED, "STOP")), voicemail=())

    lead_id = post_lead(shop, 4)

    eventually(lambda: withdrawn(shop, lead_id) >= {"sms", "voicemail"}, within_seconds=WITHIN_SECONDS)
    assert "email" not in withdrawn(shop, lead_id)


def test_a_reply_pauses_for_the_owner_and_is_found_by_its_address(shop: Shop) -> None:
    script(shop, 5, email=(*ARRIVED, does(Deed.REPLIED, "Could you come on Thursday?")))

    lead_id = post_lead(shop, 5)
    until(shop, lead_id, lambda by: bool(by.get("email", {}).get("replied_at")))

    assert "answer" in {task["kind"] for task in tasks_of(shop, lead_id)}


def test_a_pressed_key_stops_calls_at_once(shop: Shop) -> None:
    script(shop, 6, voicemail=(does(Deed.ANSWERED, "human"), does(Deed.PRESSED, "9")))

    lead_id = post_lead(shop, 6)

    eventually(lambda: withdrawn(shop, lead_id) >= {"sms", "voicemail"}, within_seconds=WITHIN_SECONDS)


def test_one_click_stops_email(shop: Shop) -> None:
    script(shop, 7, email=(*ARRIVED, does(Deed.ONE_CLICK)))

    lead_id = post_lead(shop, 7)

    eventually(lambda: "email" in withdrawn(shop, lead_id), within_seconds=WITHIN_SECONDS)


def test_a_complaint_ends_all_marketing(shop: Shop) -> None:
    script(shop, 8, email=(*ARRIVED, does(Deed.COMPLAINED)))

    lead_id = post_lead(shop, 8)

    eventually(lambda: withdrawn(shop, lead_id) >= {"email", "sms", "voicemail"}, within_seconds=WITHIN_SECONDS)


def test_every_message_was_taken_once_and_every_callback_was_believed(shop: Shop) -> None:
    ids = shop.standin.account.message_ids()
    answers = {(posted.what, posted.status) for posted in shop.standin.posts.made}

    assert len(ids) == len(set(ids)) > 0
    assert {status for _, status in answers if status is not None and status >= 400} == set(), answers


def tasks_of(shop: Shop, lead_id: str) -> list[dict[str, Any]]:
    """Return the lead's tasks."""
    [shown] = shop.told("lead", "show", lead_id)
    found: list[dict[str, Any]] = shown["tasks"]
    return found


def withdrawn(shop: Shop, lead_id: str) -> set[str]:
    """Return the channels the lead has withdrawn."""
    return {row["channel"] for row in shop.told("consent", "show", lead_id) if row.get("kind") == "withdrawn"}
