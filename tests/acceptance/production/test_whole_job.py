"""The whole job: a lead posted to the API gets email, text and voicemail, and what comes back changes what happens next."""

from collections.abc import Callable
from typing import Any

import pytest

from channels.address import Channel
from channels.standin.leads import Deed, Does, does
from engine.clock import SystemClock
from tests.acceptance.production.places import Place, place_awake_at
from tests.acceptance.production.shop import Shop
from tests.servers import eventually

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.redis]

WITHIN_SECONDS = 60
ARRIVED = (does(Deed.PROCESSED), does(Deed.DELIVERED))
TEXTED = (does(Deed.SENT), does(Deed.DELIVERED))
MACHINE = (does(Deed.ANSWERED, "machine_end_beep"),)

WORDING = "Yes: write, text and call me about my request, also by machine."


@pytest.fixture(scope="module")
def place() -> Place:
    """Return where the leads live: texts and calls are allowed there now."""
    found = place_awake_at(SystemClock().now())
    if found is None:
        pytest.skip("nowhere on earth may a call be made by machine at this hour of a Sunday")
    return found


def post_lead(shop: Shop, place: Place, number: int) -> str:
    """Post a lead who agreed to everything; return its id."""
    consents = [
        {"channel": channel, "basis": "express_written", "wording": WORDING, "page": "https://seller.example/quote"}
        for channel in ("email", "sms", "voicemail", "call")
    ]
    lead = {
        "email": f"lead{number}@example.com", "phone": place.phone(number), "first_name": "Ann", "source": "web-form",
        "country": place.country, "region": place.region, "interest": "furnace", "consents": consents,
    }  # fmt: skip
    return str(shop.post("/leads", lead, Idempotency_Key=f"lead-{number}")["id"])


def script(shop: Shop, place: Place, number: int, *, email: tuple[Does, ...] = ARRIVED, sms: tuple[Does, ...] = TEXTED,
           voicemail: tuple[Does, ...] = MACHINE) -> None:  # fmt: skip
    """Say what a lead does with each touch; arriving is all, unless said otherwise."""
    leads = shop.standin.leads
    leads.script(f"lead{number}@example.com", *email, channel=Channel.EMAIL)
    leads.script(place.phone(number), *sms, channel=Channel.SMS)
    leads.script(place.phone(number), *voicemail, channel=Channel.VOICEMAIL)


def messages_of(shop: Shop, lead_id: str) -> dict[str, dict[str, Any]]:
    """Return the lead's messages by channel."""
    rows = shop.rows("select * from messages where lead_id = %s::uuid and purpose = 'service'", lead_id)
    return {row["channel"]: row for row in rows}


def until(shop: Shop, lead_id: str, is_so: Callable[[], bool]) -> None:
    """Wait until *is_so*; when it never is, the failure tells how far the lead came."""
    try:
        eventually(is_so, within_seconds=WITHIN_SECONDS)
    except TimeoutError as error:
        error.add_note(shop.run("log", "--lead", lead_id) + shop.run("lead", "show", lead_id))
        for part in shop.running:
            error.add_note(f"{part}: {shop.log(part)[-2000:]}")
        raise


def until_messages(shop: Shop, lead_id: str, are_so: Callable[[dict[str, dict[str, Any]]], bool]) -> None:
    """Wait until the lead's messages by channel are as asked."""
    until(shop, lead_id, lambda: are_so(messages_of(shop, lead_id)))


def until_withdrawn(shop: Shop, lead_id: str, *channels: str) -> None:
    """Wait until the lead has withdrawn *channels*, if not more."""
    until(shop, lead_id, lambda: withdrawn(shop, lead_id) >= set(channels))


def withdrawn(shop: Shop, lead_id: str) -> set[str]:
    """Return the channels the lead has withdrawn."""
    rows = shop.rows("select channel from consent_facts where lead_id = %s::uuid and kind = 'withdrawn'", lead_id)
    return {row["channel"] for row in rows}


def tasks_of(shop: Shop, lead_id: str) -> list[dict[str, Any]]:
    """Return the lead's tasks."""
    return shop.rows("select * from tasks where lead_id = %s::uuid", lead_id)


def test_a_lead_gets_email_text_and_voicemail_and_each_is_known_to_have_arrived(shop: Shop, place: Place) -> None:
    script(shop, place, 1)

    lead_id = post_lead(shop, place, 1)
    until_messages(shop, lead_id, lambda by: [one["delivery"] for one in by.values()] == ["delivered"] * 3)

    logged = shop.told("log", "--lead", lead_id)
    sent = [*shop.standin.account.to("lead1@example.com"), *shop.standin.account.to(place.phone(1))]
    assert {(row["state"], row["delivery"]) for row in logged} == {("accepted", "delivered")}
    assert sorted(one.message_id or "" for one in sent) == sorted(row["id"] for row in logged)


def test_a_click_of_a_person_turns_the_walk(shop: Shop, place: Place) -> None:
    """Whoever clicks within ten seconds is a machine, so this lead takes a little longer."""
    script(shop, place, 2, email=(*ARRIVED, does(Deed.OPENED), does(Deed.CLICKED, steps=1200)))

    lead_id = post_lead(shop, place, 2)
    until_messages(shop, lead_id, lambda by: "email" in by and by["email"]["clicked_at"] is not None)

    until(shop, lead_id, lambda: "warm" in {task["stage"] for task in tasks_of(shop, lead_id)})


def test_a_bounce_ends_the_address_and_the_walk_goes_on_by_phone(shop: Shop, place: Place) -> None:
    script(shop, place, 3, email=(does(Deed.PROCESSED), does(Deed.BOUNCED)))

    lead_id = post_lead(shop, place, 3)
    until_messages(shop, lead_id, lambda by: len(by) == 3 and by["email"]["delivery"] == "bounced")

    until_messages(shop, lead_id, lambda by: by["sms"]["state"] == "accepted")
    assert shop.rows("select reason from suppressions where reason = 'hard_bounce'")


def test_stop_by_text_ends_every_automated_phone_channel(shop: Shop, place: Place) -> None:
    script(shop, place, 4, sms=(*TEXTED, does(Deed.STOPPED, "STOP")), voicemail=())

    lead_id = post_lead(shop, place, 4)

    until_withdrawn(shop, lead_id, "sms", "voicemail")
    assert "email" not in withdrawn(shop, lead_id)


def test_a_reply_pauses_for_the_owner_and_is_found_by_its_address(shop: Shop, place: Place) -> None:
    script(shop, place, 5, email=(*ARRIVED, does(Deed.REPLIED, "Could you come on Thursday?")))

    lead_id = post_lead(shop, place, 5)

    until(shop, lead_id, lambda: "answer" in {task["kind"] for task in tasks_of(shop, lead_id)})
    assert messages_of(shop, lead_id)["email"]["replied_at"] is not None


def test_a_pressed_key_stops_calls_at_once(shop: Shop, place: Place) -> None:
    script(shop, place, 6, voicemail=(does(Deed.ANSWERED, "human"), does(Deed.PRESSED, "9")))

    lead_id = post_lead(shop, place, 6)

    until_withdrawn(shop, lead_id, "sms", "voicemail")


def test_one_click_stops_email(shop: Shop, place: Place) -> None:
    script(shop, place, 7, email=(*ARRIVED, does(Deed.ONE_CLICK)))

    lead_id = post_lead(shop, place, 7)

    until_withdrawn(shop, lead_id, "email")


def test_a_complaint_ends_all_marketing(shop: Shop, place: Place) -> None:
    script(shop, place, 8, email=(*ARRIVED, does(Deed.COMPLAINED)))

    lead_id = post_lead(shop, place, 8)

    until_withdrawn(shop, lead_id, "email", "sms", "voicemail")


def test_every_message_was_taken_once_and_every_callback_was_believed(shop: Shop, place: Place) -> None:
    """Of all that the tests before it let happen; alone it has one message to look at."""
    script(shop, place, 9)
    until_messages(shop, post_lead(shop, place, 9), lambda by: "email" in by and by["email"]["state"] == "accepted")

    ids = shop.standin.account.message_ids()
    answers = {(posted.what, posted.status) for posted in shop.standin.posts.made}

    assert len(ids) == len(set(ids)) > 0
    assert {status for _, status in answers if status is not None and status >= 400} == set(), answers
